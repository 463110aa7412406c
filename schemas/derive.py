"""Avro schemas derived from the record dataclasses, so that no field list is written twice.

Mapping: str → string, int → long, float → double, bool → boolean, bytes → bytes, datetime → long with
logical type timestamp-micros (UTC), `tuple[X, ...]` → array, `dict[str, X]` → map, `X | None` → union with
null and default null, Literal → string (checked against its members when decoded), a dataclass → record.
Source: Avro 1.12 specification, https://avro.apache.org/docs/1.12.0/specification/
"""

from __future__ import annotations

import dataclasses
import types
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

NAMESPACE = "bellwether"
_PRIMITIVES: dict[type, Any] = {
    str: "string",
    int: "long",
    float: "double",
    bool: "boolean",
    bytes: "bytes",
    datetime: {"type": "long", "logicalType": "timestamp-micros"},
}


def avro_schema(record: type) -> dict[str, Any]:
    """Return the Avro schema of a record dataclass; nested records are defined where they first occur."""
    return _record(record, set())


def _record(record: type, defined: set[str]) -> dict[str, Any]:
    defined.add(record.__name__)
    hints = get_type_hints(record, include_extras=True)
    fields = []
    for field in dataclasses.fields(record):
        entry: dict[str, Any] = {"name": field.name, "type": _type(hints[field.name], defined)}
        if field.default is not dataclasses.MISSING:
            entry["default"] = _default(field.default)
        elif field.default_factory is not dataclasses.MISSING:
            entry["default"] = _default(field.default_factory())
        fields.append(entry)
    doc = (record.__doc__ or "").strip().split("\n")[0]
    return {"type": "record", "name": record.__name__, "namespace": NAMESPACE, "doc": doc, "fields": fields}


def _default(value: Any) -> Any:
    """Return a default as the specification writes it in JSON: bytes as a string of code points 0–255."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return list(value) if isinstance(value, tuple) else value


def _type(hint: Any, defined: set[str]) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        return _type(get_args(hint)[0], defined)
    if origin is Literal:
        return "string"
    if origin in (Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"only `X | None` unions have an Avro form here, not {hint}")
        return ["null", _type(inner[0], defined)]
    if origin is tuple:
        return {"type": "array", "items": _type(get_args(hint)[0], defined)}
    if origin is dict:
        return {"type": "map", "values": _type(get_args(hint)[1], defined)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return f"{NAMESPACE}.{hint.__name__}" if hint.__name__ in defined else _record(hint, defined)
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    raise TypeError(f"no Avro form for {hint}")
