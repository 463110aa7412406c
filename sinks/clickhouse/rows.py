"""Records to columns and back, derived from the dataclass: no list of columns is written twice.

Times travel as integer microseconds since 1970 (exact), nested records as tuples, tag counts as maps.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Convert = Callable[[Any], Any]


def micros(at: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC. `at` must be aware."""
    return (at - _EPOCH) // _MICROSECOND


class Rows(Generic[T]):
    """How one dataclass lies in one table: a column per field, without `omit`, then the `extra` columns."""

    def __init__(self, table: str, record: type[T], *, extra: Sequence[str] = (), omit: Sequence[str] = ()) -> None:
        self.table = table
        self.record = record
        hints = get_type_hints(record)
        self._names = [f.name for f in fields(record) if f.name not in omit]  # type: ignore[arg-type]
        self._writers = [(attrgetter(name), _writer(hints[name])) for name in self._names]
        self._readers = [(name, _reader(hints[name])) for name in self._names]
        self._extra = tuple(extra)
        self.columns: tuple[str, ...] = (*self._names, *self._extra)
        self.binary = tuple(name for name in self._names if hints[name] is bytes)

    def select(self, rest: str, *, final: bool = False, omit: Sequence[str] = ()) -> str:
        """Return a SELECT of these columns with `rest` after it; values belong into bound parameters."""
        columns = ", ".join(name for name in self.columns if name not in omit)
        return f"SELECT {columns} FROM {self.table}{' FINAL' if final else ''} {rest}"  # noqa: S608

    def data(self, records: Sequence[T], **extra: Any) -> list[list[Any]]:
        """Return one list per column. An extra column is a list of values or one value for all."""
        if set(extra) != set(self._extra):
            raise TypeError(f"{self.table} takes the extra columns {self._extra}, not {tuple(extra)}")
        columns = [
            [get(r) for r in records] if write is None else [write(get(r)) for r in records]
            for get, write in self._writers
        ]
        for name in self._extra:
            value = extra[name]
            columns.append(value if isinstance(value, list) else [value] * len(records))
        return columns

    def read(self, row: Mapping[str, Any]) -> T:
        """Return the record in a row that was read back. Only for tables that omit no field."""
        return self.record(**{name: row[name] if read is None else read(row[name]) for name, read in self._readers})


def _optional(hint: Any) -> Any:
    """Return X for `X | None`, else None."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not type(None)]
        if len(inner) == 1:
            return inner[0]
    return None


def _item(hint: Any) -> Any:
    """Return X for `tuple[X, ...]`, else None."""
    return get_args(hint)[0] if get_origin(hint) is tuple else None


def _writer(hint: Any) -> Convert | None:
    if hint is datetime:
        return micros
    if (inner := _optional(hint)) is not None:
        write = _writer(inner)
        return None if write is None else (lambda value: None if value is None else write(value))
    if (item := _item(hint)) is not None:
        if is_dataclass(item):
            return _nested_writer(item)
        return list
    return None


def _nested_writer(record: Any) -> Convert:
    hints = get_type_hints(record)
    parts = [(attrgetter(f.name), _writer(hints[f.name])) for f in fields(record)]

    def write(values: Any) -> list[tuple[Any, ...]]:
        return [
            tuple(get(value) if convert is None else convert(get(value)) for get, convert in parts) for value in values
        ]

    return write


def _nested_reader(record: Any) -> Convert:
    hints = get_type_hints(record)
    readers = {f.name: convert for f in fields(record) if (convert := _reader(hints[f.name])) is not None}

    def read_nested(values: Any) -> tuple[Any, ...]:
        return tuple(
            record(**{name: readers[name](part) if name in readers else part for name, part in value.items()})
            for value in values
        )

    return read_nested


def _reader(hint: Any) -> Convert | None:
    if (inner := _optional(hint)) is not None:
        return _reader(inner)
    if (item := _item(hint)) is not None:
        if is_dataclass(item):
            return _nested_reader(item)
        return tuple
    return None
