"""How verify compares: every innermost part that differs, by its path."""

from __future__ import annotations

from infra.verify.difference import ABSENT, MOST, Differences, columns, differing, plain, shown
from schemas.copying import replace
from sinks.clickhouse.rows import micros
from sinks.clickhouse.tables import SIGNALS
from tests.builders import T0, commit, event, signal


def test_equal_records_do_not_differ() -> None:
    assert list(differing(commit(1, events=(event(1),)), commit(1, events=(event(1),)))) == []


def test_the_innermost_part_is_named() -> None:
    one = commit(1, signals=(signal(1), signal(2)))
    other = commit(1, signals=(signal(1), replace(signal(2), title="Another", families={"f9": 1})))
    found = {path: (a, b) for path, a, b in differing(one, other)}
    assert found["signals[1].title"] == (signal(2).title, "Another")
    assert found["signals[1].families.f9"] == (ABSENT, 1)
    assert all(path.startswith("signals[1].") for path in found)


def test_lists_of_other_length_and_values_of_other_types_differ_as_a_whole() -> None:
    assert list(differing({"a": (1, 2)}, {"a": (1,)})) == [("a", (1, 2), (1,))]
    assert next(iter(differing(None, signal(1))))[0] == ""


def test_what_is_written_is_what_is_read() -> None:
    data = SIGNALS.data([signal(1)], generation="live")
    expected = {name: plain(values[0]) for name, values in zip(SIGNALS.columns, data, strict=True)}
    read = dict(expected) | {"opened_at": signal(1).opened_at, "sentences": [{"text": "t", "cites": ["e"]}]}
    found = columns(SIGNALS.columns, read)
    assert found["sentences"] == [["t", ["e"]]]
    assert [path for path, _, _ in differing(expected, found)] == ["sentences"]
    assert plain({"at": T0}) == {"at": micros(T0)}


def test_each_field_is_told_once_and_long_values_are_cut() -> None:
    found = Differences()
    for _ in range(2):
        found.add("signals", "sg-1", "title", "a" * 1000, b"\x00\x01")
    (only,) = found.all()
    assert (found.count, only.found) == (1, "0001")
    assert only.expected.endswith("… (1,000 characters)")
    for number in range(MOST + 5):
        found.add("evidence", str(number), "row", 1, 2)
    assert (found.count, len(found.all())) == (MOST + 6, MOST)
    assert shown(1.5) == "1.5"
