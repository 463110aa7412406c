"""The alerts of the store, and the recent events that might deserve one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas.events import Alert, SignalEvent
from sinks.alerts.rules import RECENT
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import ALERTS, EVENTS


class AlertBook:
    """Every alert that ever fired, by id. Calls raise Retryable or StoreError. Times are aware."""

    def __init__(self, store: Store, generation: str) -> None:
        self._store = store
        self._generation = generation
        self._alerts = LatestRecords(store, ALERTS)

    def save(self, alert: Alert) -> None:
        """Keep `alert` durably; a known id is replaced."""
        self._alerts.save([alert])

    def knows(self, alert_id: str) -> bool:
        """Say whether this alert was recorded before."""
        return bool(self._alerts.load("alert_id = {id:String}", {"id": alert_id}))

    def undelivered(self, now: datetime) -> list[Alert]:
        """Return the undelivered alerts that fired within the last 24 hours, oldest first."""
        return self._alerts.load("NOT delivered AND fired_at >= {since:DateTime64(6, 'UTC')}", {"since": now - RECENT})

    def recent_events(self, now: datetime, strength: float) -> Iterator[SignalEvent]:
        """Yield the events of the last 24 hours after which a published signal had at least `strength`."""
        sql = EVENTS.select(
            "WHERE generation = {g:String} AND at >= {since:DateTime64(6, 'UTC')} AND state = 'published' "
            "AND strength_after >= {s:Float64} ORDER BY n, i",
            final=True,
        )
        params = {"g": self._generation, "since": now - RECENT, "s": strength}
        for row in self._store.query(sql, params):
            yield EVENTS.read(row)
