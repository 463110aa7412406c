"""Every strength a signal ever had follows from its events alone."""

from __future__ import annotations

from hypothesis import given

from processors.decisions.retrace import retrace
from tests.unit.processors.decisions.test_ledger_promises import histories, history, some


@some
@given(histories)
def test_every_strength_follows_from_the_events(seed: int) -> None:
    world, _ = history(seed)
    seen = 0
    for event, parts in retrace(world.events(), world.policy):
        assert parts.strength == event.strength_after, (event.event_id, event.kind)
        seen += 1
    assert seen == len(world.events())
