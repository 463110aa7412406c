"""The thread that turns signal events into delivered alerts: recorded first, delivered then, never forgotten.

An alert is in the store before it is posted, and marked when it was delivered. A crash in between posts it
again with the same `ce-id`: receivers get each alert at least once and can recognise a repeat.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from schemas.errors import BellwetherError
from schemas.events import Alert, SignalEvent
from sinks.alerts.book import AlertBook
from sinks.alerts.rules import Crossing, fired
from sinks.alerts.webhook import Delivery, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinks.clickhouse.connect import Store

log = logging.getLogger("bellwether.alerts")
NO_WEBHOOK: Final = "no webhook is configured"
RETRY_SECONDS: Final = 60.0
_IDLE_SECONDS: Final = 0.5


class AlertLoop:
    """Applies one rule to the events offered, records what fires and posts it.

    `now` is the wall clock. `url` "" records alerts without posting them. `on_alert` is called in the loop's
    thread after the first attempt, whatever came of it, and again when a later one succeeds. Undelivered
    alerts are tried again at the start and every `retry_seconds` for 24 hours. Raises BadSetting for a `url`
    that is neither http nor https.
    """

    def __init__(
        self,
        store: Store,
        rule: Crossing,
        url: str,
        now: Callable[[], datetime],
        on_alert: Callable[[Alert], None] | None = None,
        *,
        generation: str = "live",
        retry_seconds: float = RETRY_SECONDS,
        deadline: float = 10.0,
    ) -> None:
        self._book = AlertBook(store, generation)
        self._rule, self._now, self._on_alert = rule, now, on_alert
        self._webhook = Webhook(url, deadline=deadline) if url else None
        self._once = Webhook(url, deadline=deadline, tries=1) if url else None
        self._retry_seconds = retry_seconds
        self._fired: queue.SimpleQueue[Alert] = queue.SimpleQueue()
        self._late: deque[Alert] = deque()  # undelivered ones whose turn has come
        self._behind = True  # events may have gone by unseen
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """Start the thread; it begins with what the last process left undone."""
        self._thread.start()

    def stop(self, seconds: float = 15.0) -> None:
        """Stop after the delivery at hand; what is left is taken up at the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def offer(self, events: Sequence[SignalEvent]) -> None:
        """Take note of events, at once and without I/O. Call it after their projection, from any thread."""
        now = self._now()
        for event in events:
            if (alert := fired(event, self._rule, now)) is not None:
                self._fired.put(alert)

    def catch_up(self) -> None:
        """Offer the recent events of the store again; what was alerted before is known by its id."""
        self.offer(list(self._book.recent_events(self._now(), self._rule.crossing)))

    def _run(self) -> None:
        last_round = time.monotonic() - self._retry_seconds  # the first one is due at once
        while not self._stop.is_set():
            if time.monotonic() - last_round >= self._retry_seconds:
                last_round = time.monotonic()
                self._round()
            self._step()

    def _round(self) -> None:
        """Take up what was missed and what was not delivered."""
        if self._behind:
            with _noted("reading recent events"):
                self.catch_up()
                self._behind = False
        with _noted("reading undelivered alerts"):
            self._late = deque(self._book.undelivered(self._now()) if self._webhook else ())

    def _step(self) -> None:
        """Handle one alert, new ones before late ones; wait a little when there is none."""
        try:
            alert = self._fired.get(timeout=0 if self._late else _IDLE_SECONDS)
        except queue.Empty:
            if self._late:
                self._retry(self._late.popleft())
            return
        handled = False
        with _noted(f"alert {alert.alert_id}"):
            self._first(alert)
            handled = True
        self._behind = self._behind or not handled  # it comes back with the next round

    def _first(self, alert: Alert) -> None:
        if self._book.knows(alert.alert_id):
            return
        if self._webhook is None:
            self._settle(replace(alert, error=NO_WEBHOOK))
            return
        self._book.save(replace(alert, error="not delivered yet"))
        self._settle(_after(alert, self._webhook.post(alert)))

    def _retry(self, alert: Alert) -> None:
        assert self._once is not None
        with _noted(f"alert {alert.alert_id}"):
            delivery = self._once.post(alert)
            if delivery.delivered:
                self._settle(_after(alert, delivery))
            elif not delivery.answered:
                self._late.clear()  # it is down: the others wait for the next round

    def _settle(self, alert: Alert) -> None:
        self._book.save(alert)
        if alert.error:
            log.warning("alert on “%s” was not delivered: %s", alert.title, alert.error)
        if self._on_alert is not None:
            self._on_alert(alert)


def _after(alert: Alert, delivery: Delivery) -> Alert:
    return replace(alert, delivered=delivery.delivered, error=delivery.error)


@contextmanager
def _noted(doing: str) -> Iterator[None]:
    """The loop outlives a failing store or listener: what was not done is done at a later round or start."""
    try:
        yield
    except BellwetherError as error:
        log.warning("%s: %s", doing, error)
    except Exception:
        log.exception("%s", doing)
