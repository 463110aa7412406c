"""Binds alerts to settings, store and topic, and answers what is asked about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from infra.alert_settings import CROSSING, WEBHOOK, AlertSettings
from infra.clock import wall_clock
from infra.metrics.alerts import CommitTimes, MeasuredChannel, TimedEvents, held_by
from infra.settings import Settings
from processors.emit import Emitter
from schemas.codec import encode
from schemas.errors import BadInput, BadSetting
from schemas.events import Alert
from schemas.topics import ALERTS
from sinks.alerts.book import AlertBook, outstanding
from sinks.alerts.channel import Channel
from sinks.alerts.decide import Deciding
from sinks.alerts.loop import AlertLoop
from sinks.alerts.notify import Notifier
from sinks.alerts.quiet import quiet_hours, span
from sinks.alerts.rules import RECENT, Rule
from sinks.alerts.stored import RecentEvents, StoredAlerts
from sinks.alerts.webhook import Webhook, signature
from sinks.clickhouse.connect import Store
from sinks.clickhouse.events import BEGINNING, StoredEvents
from sinks.subscribe.start import start_of
from sinks.where import Where

Row = dict[str, Any]
_PAGE: Final = 5000  # events that are read at once
_MOST: Final = 10_000  # alerts that a dry run shows


class Alerting:
    """The alerts of one generation. `now` is the clock that event times are compared with."""

    def __init__(self, store: Store, settings: Settings, generation: str, now: Callable[[], datetime]) -> None:
        self._store, self._settings, self._generation, self._now = store, settings, generation, now
        self._zone = ZoneInfo(settings.reader.zone)

    @cached_property
    def book(self) -> AlertBook:
        """The book; its file is made when it is first needed. What the store knows and it does not is taken in."""
        made = AlertBook(book_path(self._settings))
        if made.cursor(self._generation) == (0, 0):
            made.adopt(StoredAlerts(self._store).since(self._now() - 2 * RECENT))
        return made

    def loop(
        self,
        *,
        crossing: float | None = None,
        emitter: Emitter | None = None,
        on_alert: Callable[[Alert], None] | None = None,
        poll_seconds: float = 0.5,
    ) -> AlertLoop:
        """Return a loop, not started. `crossing` takes the place of the setting. Raises BadSetting."""
        settings = self._settings.alerts
        if crossing is not None:
            settings = settings.model_copy(update={"crossing": crossing})
        stored = StoredAlerts(self._store)

        def tell(alerts: Sequence[Alert]) -> None:
            stored.save(list(alerts))
            if emitter is not None:
                publish(emitter, alerts)

        times = CommitTimes(self._store, self._generation)
        rules = rules_of(settings)
        held = held_by(rules, self._zone)
        channels = [
            MeasuredChannel(each, times.of, wall_clock, held_until=held) for each in channels_of(self._settings.alerts)
        ]
        deciding = Deciding(rules, [each.name for each in channels], self._zone, self._settings.site.url)
        return AlertLoop(
            TimedEvents(RecentEvents(self._store, self._generation), times), self.book, deciding, channels, self._now,
            generation=self._generation, tell=tell, on_alert=on_alert, poll_seconds=poll_seconds,
        )  # fmt: skip

    def listed(self, limit: int = 100, undelivered: bool = False) -> Row:
        """Return alerts, newest first, with their deliveries; the rules; and which of them could not be applied.

        Where another process keeps the book, they are as the store has them: without deliveries one by one.
        """
        here = book_path(self._settings).exists()
        kept = self.book.listed(limit, undelivered=undelivered) if here else self._stored(limit, undelivered)
        return {
            "alerts": kept,
            "rules": [_rule_row(rule) for rule in rules_of(self._settings.alerts)],
            "channels": sorted(self._settings.alerts.addresses()),
            "faults": self.book.faults() if here else [],
        }

    def undelivered(self) -> list[Row]:
        """Return the alerts of the last two days that wait or were given up, as the store has them."""
        found = StoredAlerts(self._store).since(self._now() - 2 * RECENT)
        return [asdict(one) for one in found if outstanding(one)]

    def _stored(self, limit: int, undelivered: bool) -> list[Row]:
        found = StoredAlerts(self._store).newest(limit)
        wanted = [one for one in found if not undelivered or outstanding(one)]
        return [asdict(one) | {"suppressed": "", "deliveries": []} for one in wanted]

    def dry_run(self, since: str, when: str = "") -> Row:
        """Return what would have been told since then, had the rules been in force; nothing is sent or kept.

        `since`: a UTC day or time (ISO 8601), or "beginning". `when`: a condition of your own instead of the rules.
        Raises BadInput.
        """
        at = start_of(since)
        if not at:
            raise BadInput("--since now: nothing has happened since; name a day, a time, or beginning")
        first = at if isinstance(at, datetime) else BEGINNING
        settings = self._settings.alerts
        rules = [Rule("when", Where(when, "--when"), settings.min_families)] if when else rules_of(settings)
        deciding = Deciding(rules, sorted(settings.addresses()), self._zone, self._settings.site.url, history=True)
        events, cursor, faults = StoredEvents(self._store, self._generation), (0, 0), dict[str, str]()
        rows: list[Row] = []
        seen = 0
        while found := events.read(cursor, _PAGE, first=first):
            seen, cursor = seen + len(found), found[-1][0]
            for _, event in found:
                for one in deciding.on(event, event.at, lambda *_: None, lambda rule, e: faults.update({rule: str(e)})):
                    ruling = {"ruling": one.ruling.what, "not_before": one.ruling.not_before, "why": one.ruling.reason}
                    rows.append(asdict(one.alert) | ruling | {"channels": list(one.channels)})
        return {"events": seen, "fired": len(rows), "alerts": rows[:_MOST], "faults": faults}


def book_path(settings: Settings) -> Path:
    """Return where the book of alerts lies."""
    return Path(settings.alerts.book or Path(settings.data) / "alerts.sqlite")


def rules_of(settings: AlertSettings) -> list[Rule]:
    """Return the rules in force. Raises BadInput for a condition that is none."""
    if not settings.rules:
        where = Where(f"crossed({settings.crossing})", "alerts.crossing")
        return [Rule(CROSSING, where, settings.min_families)]
    return [
        Rule(
            name,
            Where(rule.when, f"alerts.rules.{name}"),
            settings.min_families if rule.min_families is None else rule.min_families,
            rule.channels,
            quiet_hours(rule.quiet),
            span(rule.cooldown),
        )
        for name, rule in settings.rules.items()
    ]


def channels_of(settings: AlertSettings) -> list[Channel]:
    """Return the channels. Raises BadSetting for an address that nothing can be done with."""
    secret = settings.secret.get_secret_value()
    signature(secret, "", 0, b"")  # a secret that cannot sign stops the start
    made: list[Channel] = []
    for name, url in settings.addresses().items():
        web = url.startswith(("http://", "https://"))
        try:
            made.append(Webhook(url, name, secret) if web or name == WEBHOOK else Notifier(name, url))
        except BadSetting as error:
            raise BadSetting(f"alerts.{'' if name == WEBHOOK else 'channels.'}{error}") from error
    return made


def try_channels(settings: AlertSettings, now: datetime, channel: str = "") -> list[Row]:
    """Send an alert that says it is a test, on one channel or on all; return what became of it. Raises BadInput."""
    channels = channels_of(settings)
    wanted = [each for each in channels if channel in ("", each.name)]
    if not wanted:
        known = ", ".join(each.name for each in channels) or "none; name one under alerts.channels"
        raise BadInput(f"{channel or 'alerts.channels'}: there is no such channel; there are {known}")
    deliveries = [(each.name, each.deliver(_sample(now), lambda: None)) for each in wanted]
    for each in wanted:
        each.close()
    return [{"channel": name, "delivered": made.delivered, "error": made.error} for name, made in deliveries]


def publish(emitter: Emitter, alerts: Sequence[Alert]) -> None:
    """Put alerts on their topic, as they stand; blocks until the broker has them. Raises Retryable."""
    for alert in alerts:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{alert.alert_id}:{'delivered' if alert.delivered else 'fired'}",
            "ce_source": "bellwether",
            "ce_type": f"bellwether.alert.{alert.rule}",
            "ce_time": alert.fired_at.isoformat().replace("+00:00", "Z"),
            "content-type": "application/avro",
        }
        emitter.send(ALERTS.name, encode(alert), alert.alert_id.encode(), headers)
    emitter.flush_now()


def _rule_row(rule: Rule) -> Row:
    quiet = f"{rule.quiet.start:%H:%M}-{rule.quiet.end:%H:%M}" if rule.quiet else ""
    return {
        "name": rule.name, "when": rule.where.text, "min_families": rule.min_families,
        "channels": list(rule.channels), "quiet": quiet, "cooldown_seconds": rule.cooldown.total_seconds(),
    }  # fmt: skip


def _sample(now: datetime) -> Alert:
    return Alert(
        alert_id=f"test:{uuid4().hex[:12]}", rule="test", event_id="test", signal_id="test",
        title="A test of this channel by Bellwether", strength_before=4.0, strength_after=5.0,
        quote="This is a test; nothing has happened.", publisher="Bellwether", url="", at=now, fired_at=now,
        delivered=False, error="", kind="test", anchor="a test", families=2, stories=1,
    )  # fmt: skip
