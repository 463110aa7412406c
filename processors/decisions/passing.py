"""What signal events say of mass that goes from one signal to another, so that anyone can follow it."""

from __future__ import annotations

from collections.abc import Callable

from processors.decisions.retrace import move
from processors.decisions.substance import Substance, difference
from schemas.copying import replace
from schemas.mass import Mass

Rows = dict[tuple[str, str, int, str], int]


def named_today(substance: Substance, resolve: Callable[[str], str]) -> Substance:
    """Return the same mass with stories as they are named today, the way events tell of it."""
    return Substance(replace(part, story_id=resolve(part.story_id)) for part in substance.mass())


def passed(source: Substance, before: Substance, after: Substance) -> tuple[tuple[str, ...], tuple[Mass, ...]]:
    """Return the stories that went whole from `source` to a signal, and the rows that changed in it besides.

    The signal had `before` and has `after`; all three name stories as of today. The stories leave `source`, which then
    says what the events so far leave there.
    """
    has, had, gives = _by_story(after), _by_story(before), _by_story(source)
    moved = tuple(
        story_id for story_id, rows in gives.items() if _sum(had.get(story_id, {}), rows) == has.get(story_id)
    )
    reached = before.copy()
    move(source, reached, moved)
    return moved, difference(reached, after)


def _by_story(substance: Substance) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for part in substance.mass():
        found.setdefault(part.story_id, {})[part.stance, part.family, part.day, part.kind] = part.micro
    return dict(sorted(found.items()))


def _sum(one: Rows, other: Rows) -> Rows:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one.keys() | other.keys()}
