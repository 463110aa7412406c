"""Salience: how much one evidence weighs, in millionths of one unit."""

from __future__ import annotations

from typing import Final

from schemas.vocabulary import Kind, Stance

BASE: Final[dict[Kind, int]] = {"structural": 600_000, "cyclical": 420_000, "event": 300_000}
MECHANISM = 100_000
NUMBERS = 40_000
ACTOR, MOST_ACTORS = 20_000, 3
FULL_TEXT = 60_000
NEWNESS = 40_000
CONTEXT = -150_000
LIGHT = 0.4
LEAST, MOST = 50_000, 950_000


def salience(
    kind: Kind,
    stance: Stance,
    *,
    mechanism: bool,
    numbers: bool,
    actors: int,
    full_text: bool,
    new: bool,
    light: bool,
) -> int:
    """Return the salience in 0..1,000,000.

    In units: base (structural .60, cyclical .42, event .30) + .10 when a sentence tells the mechanism +
    .04 when the quote has a number + .02 for each actor up to three + .06 for an article with a body +
    .04 when the quote speaks of change − .15 for context; times .4 for light matter (sport,
    celebrities); held within .05 and .95. Structural items so get .60 to .90, events .30 to .60. The
    constants are ours: they order, they measure nothing.
    """
    value = BASE[kind]
    value += MECHANISM if mechanism else 0
    value += NUMBERS if numbers else 0
    value += ACTOR * min(actors, MOST_ACTORS)
    value += FULL_TEXT if full_text else 0
    value += NEWNESS if new else 0
    value += CONTEXT if stance == "context" else 0
    if light:
        value = int(value * LIGHT)
    return max(LEAST, min(MOST, value))
