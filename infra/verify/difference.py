"""A difference between what commits say and what is stored, and how two values are compared. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Final

from sinks.clickhouse.rows import micros

MOST: Final = 10_000  # differences that are kept; more are counted
_LONGEST: Final = 400  # characters of a value that is shown
ABSENT: Final = "(absent)"
Path = tuple[str, Any, Any]  # field, what it should be, what it is


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one thing. `expected` follows from the commits, `found` is stored; both as text.

    `kind`: the table, or `commit`, `event`, `sum`, `strength`, `decision`.
    """

    kind: str
    id: str
    field: str
    expected: str
    found: str


class Differences:
    """Gathers differences, each field of a thing once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Difference] = {}
        self.count = 0

    def add(self, kind: str, key: str, field: str, expected: Any, found: Any) -> None:
        """Note one difference."""
        place = (kind, key, field)
        if place in self._found:
            return
        self.count += 1
        if len(self._found) < MOST:
            self._found[place] = Difference(kind, key, field, shown(expected), shown(found))

    def compare(self, kind: str, key: str, expected: Any, found: Any) -> None:
        """Note every field in which two records, or two mappings of columns, differ."""
        for field, one, other in differing(expected, found):
            self.add(kind, key, field, one, other)

    def all(self) -> list[Difference]:
        """Return what was noted, in that order."""
        return list(self._found.values())


def differing(expected: Any, found: Any, path: str = "") -> Iterator[Path]:
    """Yield (field, expected, found) of each innermost part that differs, such as `signals[0].title`."""
    if type(expected) is type(found) and is_dataclass(expected):
        for each in fields(expected):
            name = f"{path}.{each.name}" if path else each.name
            yield from differing(getattr(expected, each.name), getattr(found, each.name), name)
    elif isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in [*expected, *(key for key in found if key not in expected)]:
            name = f"{path}.{key}" if path else str(key)
            yield from differing(expected.get(key, ABSENT), found.get(key, ABSENT), name)
    elif _is_list(expected) and _is_list(found) and len(expected) == len(found):
        for i, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differing(one, other, f"{path}[{i}]")
    elif expected != found:
        yield path, expected, found


def plain(value: Any) -> Any:
    """Return a value of a column, as it was written or as it was read back, in the one form both can be compared in."""
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if _is_list(value):
        return [plain(part) for part in value]
    return value


def columns(names: Sequence[str], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return these columns of a row that was read; records within a column come as their values alone."""
    found = {name: plain(row[name]) for name in names}
    for name, value in found.items():
        if isinstance(value, list):
            found[name] = [list(part.values()) if isinstance(part, dict) else part for part in value]
    return found


def shown(value: Any) -> str:
    """Return a value as text of bounded length."""
    text = value if isinstance(value, str) else value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
