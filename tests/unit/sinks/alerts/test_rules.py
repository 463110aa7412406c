"""When an event is worth an alert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sinks.alerts.rules import Crossing, fired
from tests.builders import event, minutes

NOW = minutes(10)
RULE = Crossing(crossing=5.0, min_families=2)


def crossing(**given: Any) -> Any:
    made: dict[str, Any] = {
        "seq": 2,
        "strength_before": 4.9,
        "strength_after": 5.0,
        "families": 2,
        "state": "published",
    }
    return event(**(made | given))


def test_an_upward_crossing_fires_with_everything_a_reader_needs() -> None:
    alert = fired(crossing(), RULE, NOW)
    assert alert is not None
    assert alert.alert_id == "crossing:live:g1:2"
    assert (alert.strength_before, alert.strength_after) == (4.9, 5.0)
    assert (alert.title, alert.publisher, alert.fired_at) == ("Gallium gets scarce", "Paper 1", NOW)
    assert not alert.delivered


@pytest.mark.parametrize(
    "given",
    [
        {"strength_before": 5.0, "strength_after": 5.5},
        {"strength_before": 5.5, "strength_after": 4.5},
        {"strength_after": 4.99},
        {"families": 1},
        {"state": "candidate"},
        {"state": "faded"},
        {"at": NOW - timedelta(hours=24, seconds=1)},
        {"at": NOW + timedelta(hours=25)},
    ],
)
def test_everything_else_is_silent(given: dict[str, Any]) -> None:
    assert fired(crossing(**given), RULE, NOW) is None


def test_the_last_24_hours_count() -> None:
    assert fired(crossing(at=NOW - timedelta(hours=24)), RULE, NOW) is not None


def test_a_signal_published_above_the_crossing_fires_although_it_rose_unseen() -> None:
    above = crossing(kind="published", strength_before=5.2, strength_after=5.6)
    assert fired(above, RULE, NOW) is not None
