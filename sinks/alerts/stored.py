"""Signal events and alerts as the store has them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from schemas.events import Alert, SignalEvent
from sinks.alerts.book import Cursor
from sinks.alerts.rules import RECENT
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.project import projected
from sinks.clickhouse.tables import ALERTS, EVENTS

_DAY: Final = timedelta(days=1)


class StoredEvents:
    """Signal events of one generation, in order of commitment. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store, generation: str) -> None:
        self._store, self._generation = store, generation

    def after(self, cursor: Cursor, now: datetime, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        """Return events within a day of `now` (aware) after the cursor, as far as the tables are whole."""
        return self._read(cursor, now - RECENT, now + RECENT, limit)

    def since(self, start: datetime, cursor: Cursor = (0, 0), limit: int = 5000) -> list[tuple[Cursor, SignalEvent]]:
        """Return events from `start` (aware) on, after the cursor."""
        return self._read(cursor, start, start + 100_000 * _DAY, limit)

    def _read(self, cursor: Cursor, first: datetime, last: datetime, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        sql = EVENTS.select(
            "WHERE generation = {g:String} AND n >= {n:UInt64} AND (n, i) > ({n:UInt64}, {i:UInt32}) "
            "AND n <= {upto:UInt64} AND at >= {first:DateTime64(6, 'UTC')} AND at <= {last:DateTime64(6, 'UTC')} "
            "ORDER BY n, i LIMIT {limit:UInt32}",
            final=True,
        )
        params = {
            "g": self._generation, "n": cursor[0], "i": cursor[1], "first": first, "last": last, "limit": limit,
            "upto": projected(self._store, self._generation),
        }  # fmt: skip
        return [((row["n"], row["i"]), EVENTS.read(row)) for row in self._store.query(sql, params)]


class StoredAlerts:
    """The table `alerts`, which pages and Grafana read. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store) -> None:
        self._alerts = LatestRecords(store, ALERTS)

    def save(self, alerts: list[Alert]) -> None:
        """Keep alerts durably; a known id is replaced."""
        self._alerts.save(alerts)

    def since(self, start: datetime) -> list[Alert]:
        """Return the alerts that fired from `start` (aware) on."""
        return self._alerts.load("fired_at >= {since:DateTime64(6, 'UTC')}", {"since": start})

    def newest(self, limit: int) -> list[Alert]:
        """Return the newest alerts, newest first."""
        first = "(SELECT min(f) FROM (SELECT fired_at AS f FROM alerts FINAL ORDER BY f DESC LIMIT {limit:UInt32}))"
        found = self._alerts.load(f"fired_at >= {first}", {"limit": limit})
        return sorted(found, key=lambda one: one.fired_at, reverse=True)[:limit]
