"""Strength: the promises that its formula was chosen for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.policy import Policy
from processors.decisions.strength import add_mass, components, day_of, hours_until_below, strength
from schemas.ledger import SignalHead
from schemas.mass import Mass
from schemas.vocabulary import Stance
from tests.builders import signal

POLICY = Policy()
NOON = datetime(2026, 4, 15, 12, 20, tzinfo=UTC)
TODAY = day_of(NOON)
FRESH = 600_000


def head(*parts: Mass, **kinds: int) -> SignalHead:
    mass: tuple[Mass, ...] = ()
    for part in parts:
        mass = add_mass(mass, part)
    return signal(1, mass=mass, kinds=kinds or {"structural": 1})


def row(family: str, story: str = "s1", stance: Stance = "supports", age: int = 0, micro: int = FRESH) -> Mass:
    return Mass(story, family, stance, TODAY - age, micro)


masses = st.lists(
    st.builds(
        row,
        st.sampled_from("abcdef"),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(["supports", "contradicts", "context"]),
        st.integers(0, 60),
        st.integers(1, 5_000_000),
    ),
    max_size=12,
)
heads = st.builds(
    lambda parts, structural, event: head(*parts, structural=structural, event=event),
    masses, st.integers(1, 3), st.integers(0, 3),
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 10**12)), min_size=1, max_size=40))
def test_one_family_stays_at_three_whatever_it_repeats(repeated: list[tuple[int, int]]) -> None:
    mass = [row("echo", f"s{story}", micro=micro) for story, micro in repeated]
    assert strength(head(*mass), NOON, POLICY) <= 3.0


def test_one_family_with_a_hundred_articles_stays_below_three() -> None:
    assert 2.5 < strength(head(row("echo", micro=100 * FRESH)), NOON, POLICY) < 3.0


def test_three_families_with_a_few_fresh_articles_reach_about_five() -> None:
    for articles in (2, 3, 4):
        mass = [row(family, micro=articles * FRESH) for family in "abc"]
        assert 4.0 <= strength(head(*mass), NOON, POLICY) <= 6.0, f"{articles} articles each"


def test_six_families_over_several_stories_reach_about_eight() -> None:
    mass = [row(family, story, micro=2 * FRESH) for family, story in product("abcdef", ("s1", "s2", "s3"))]
    assert 7.5 <= strength(head(*mass), NOON, POLICY) <= 9.0


def test_a_second_family_counts_for_more_than_the_first_ones_next_article() -> None:
    one = head(row("a"))
    assert strength(head(row("a"), row("b")), NOON, POLICY) > strength(head(row("a", micro=2 * FRESH)), NOON, POLICY)
    assert strength(head(row("a"), row("b")), NOON, POLICY) > strength(one, NOON, POLICY)


@given(heads, st.sampled_from("abcxyz"), st.integers(1, 5_000_000))
def test_a_contradiction_never_raises_and_support_never_lowers(before: SignalHead, family: str, micro: int) -> None:
    was = strength(before, NOON, POLICY)
    against = add_mass(before.mass, row(family, "s9", "contradicts", micro=micro))
    supported = add_mass(before.mass, row(family, "s9", "supports", micro=micro))
    assert strength(replace(before, mass=against), NOON, POLICY) <= was + 1e-12
    assert strength(replace(before, mass=supported), NOON, POLICY) >= was - 1e-12


def test_a_contradiction_lowers_and_may_wipe_out() -> None:
    supported = head(row("a"), row("b"))
    doubted = head(row("a"), row("b"), row("c", stance="contradicts"))
    refuted = head(row("a"), row("b"), *(row(f, stance="contradicts") for f in "cde"))
    assert 0 < strength(doubted, NOON, POLICY) < strength(supported, NOON, POLICY)
    assert strength(refuted, NOON, POLICY) == 0.0


@given(masses, st.integers(0, 5_000), st.integers(1, 5_000))
def test_support_alone_only_decays(mass: list[Mass], soon: int, later: int) -> None:
    only = head(*(replace(part, stance="supports") for part in mass))
    first = strength(only, NOON + timedelta(hours=soon), POLICY)
    assert strength(only, NOON + timedelta(hours=soon + later), POLICY) <= first + 1e-12


def test_mass_halves_in_a_half_life() -> None:
    then = NOON.replace(hour=0, minute=0) + timedelta(days=POLICY.half_life["structural"])
    old, half = head(row("a", micro=2 * FRESH)), components([row("a")], {"structural": 1}, NOON.replace(hour=0), POLICY)
    assert components(old.mass, old.kinds, then, POLICY).supports == pytest.approx(half.supports)


def test_another_kind_shifts_the_half_life_a_little() -> None:
    later = NOON + timedelta(days=30)
    mass = (row("a", micro=4 * FRESH), row("b", micro=4 * FRESH))
    structural, mixed, event = (
        strength(head(*mass, structural=9), later, POLICY),
        strength(head(*mass, structural=9, event=1), later, POLICY),
        strength(head(*mass, event=1), later, POLICY),
    )
    assert event < mixed < structural
    assert structural - mixed < mixed - event


def test_strength_stands_still_within_an_hour() -> None:
    one = head(row("a", age=3))
    on_the_hour = strength(one, NOON.replace(minute=0), POLICY)
    assert strength(one, NOON.replace(minute=59, second=59, microsecond=999_999), POLICY) == on_the_hour
    assert strength(one, NOON.replace(hour=13, minute=0), POLICY) < on_the_hour


@given(masses, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_order(mass: list[Mass], random: object) -> None:
    shuffled = list(mass)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one: tuple[Mass, ...] = ()
    other: tuple[Mass, ...] = ()
    for part in mass:
        one = add_mass(one, part)
    for part in shuffled:
        other = add_mass(other, part)
    assert one == other
    assert strength(head(*one), NOON, POLICY) == strength(head(*other), NOON, POLICY)


@given(masses, st.integers(0, 11))
def test_what_is_taken_out_leaves_no_trace(mass: list[Mass], which: int) -> None:
    total: tuple[Mass, ...] = ()
    for part in mass:
        total = add_mass(total, part)
    extra = row("abcdef"[which % 6], age=which)
    back = add_mass(add_mass(total, extra), replace(extra, micro=-extra.micro))
    assert back == total


@settings(max_examples=60, deadline=None)
@given(heads, st.floats(0.01, 4.0), st.integers(0, 3000))
def test_hours_until_below_is_the_first_hour_below(found: SignalHead, limit: float, later: int) -> None:
    now = NOON + timedelta(hours=later)
    most = 2_000
    hours = hours_until_below(found, now, limit, POLICY, most)
    by_hand = next((h for h in range(1, most + 1) if strength(found, now + timedelta(hours=h), POLICY) < limit), None)
    assert hours == by_hand


def test_a_fresh_heavy_contradiction_does_not_hide_the_first_crossing() -> None:
    """Strength falls below the limit, rises above it as the contradiction ages, and falls again for good."""
    found = head(row("a", micro=40_000_000), row("c", stance="contradicts", micro=3_000_000))
    limit = strength(found, NOON + timedelta(hours=2), POLICY) + 1e-6
    later = max(strength(found, NOON + timedelta(hours=h), POLICY) for h in range(100, 2_000, 50))
    assert later > limit, "the case is not the one this test is about"
    assert hours_until_below(found, NOON, limit, POLICY) == 1


def test_a_signal_that_holds_for_years_has_no_hour() -> None:
    assert hours_until_below(head(row("a", micro=10**12)), NOON, 0.001, POLICY, 10) is None


def test_no_row_of_mass_is_ever_negative() -> None:
    """A correction that takes out more than there is must not count as a contradiction."""
    assert add_mass((row("a", micro=5),), row("a", micro=-9)) == ()
    assert add_mass((row("a", micro=5), row("b")), row("a", micro=-5)) == (row("b"),)
