"""Signal events and alerts as the store has them."""

from __future__ import annotations

from datetime import datetime

from schemas.copying import replace
from schemas.events import Alert, SignalEvent
from sinks.alerts.rules import RECENT
from sinks.clickhouse.connect import Store
from sinks.clickhouse.events import Cursor, StoredEvents
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import ALERTS


class RecentEvents:
    """Signal events of the last day, for the loop. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store, generation: str) -> None:
        self._events = StoredEvents(store, generation)

    def after(self, cursor: Cursor, now: datetime, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        """Return events within a day of `now` (aware) after the cursor, as far as the tables are whole.

        What an article caused that came more than a day late has that article's time: it is no news of today.
        """
        found = self._events.read(cursor, limit, first=now - RECENT, last=now + RECENT)
        published = self._events.published(event.evidence_id for _, event in found) if found else {}
        return [(place, as_of_its_article(event, published.get(event.evidence_id))) for place, event in found]


def as_of_its_article(event: SignalEvent, published_at: datetime | None) -> SignalEvent:
    """Return the event with the time of the article that caused it, where that is more than a day before its own.

    An analyst's command is news whatever the age of the evidence that it names.
    """
    if published_at is None or event.by or published_at >= event.at - RECENT:
        return event
    return replace(event, at=published_at)


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
