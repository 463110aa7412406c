"""When a signal event is worth an alert. Pure: the clock comes in as `now`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.events import Alert, SignalEvent

# History never alerts: the event's own time must be this close to the wall clock.
RECENT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Crossing:
    """Fires when a published signal rises to `crossing` (0–10), carried by at least `min_families`."""

    crossing: float = 5.0
    min_families: int = 2
    name: str = "crossing"


def fired(event: SignalEvent, rule: Crossing, now: datetime) -> Alert | None:
    """Return the alert for `event`, undelivered, or None. `now` is the wall clock, aware.

    It fires when strength_before < crossing ≤ strength_after. To readers an unpublished signal has no
    strength, so the event that publishes one counts as rising from 0.
    """
    before = 0.0 if event.kind == "published" else event.strength_before
    # Taking a command back is no news, whatever the strength does.
    crosses = event.kind != "undone" and before < rule.crossing <= event.strength_after
    recent = abs(now - event.at) <= RECENT
    if not (crosses and recent and event.state == "published" and event.families >= rule.min_families):
        return None
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
    )
