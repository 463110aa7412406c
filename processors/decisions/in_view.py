"""What of a signal a narrator has in view: its latest evidence, the opening one, and always what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from schemas.events import SignalEvent

MOST: Final = 12  # evidence shown to a narrator
MOST_AGAINST: Final = 3  # of it: contradicting evidence that stays in view however much came since


def in_view(events: Sequence[SignalEvent], most: int = MOST, against: int = MOST_AGAINST) -> tuple[SignalEvent, ...]:
    """Return one event for each evidence in view, in order of seq.

    `events` are those of one signal in order of seq. In view are the newest `against` contradicting evidence, the
    opening one, and the newest others, together at most `most`. Withdrawn evidence and events without a quote are not.
    """
    latest: dict[str, SignalEvent] = {}
    for event in events:
        if event.kind == "evidence-rejected":
            for gone in [key for key in latest if key == event.evidence_id or f"({key}," in event.note]:
                del latest[gone]
        elif event.evidence_id and event.quote.strip():
            # `published` repeats the evidence of the step before it: the first telling keeps its place.
            latest.setdefault(event.evidence_id, event)
    told = list(latest.values())
    chosen = [event for event in told if event.stance == "contradicts"][-against:] if against else []
    if told and told[0].seq == 1 and told[0] not in chosen:
        chosen.append(told[0])
    rest = [event for event in told if event not in chosen]
    room = max(0, most - len(chosen))
    chosen.extend(rest[-room:] if room else [])
    return tuple(sorted(chosen, key=lambda event: event.seq))


def remembered(events: Sequence[SignalEvent], most: int) -> tuple[SignalEvent, ...]:
    """Return the newest `most` of a signal's events, and besides them what an older one adds to the view."""
    older = events[:-most] if most else events
    if not older:
        return tuple(events)
    seen = {event.seq for event in in_view(events)}
    return (*(event for event in older if event.seq in seen), *events[len(older) :])
