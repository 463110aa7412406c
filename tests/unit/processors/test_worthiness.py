"""What deserves a brief, and what is said when nothing does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from processors.decisions.worthiness import Day, Moved, Thresholds, Worthiness, move, worthiness

T = Thresholds()
DAY = Day(articles=12)


def moved(signal_id: str = "g1", **given: Any) -> Moved:
    made = Moved(
        signal_id=signal_id,
        state="published",
        kind_of_events=("reinforced",),
        strength_before=3.1,
        strength_after=3.3,
        families=2,
        stories=1,
        first_published=False,
    )
    return replace(made, **given)


def test_a_first_publication_is_worth_saying() -> None:
    verdict = worthiness([moved(first_published=True, kind_of_events=("published",))], DAY, T)
    assert verdict == Worthiness(True, 1.0, ("1 signal was published for the first time",), ("g1",))


def test_a_move_up_or_down_counts_from_the_threshold() -> None:
    assert worthiness([moved(strength_before=3.0, strength_after=4.0)], DAY, T).picked == ("g1",)
    assert worthiness([moved(strength_before=4.0, strength_after=3.0)], DAY, T).picked == ("g1",)
    half = worthiness([moved(strength_before=3.0, strength_after=3.5)], DAY, T)
    assert not half.worth_saying
    assert half.score == 0.5
    assert half.reasons == ("1 signal moved by 0.5", "together they score 0.5, and a brief needs 1.0")


def test_a_contradiction_counts_even_when_the_number_hardly_moves() -> None:
    verdict = worthiness([moved(kind_of_events=("contradicted",), strength_after=3.0)], DAY, T)
    assert verdict.worth_saying
    assert verdict.reasons == ("1 signal was contradicted",)


def test_what_was_reinforced_without_moving_is_not_said_again() -> None:
    verdict = worthiness([moved("g1"), moved("g2", strength_after=3.2)], Day(articles=4, candidates=3), T)
    assert not verdict.worth_saying
    assert verdict.picked == ()
    assert verdict.reasons == (
        "2 signals were reinforced but the largest move was 0.2 (a move counts from 0.5)",
        "3 candidates wait for a second voice",
    )


def test_quiet_signals_are_left_out_of_a_brief_that_has_others() -> None:
    verdict = worthiness([moved("g1"), moved("g2", first_published=True)], DAY, T)
    assert verdict.picked == ("g2",)
    assert verdict.reasons[-1] == "1 signal was left out: fresh evidence, but hardly a move"


@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        (Day(articles=0), ("no article arrived",)),
        (Day(articles=1), ("1 article arrived, but it did not touch a published signal",)),
        (
            Day(articles=5, deferred=1, candidates=1),
            (
                "5 articles arrived, but none touched a published signal",
                "1 candidate waits for a second voice",
                "1 article is deferred and will be read later",
            ),
        ),
    ],
)
def test_an_empty_window_says_why(day: Day, reasons: tuple[str, ...]) -> None:
    assert worthiness([], day, T).reasons == reasons


def test_candidates_and_dismissed_signals_never_count() -> None:
    loud = {"strength_before": 0.0, "strength_after": 9.0, "kind_of_events": ("opened", "contradicted")}
    unlisted = [moved("g1", state="candidate", **loud), moved("g2", state="dismissed", **loud)]
    verdict = worthiness(unlisted, DAY, T)
    assert not verdict.worth_saying


def test_the_order_is_by_points_and_does_not_depend_on_the_input() -> None:
    signals = [
        moved("small", strength_before=3.0, strength_after=3.6),
        moved("new", first_published=True, strength_before=0.0, strength_after=4.2),
        moved("tie-b", strength_before=1.0, strength_after=2.0),
        moved("tie-a", strength_before=1.0, strength_after=2.0),
        moved("tie-loud", strength_before=1.0, strength_after=2.0, families=5),
    ]
    expected = ("new", "tie-loud", "tie-a", "tie-b", "small")
    assert worthiness(signals, DAY, T).picked == expected
    assert worthiness(signals[::-1], DAY, T).picked == expected


def test_a_brief_holds_no_more_than_its_items() -> None:
    verdict = worthiness([moved(f"g{i}", first_published=True) for i in range(9)], DAY, Thresholds(items=7))
    assert len(verdict.picked) == 7
    assert "2 more would have a place, but a brief holds at most 7" in verdict.reasons


def test_a_score_threshold_of_zero_still_needs_something_to_say() -> None:
    assert not worthiness([moved()], DAY, Thresholds(score=0.0)).worth_saying


def test_moves_are_compared_as_they_are_shown() -> None:
    # 3.14 → 3.56 reads "3.1 → 3.6": a reader sees 0.5, so 0.5 counts.
    assert move(moved(strength_before=3.14, strength_after=3.56)) == 0.5


def test_a_faded_signal_is_told_with_what_else_happened() -> None:
    faded = moved("g1", state="faded", kind_of_events=("faded",), strength_before=1.0, strength_after=0.9)
    assert worthiness([faded], DAY, T).score == 0.5
    assert worthiness([faded, replace(faded, signal_id="g2")], DAY, T).reasons == (
        "2 signals faded, came back, merged or split",
    )
