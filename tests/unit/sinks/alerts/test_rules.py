"""When an event is worth an alert, and when the alert is held back or left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadInput
from sinks.alerts.quiet import QuietHours, quiet_hours, span
from sinks.alerts.rules import Ruling, alert_of, fires, recent, ruling
from tests.unit.sinks.alerts.parts import NOW, crossing, deciding, rule

BERLIN = ZoneInfo("Europe/Berlin")


def test_an_upward_crossing_fires_with_everything_a_reader_needs() -> None:
    event = crossing()
    assert fires(event, rule())
    alert = alert_of(event, rule(), NOW, "https://bellwether.example")
    assert alert.alert_id == "crossing:live:g1:2"
    assert (alert.strength_before, alert.strength_after) == (4.9, 5.1)
    assert (alert.title, alert.publisher, alert.fired_at) == ("Gallium gets scarce", "Paper 1", NOW)
    assert (alert.quote, alert.families, alert.link) == (event.quote, 3, "https://bellwether.example/signals/g1")
    assert not alert.delivered


@pytest.mark.parametrize(
    "changed",
    [
        {"strength_before": 5.0, "strength_after": 5.5},
        {"strength_before": 5.5, "strength_after": 4.5},
        {"strength_after": 4.99},
        {"families": 1},
        {"state": "candidate"},
        {"state": "merged"},
        {"state": "dismissed"},
        {"kind": "undone"},
    ],
)
def test_everything_else_is_silent(changed: dict[str, Any]) -> None:
    assert not fires(crossing(**changed), rule())


def test_a_faded_signal_is_told_of_when_a_rule_asks_for_it() -> None:
    assert fires(crossing(state="faded", kind="faded"), rule('event.kind == "faded"'))


def test_a_signal_published_above_the_crossing_fires_although_it_rose_unseen() -> None:
    assert fires(crossing(kind="published", strength_before=5.2, strength_after=5.6), rule())


def test_history_never_alerts() -> None:
    assert recent(crossing(at=NOW - timedelta(hours=24)), NOW)
    for hours in (-25, 25):
        old = crossing(at=NOW + timedelta(hours=hours))
        assert deciding().on(old, NOW, lambda *_: None, lambda *_: None) == []
        assert deciding(history=True).on(old, NOW, lambda *_: None, lambda *_: None)


def test_a_cooldown_leaves_out_what_comes_too_soon_on_the_same_signal() -> None:
    made = deciding(rule("strength > 1", cooldown=timedelta(hours=6)))

    def on(number: int, now: datetime) -> str:
        [one] = made.on(crossing(number, at=now), now, lambda *_: None, lambda *_: None)
        return one.ruling.what

    assert [on(1, NOW), on(1, NOW + timedelta(hours=5)), on(2, NOW + timedelta(hours=5))] == [
        "send",
        "suppress",
        "send",
    ]
    assert on(1, NOW + timedelta(hours=6)) == "send", "what was left out does not count"


def test_a_cooldown_outlives_the_process() -> None:
    made = deciding(rule("strength > 1", cooldown=timedelta(hours=6)))
    [one] = made.on(crossing(), NOW, lambda *_: NOW - timedelta(hours=1), lambda *_: None)
    assert (one.ruling.what, one.ruling.reason) == ("suppress", "within 6 h of the last one on this signal")


def test_a_rule_that_cannot_be_applied_is_told_of_and_keeps_no_other_back() -> None:
    faults: list[str] = []
    made = deciding(rule("1 / (families - 3) > 0", "odd"), rule())
    found = made.on(crossing(), NOW, lambda *_: None, lambda name, error: faults.append(f"{name}: {error}"))
    assert [one.alert.rule for one in found] == ["crossing"]
    assert len(faults) == 1
    assert faults[0].startswith("odd: ")


@pytest.mark.parametrize(
    ("hours", "now", "over"),
    [
        ("22:00-07:00", "2026-04-15T20:00", "2026-04-16T05:00"),  # 22:00 in Berlin
        ("22:00-07:00", "2026-04-15T19:59", None),
        ("22:00-07:00", "2026-04-16T04:59", "2026-04-16T05:00"),
        ("22:00-07:00", "2026-04-16T05:00", None),
        ("12:00-13:00", "2026-04-15T10:30", "2026-04-15T11:00"),
        ("22:00-07:00", "2026-03-28T22:00", "2026-03-29T05:00"),  # the night in which clocks go forward
    ],
)
def test_quiet_hours_are_the_readers(hours: str, now: str, over: str | None) -> None:
    found = quiet_hours(hours)
    assert found is not None
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(over).replace(tzinfo=UTC) if over else None
    assert found.over_at(at, BERLIN) == expected
    assert ruling(rule(quiet=hours), at, None, BERLIN) == (Ruling("hold", expected) if expected else Ruling("send"))


@given(st.times(), st.times(), st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))
def test_quiet_hours_end_within_a_day_and_never_in_the_past(start: Any, end: Any, at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    over = QuietHours(start, end).over_at(now, BERLIN)
    assert over is None or now - timedelta(hours=1) <= over <= now + timedelta(hours=25)


@pytest.mark.parametrize("text", ["22-7", "25:00-07:00", "22:00", "07:00-07:00", "22:00-07:00-08:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        quiet_hours(text)


@pytest.mark.parametrize(
    ("text", "hours"), [("6h", 6.0), ("30 m", 0.5), ("1d", 24.0), ("90s", 0.025), ("", 0.0), ("0", 0.0), ("1.5h", 1.5)]
)
def test_spans(text: str, hours: float) -> None:
    assert span(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["6", "h", "six hours", "-1h", "9999999999999d"])
def test_spans_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        span(text)
