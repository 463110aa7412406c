"""When a signal event is worth an alert. Pure: the clock comes in as `now`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from schemas.events import Alert, SignalEvent
from sinks.alerts.quiet import QuietHours
from sinks.where import Where

# History never alerts: the event's own time must be this close to the wall clock.
RECENT: Final = timedelta(hours=24)
# What readers may see. A merged, divided or dismissed signal is nobody's any more.
_SHOWN: Final = frozenset({"published", "faded", "dormant"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Fires for events of published signals of which `where` holds, carried by at least `min_families`."""

    name: str
    where: Where
    min_families: int = 2
    channels: tuple[str, ...] = ()
    quiet: QuietHours | None = None
    cooldown: timedelta = timedelta(0)  # between two alerts on the same signal


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of an alert: `send` now, `hold` until `not_before` (UTC), or `suppress` for `reason`."""

    what: Literal["send", "hold", "suppress"]
    not_before: datetime | None = None
    reason: str = ""


def fires(event: SignalEvent, rule: Rule) -> bool:
    """Say whether `rule` fires for `event`, whenever it happened. Raises BadInput when its condition cannot be said.

    To readers an unpublished signal has no strength, so the event that publishes one counts as rising from 0.
    Taking a command back is no news, whatever the strength does.
    """
    shown = event.state in _SHOWN and event.kind != "undone" and event.families >= rule.min_families
    return shown and rule.where.holds(event)


def recent(event: SignalEvent, now: datetime) -> bool:
    """Say whether the event's own time is close enough to the wall clock `now` (aware) to alert anybody."""
    return abs(now - event.at) <= RECENT


def alert_of(event: SignalEvent, rule: Rule, now: datetime, site: str = "") -> Alert:
    """Return the alert, undelivered. `site` is the address of the pages, "" for none."""
    return Alert(
        alert_id=f"{rule.name}:{event.event_id}",
        rule=rule.name,
        event_id=event.event_id,
        signal_id=event.signal_id,
        title=event.title,
        strength_before=event.strength_before,
        strength_after=event.strength_after,
        quote=event.quote,
        publisher=event.publisher,
        url=event.url,
        at=event.at,
        fired_at=now,
        delivered=False,
        error="",
        kind=event.kind,
        anchor=event.anchor,
        claim=event.claim,
        families=event.families,
        stories=event.stories,
        link=f"{site}/signals/{quote(event.signal_id, safe='')}" if site else "",
    )


def ruling(rule: Rule, now: datetime, last: datetime | None, zone: ZoneInfo) -> Ruling:
    """Decide on an alert that fires at `now`; `last` is when the rule last fired for this signal (None: never).

    All times are aware; `zone` is where the quiet hours are.
    """
    if last is not None and now - last < rule.cooldown:
        return Ruling("suppress", reason=f"within {_words(rule.cooldown)} of the last one on this signal")
    over = rule.quiet.over_at(now, zone) if rule.quiet else None
    return Ruling("hold", over) if over else Ruling("send")


def _words(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:g} h" if hours >= 1 else f"{span.total_seconds() / 60:g} min"
