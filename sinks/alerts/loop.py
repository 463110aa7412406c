"""Turns signal events into delivered alerts: decided on once, sent until acknowledged, never sent again then.

One thread reads events from the store in order of commitment and decides; one thread a channel sends what is due on
it, so that a slow or dead channel keeps no other waiting; one tells the store and the topic. All that they know lies
in the book: a process that is killed goes on where it was.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Protocol

from structlog.contextvars import bind_contextvars, bound_contextvars

from schemas.errors import BadInput, BellwetherError
from schemas.events import Alert, SignalEvent
from sinks.alerts.book import AlertBook, Cursor, Fired
from sinks.alerts.channel import Channel
from sinks.alerts.decide import Deciding

log = logging.getLogger("bellwether.alerts")
POLL_SECONDS: Final = 0.5  # how often the store is looked at when nobody nudges
_TELL_SECONDS: Final = 0.2
RETRY_SECONDS: Final = 1.0  # how often a channel looks whether something is due


class Events(Protocol):
    """Where signal events come from."""

    def after(self, cursor: Cursor, now: datetime, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        """Return events of the last day, committed after the cursor, in order. Raises Retryable, StoreError."""
        ...


class AlertLoop:
    """`now` is the wall clock. `tell` hands alerts to the store and the topic, again and again until it returns.

    `on_alert` is called in a thread of the loop after the first try on each channel, and when a later one succeeds.
    """

    def __init__(
        self,
        events: Events,
        book: AlertBook,
        deciding: Deciding,
        channels: Sequence[Channel],
        now: Callable[[], datetime],
        *,
        generation: str = "live",
        tell: Callable[[Sequence[Alert]], None] = lambda alerts: None,
        on_alert: Callable[[Alert], None] | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._events, self._book, self._deciding = events, book, deciding
        self._generation, self._now, self._tell, self._on_alert = generation, now, tell, on_alert
        self._poll = poll_seconds
        self._stop = threading.Event()
        self._seen, self._changed = threading.Event(), threading.Event()
        self._due = {channel.name: threading.Event() for channel in channels}
        self._threads = [
            threading.Thread(target=self._watch, name="alerts", daemon=True),
            threading.Thread(target=self._report, name="alerts-told", daemon=True),
            *(
                threading.Thread(target=self._send, args=(channel,), name=f"alerts-{channel.name}", daemon=True)
                for channel in channels
            ),
        ]

    def start(self) -> None:
        """Start the threads; they begin with what the last process left undone."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 15.0) -> None:
        """Stop after the deliveries at hand; what is left is taken up at the next start."""
        self._stop.set()
        for event in (self._seen, self._changed, *self._due.values()):
            event.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds)

    def nudge(self) -> None:
        """Say that there may be new events. Returns at once, from any thread."""
        self._seen.set()

    def _watch(self) -> None:
        self._sign_logs()
        while not self._stop.is_set():
            self._seen.clear()
            more = False
            with _noted("reading signal events"):
                more = self._look()
            if not more:
                self._seen.wait(self._poll)

    def _look(self, limit: int = 500) -> bool:
        """Decide on the next events; say whether there may be more."""
        now = self._now()
        found = self._events.after(self._book.cursor(self._generation), now, limit)
        if not found:
            return False
        fired: list[Fired] = []
        self._deciding.begin()
        for _, event in found:
            with bound_contextvars(event_id=event.event_id, signal_id=event.signal_id):
                fired += self._deciding.on(event, now, self._book.last_fired, self._fault)
        self._book.record(self._generation, found[-1][0], fired, now)
        if fired:
            for due in (*self._due.values(), self._changed):
                due.set()
        return len(found) == limit

    def _fault(self, rule: str, error: BadInput) -> None:
        log.warning("%s", error, extra={"rule": rule})
        self._book.fault(rule, str(error), self._now())

    def _send(self, channel: Channel) -> None:
        self._sign_logs()
        due = self._due[channel.name]
        while not self._stop.is_set():
            due.clear()
            with _noted(f"channel {channel.name}"):
                for alert in self._book.due(channel.name, self._now()):
                    if self._stop.is_set() or not self._one(channel, alert):
                        break
                else:
                    if self._book.due(channel.name, self._now(), 1):
                        continue
            due.wait(RETRY_SECONDS)
        with _noted(f"channel {channel.name}"):
            channel.close()

    def _one(self, channel: Channel, alert: Alert) -> bool:
        """Send one alert; say whether the channel answers, so that others may be sent."""
        ids = {"alert_id": alert.alert_id, "event_id": alert.event_id, "signal_id": alert.signal_id}
        with bound_contextvars(**ids, channel=channel.name):
            return self._delivered(channel, alert)

    def _delivered(self, channel: Channel, alert: Alert) -> bool:
        acknowledged = lambda: self._book.arrived(alert.alert_id, channel.name, self._now())  # noqa: E731
        delivery = channel.deliver(alert, acknowledged)
        if not delivery.delivered:
            log.warning("alert on “%s” was not delivered to %s: %s", alert.title, channel.name, delivery.error)
            self._book.failed(alert.alert_id, channel.name, delivery.error, self._now())
        self._changed.set()
        self._announce(alert.alert_id)
        return delivery.delivered or delivery.answered

    def _sign_logs(self) -> None:
        bind_contextvars(role="alerts", generation=self._generation)  # of this thread

    def _report(self) -> None:
        self._sign_logs()
        while not self._stop.is_set():
            self._changed.clear()
            with _noted("keeping alerts in the store"):
                while marks := self._book.untold():
                    self._tell([alert for alert, _ in marks])
                    self._book.told(marks)
            self._changed.wait(self._poll * 4)
            self._stop.wait(_TELL_SECONDS)  # what changes meanwhile is told in one go

    def _announce(self, alert_id: str) -> None:
        if self._on_alert is not None and (alert := self._book.get(alert_id)) is not None:
            self._on_alert(alert)


@contextmanager
def _noted(doing: str) -> Iterator[None]:
    """The loop outlives a failing store, channel or listener: what was not done is done at a later round or start."""
    try:
        yield
    except BellwetherError as error:
        log.warning("%s: %s", doing, error)
    except Exception:
        log.exception("%s", doing)
