"""Retracing: every strength a signal ever had, from its events alone.

An event first moves whole stories (`stories_moved`, from the signal `other_id`), then changes single rows (`mass`).
Who wants one signal's strengths needs its own events, those of the signals that they name in `other_id`, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from processors.decisions.policy import Policy
from processors.decisions.strength import Components, weights_at
from processors.decisions.substance import Substance, negative
from schemas.events import SignalEvent


def retrace(events: Iterable[SignalEvent], policy: Policy) -> Iterator[tuple[SignalEvent, Components]]:
    """Yield each event with the strength that its signal had right after it, and that strength's parts.

    `events` come in the order in which they were committed (by n, then as they stand in the commit), from each
    signal's first one on; those of one signal alone may also be sorted by seq. `policy` gives the half-lives that were
    in force. Then `components.strength == event.strength_after`.
    """
    for event, substance in retraced(events):
        yield event, substance.components(weights_at(event.at, policy))


def retraced(events: Iterable[SignalEvent]) -> Iterator[tuple[SignalEvent, Substance]]:
    """Yield each event with what its signal rested on right after it. Copy what is to outlast the next step."""
    resting: dict[str, Substance] = {}
    for event in events:
        yield event, step(resting, event)


def step(resting: dict[str, Substance], event: SignalEvent) -> Substance:
    """Let `resting`, what each signal rests on, follow one event; return what its signal rests on then."""
    substance = resting.setdefault(event.signal_id, Substance())
    if event.stories_moved:
        move(resting.setdefault(event.other_id, Substance()), substance, event.stories_moved)
    for part in event.mass:
        substance.add(part)
    return substance


def move(source: Substance, target: Substance, stories: Iterable[str]) -> None:
    """Let every row of these stories go from one signal to the other."""
    moved = set(stories)
    for part in [part for part in source.mass() if part.story_id in moved]:
        target.add(part)
        source.add(negative(part))
