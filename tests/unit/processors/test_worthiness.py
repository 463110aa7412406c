"""What deserves a brief, and what is said when nothing does."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.morning import moved as moved_of
from processors.decisions.worthiness import Day, Moved, Thresholds, Worthiness, move, summed, worthiness

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
    assert "2 more in a line each: a brief holds at most 7" in verdict.reasons


def test_a_score_threshold_of_zero_still_needs_something_to_say() -> None:
    assert not worthiness([moved()], DAY, Thresholds(score=0.0)).worth_saying


def test_moves_are_compared_as_they_are_shown() -> None:
    # 3.14 → 3.56 reads "3.1 → 3.6": a reader sees 0.5, so 0.5 counts.
    assert move(moved(strength_before=3.14, strength_after=3.56)) == 0.5


def test_a_faded_signal_is_told_with_what_else_happened() -> None:
    faded = moved("g1", state="faded", kind_of_events=("faded",), strength_before=1.0, strength_after=0.9)
    assert worthiness([faded], DAY, T).score == 0.5
    assert worthiness([faded, replace(faded, signal_id="g2")], DAY, T).reasons == ("2 signals faded",)


def test_new_families_count_beside_a_move_and_never_alone() -> None:
    alone = worthiness([moved(new_families=3)], DAY, T)
    assert (alone.score, alone.picked) == (0.0, ())
    beside = worthiness([moved(strength_before=3.0, strength_after=4.0, new_families=3)], DAY, T)
    assert beside.sums[0].points == {"move": 1.0, "families": 0.75}
    assert beside.score == 1.75


def test_what_was_told_returns_only_when_it_moved_or_turned() -> None:
    told = moved(told=3.2, kind_of_events=("contradicted",), strength_before=3.2, strength_after=3.1)
    again = worthiness([told], DAY, T)
    assert not again.worth_saying
    assert again.reasons == ("1 signal was told before, and not moved since",)
    assert again.sums[0].repeats
    drifted = replace(told, told=2.4, kind_of_events=("reinforced",))
    assert worthiness([drifted], DAY, T).sums[0].points == {"move": 0.7}, "the drift since it was told"
    turned = replace(told, kind_of_events=("faded",))
    assert worthiness([turned], DAY, T).sums[0].total == 0.5


def test_interests_rank_higher_and_the_brief_says_so() -> None:
    plain = moved("plain", strength_before=3.0, strength_after=4.2)
    mine = moved("mine", strength_before=3.0, strength_after=4.0, interests=("AI", "CN"), watched=True)
    verdict = worthiness([plain, mine], DAY, T)
    assert verdict.picked == ("mine", "plain")
    assert verdict.sums[0].factor == 2.0
    assert "1 signal was ranked higher for your interests: AI, CN, signals that you watch" in verdict.reasons


def test_what_has_no_place_is_told_in_others() -> None:
    many = [moved(f"g{n}", first_published=True) for n in range(9)]
    verdict = worthiness(many, DAY, T)
    assert (len(verdict.picked), len(verdict.others)) == (7, 2)


kinds = st.lists(st.sampled_from(["reinforced", "contradicted", "faded", "context", "revived"]), max_size=3)
signals = st.builds(
    Moved,
    signal_id=st.uuids().map(str),
    state=st.sampled_from(["published", "faded", "dormant", "candidate"]),
    kind_of_events=kinds.map(tuple),
    strength_before=st.floats(0, 10),
    strength_after=st.floats(0, 10),
    families=st.integers(0, 9),
    stories=st.integers(0, 4),
    first_published=st.booleans(),
    new_families=st.integers(0, 9),
    told=st.one_of(st.none(), st.floats(0, 10)),
    interests=st.lists(st.sampled_from(["AI", "CN", "Huawei"]), unique=True, max_size=3).map(tuple),
    watched=st.booleans(),
)


@given(st.lists(signals, max_size=8), st.randoms())
def test_the_order_of_signals_decides_nothing(some: list[Moved], random: Random) -> None:
    shuffled = some[:]
    random.shuffle(shuffled)
    assert worthiness(some, DAY, T) == worthiness(shuffled, DAY, T)


@given(signals)
def test_an_interest_makes_nothing_of_nothing(signal: Moved) -> None:
    bare = replace(signal, interests=(), watched=False)
    one, other = summed(signal, T), summed(bare, T)
    assert other.total <= one.total <= 2 * other.total


@given(signals, st.sampled_from(["contradicted", "faded"]))
def test_more_that_happened_never_counts_less(signal: Moved, kind: Any) -> None:
    more = replace(signal, kind_of_events=(*signal.kind_of_events, kind), new_families=signal.new_families + 1)
    assert summed(more, T).total >= summed(signal, T).total


def test_what_came_late_is_said_only_by_the_strength_it_gives_today() -> None:
    def row(after: float) -> dict[str, Any]:
        window = [
            {"kind": kind, "late": True, "families": 2}
            for kind in ("opened", "reinforced", "published", "contradicted")
        ]
        return {
            "signal_id": "g1", "state": "published", "window": window, "strength_before": 0.0, "strength_after": after,
            "family_count": 2, "story_count": 1, "title": "",
        }  # fmt: skip

    assert not worthiness([moved_of(row(0.0))], DAY, T).worth_saying
    assert worthiness([moved_of(row(2.0))], DAY, T).reasons == ("1 signal moved by 2.0",)
