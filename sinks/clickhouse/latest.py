"""Small tables in which the newest writing of a key wins: feeds, meta, alerts, briefs, dead letters."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.rows import Rows, micros

T = TypeVar("T")


class LatestRows:
    """Rows of one table with a `version` column. A version never goes back, even when the clock does."""

    def __init__(self, store: Store, table: str) -> None:
        self.table = table
        self._store = store
        self._lock = threading.Lock()
        self._version: int | None = None

    def save(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows (all with the same columns, times aware) durably before returning."""
        if not rows:
            return
        names = list(rows[0])
        data = [[_value(row[name]) for row in rows] for name in names]
        self.save_columns(names, data)

    def save_columns(self, names: Sequence[str], data: Sequence[Sequence[Any]]) -> None:
        """Write columns without the version, which is added here."""
        with self._lock:
            first = self._next()
            versions = list(range(first, first + len(data[0])))
            self._store.insert_columns(self.table, [*names, "version"], [*data, versions])
            self._version = versions[-1]

    def load(self, where: str = "1", params: Mapping[str, Any] | None = None) -> list[Row]:
        """Return the newest row of every key that fits `where`, a condition with bound parameters."""
        # The table's name and the condition are this program's own words; values are bound.
        sql = f"SELECT * EXCEPT (version) FROM {self.table} FINAL WHERE {where}"  # noqa: S608
        return self._store.query(sql, params)

    def _next(self) -> int:
        if self._version is None:
            self._version = int(self._store.scalar(f"SELECT max(version) FROM {self.table}") or 0)  # noqa: S608
        return max(self._version + 1, time.time_ns() // 1000)


class LatestRecords(Generic[T]):
    """The same for a dataclass: alerts, briefs, dead letters."""

    def __init__(self, store: Store, rows: Rows[T]) -> None:
        self._rows = rows
        self._store = store
        self._latest = LatestRows(store, rows.table)

    def save(self, records: Sequence[T]) -> None:
        """Write `records` durably before returning; one with a known key replaces the former."""
        if records:
            data = self._rows.data(records, version=0)
            self._latest.save_columns(self._rows.columns[:-1], data[:-1])

    def load(self, where: str = "1", params: Mapping[str, Any] | None = None) -> list[T]:
        """Return the newest record of every key that fits `where`, a condition with bound parameters."""
        sql = self._rows.select(f"WHERE {where} ORDER BY version", final=True)
        binary = self._rows.binary
        return [self._rows.read(row) for row in self._store.query(sql, params, binary=binary)]


def _value(value: Any) -> Any:
    return micros(value) if isinstance(value, datetime) else value
