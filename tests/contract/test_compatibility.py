"""The compatibility check, against Avro's resolution rules and against fastavro itself."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import parse_schema

from schemas.compatibility import incompatibilities


def record(*fields: dict[str, Any], name: str = "R") -> dict[str, Any]:
    return {"type": "record", "name": name, "namespace": "n", "fields": list(fields)}


def field(name: str, kind: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, **more}


NOTE, COUNT = field("note", "string"), field("count", "long")
TIME = {"type": "long", "logicalType": "timestamp-micros"}


def inner(*fields: dict[str, Any]) -> dict[str, Any]:
    return record(*fields, name="Inner")


COMPATIBLE = {
    "nothing changed": (record(NOTE), record(NOTE)),
    "docs changed": (record(NOTE), record(NOTE) | {"doc": "other words"}),
    "fields in another order": (record(NOTE, COUNT), record(COUNT, NOTE)),
    "field with a default added": (record(NOTE), record(NOTE, field("count", "long", default=0))),
    "field with a default removed": (record(NOTE, field("count", "long", default=0)), record(NOTE)),
    "optional field added": (record(NOTE), record(NOTE, field("by", ["null", "string"], default=None))),
    "nested field with a default added": (
        record(field("in", inner(NOTE))),
        record(field("in", inner(NOTE, field("count", "long", default=0)))),
    ),
    "definition moved to the other use": (
        record(field("a", inner(NOTE), default={"note": ""}), field("b", "n.Inner")),
        record(field("b", inner(NOTE))),
    ),
}

INCOMPATIBLE = {
    "field without a default added": (record(NOTE), record(NOTE, COUNT), "new code cannot read old data: R.count"),
    "field without a default removed": (record(NOTE, COUNT), record(NOTE), "old code cannot read new data: R.count"),
    "field renamed": (record(NOTE), record(field("remark", "string")), "R.remark is missing"),
    "type widened": (record(COUNT), record(field("count", "double")), "old code .* R.count: double written"),
    "type narrowed": (record(field("count", "double")), record(COUNT), "new code .* R.count: double written"),
    "type changed": (record(NOTE), record(field("note", "long")), "R.note: string written, long expected"),
    "became optional": (record(NOTE), record(field("note", ["null", "string"])), "old code .* branch null"),
    "became required": (record(field("note", ["null", "string"])), record(NOTE), "new code .* branch null"),
    "branch added": (
        record(field("note", ["null", "string"])),
        record(field("note", ["null", "string", "long"])),
        "old code .* branch long",
    ),
    "number became a time": (record(COUNT), record(field("count", TIME)), "R.count: logical type changed"),
    "items changed": (
        record(field("xs", {"type": "array", "items": "string"})),
        record(field("xs", {"type": "array", "items": "long"})),
        r"R.xs\[\]: string written",
    ),
    "map values changed": (
        record(field("xs", {"type": "map", "values": "long"})),
        record(field("xs", {"type": "map", "values": "string"})),
        r"R.xs\[\]: long written",
    ),
    "array became a map": (
        record(field("xs", {"type": "array", "items": "long"})),
        record(field("xs", {"type": "map", "values": "long"})),
        "R.xs: array written, map expected",
    ),
    "nested field without a default added": (
        record(field("in", inner(NOTE))),
        record(field("in", inner(NOTE, COUNT))),
        "new code .* R.in.count is missing",
    ),
    "nested in an array": (
        record(field("in", {"type": "array", "items": inner(NOTE)})),
        record(field("in", {"type": "array", "items": inner(NOTE, COUNT)})),
        r"new code .* R.in\[\].count is missing",
    ),
    "nested behind an option": (
        record(field("in", ["null", inner(NOTE)])),
        record(field("in", ["null", inner(NOTE, COUNT)])),
        "new code .* R.in: written branch Inner unknown",
    ),
    "changed where it is only referred to": (
        record(field("a", inner(NOTE), default={"note": ""}), field("b", "n.Inner")),
        record(field("b", inner(NOTE, COUNT))),
        "new code .* R.b.count is missing",
    ),
    "nested record became another": (
        record(field("in", inner(NOTE))),
        record(field("in", record(NOTE, name="Other"))),
        "R.in: Inner written, Other expected",
    ),
}


@pytest.mark.parametrize(("old", "new"), COMPATIBLE.values(), ids=COMPATIBLE)
def test_may_follow(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert incompatibilities(old, new) == []


@pytest.mark.parametrize(("old", "new", "said"), INCOMPATIBLE.values(), ids=INCOMPATIBLE)
def test_may_not_follow(old: dict[str, Any], new: dict[str, Any], said: str) -> None:
    problems = incompatibilities(old, new)
    assert any(re.search(said, problem) for problem in problems), problems


SAMPLE = {"note": "n", "count": 3, "in": {"note": "n", "count": 1}, "b": {"note": "n", "count": 1}, "a": {"note": "n"}}


@pytest.mark.parametrize(("old", "new"), COMPATIBLE.values(), ids=COMPATIBLE)
def test_fastavro_agrees_in_both_directions(old: dict[str, Any], new: dict[str, Any]) -> None:
    for writer, reader in ((old, new), (new, old)):
        out = io.BytesIO()
        schemaless_writer(out, parse_schema(writer), SAMPLE)
        out.seek(0)
        assert schemaless_reader(out, parse_schema(writer), parse_schema(reader))
