"""Measures the delivery of alerts: a channel and a reader of events that are watched, and the book's counts."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from infra.metrics.catalogue import ALERT_DELIVERIES, ALERT_SECONDS, ALERT_TRIES
from infra.metrics.registry import METRICS, Metrics
from infra.metrics.sources import Figure
from schemas.errors import BellwetherError
from schemas.events import Alert, SignalEvent
from sinks.alerts.book import AlertBook, Cursor
from sinks.alerts.channel import Acknowledged, Channel, Delivery
from sinks.alerts.loop import Events
from sinks.alerts.rules import Rule
from sinks.clickhouse.connect import Store

log = logging.getLogger("bellwether.metrics")
_REMEMBERED: Final = 10_000  # events whose commit's time is known
_COMMITTED: Final = "SELECT n, committed_at FROM commits WHERE generation = {g:String} AND n IN {numbers:Array(UInt64)}"


class CommitTimes:
    """When the commits of recent events were made, by event id (wall clock). Thread-safe."""

    def __init__(self, store: Store, generation: str) -> None:
        self._store, self._generation = store, generation
        self._lock = threading.Lock()
        self._at: OrderedDict[str, datetime] = OrderedDict()

    def note(self, found: list[tuple[Cursor, SignalEvent]]) -> None:
        """Look the commits of these events up. Never raises: without it a measure is lost, and no alert."""
        try:
            numbers = sorted({cursor[0] for cursor, _ in found})
            rows = self._store.query(_COMMITTED, {"g": self._generation, "numbers": numbers})
        except BellwetherError as error:
            log.debug("times of commits are not known: %s", error)
            return
        at = {row["n"]: row["committed_at"] for row in rows}
        with self._lock:
            for cursor, event in found:
                if cursor[0] in at:
                    self._at[event.event_id] = at[cursor[0]]
            while len(self._at) > _REMEMBERED:
                self._at.popitem(last=False)

    def of(self, event_id: str) -> datetime | None:
        """Return when the event was committed, None if that is not known any more."""
        with self._lock:
            return self._at.get(event_id)


class TimedEvents:
    """Implements sinks.alerts.loop.Events over another one, and notes when what it gives was committed."""

    def __init__(self, events: Events, times: CommitTimes) -> None:
        self._events, self._times = events, times

    def after(self, cursor: Cursor, now: datetime, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        """See Events."""
        found = self._events.after(cursor, now, limit)
        if found:
            self._times.note(found)
        return found


class MeasuredChannel:
    """Implements sinks.alerts.channel.Channel over another one."""

    def __init__(
        self,
        channel: Channel,
        committed: Callable[[str], datetime | None],
        now: Callable[[], datetime],
        metrics: Metrics = METRICS,
        held_until: Callable[[Alert], datetime | None] = lambda alert: None,
    ) -> None:
        """`committed` tells when an event was committed; the moment its alert fired stands in for an unknown one.

        `held_until` tells when the quiet hours ended that held an alert back (UTC): it was not due before.
        """
        self._channel, self._committed, self._now, self._metrics = channel, committed, now, metrics
        self._held = held_until
        for result in ("delivered", "failed"):  # a series that begins at 1 has no increase
            metrics.count(ALERT_TRIES, channel.name, result, by=0)

    @property
    def name(self) -> str:
        """See Channel."""
        return self._channel.name

    def deliver(self, alert: Alert, acknowledged: Acknowledged) -> Delivery:
        """See Channel."""

        def received() -> None:
            acknowledged()  # first of all: what was received and is not noted is sent again
            since = self._committed(alert.event_id) or alert.fired_at
            if (over := self._held(alert)) is not None:
                since = max(since, over)
            self._metrics.observe(ALERT_SECONDS, max(0.0, (self._now() - since).total_seconds()))

        delivery = self._channel.deliver(alert, received)
        self._metrics.count(ALERT_TRIES, self.name, "delivered" if delivery.delivered else "failed")
        return delivery

    def close(self) -> None:
        """See Channel."""
        self._channel.close()


def held_by(rules: Sequence[Rule], zone: ZoneInfo) -> Callable[[Alert], datetime | None]:
    """Return who tells until when (UTC) its rule's quiet hours, in `zone`, held an alert back; None for not at all."""
    quiet = {rule.name: rule.quiet for rule in rules}

    def held_until(alert: Alert) -> datetime | None:
        hours = quiet.get(alert.rule)
        return hours.over_at(alert.fired_at, zone) if hours else None

    return held_until


def alert_figures(book: AlertBook) -> Iterator[Figure]:
    """Yield how many deliveries are in which state. Raises Retryable."""
    for (channel, state), count in book.counts().items():
        yield Figure(ALERT_DELIVERIES, count, (channel, state.replace(" ", "_")))
