"""Strength: the promises that its formula was chosen for."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.policy import Policy
from processors.decisions.strength import ExactSum, day_of, hours_unharmed, weights_at
from processors.decisions.substance import Substance, components, difference
from schemas.mass import Mass
from schemas.vocabulary import KINDS, Kind, Stance

POLICY = Policy()
NOON = datetime(2026, 4, 15, 12, 20, tzinfo=UTC)
TODAY = day_of(NOON)
FRESH = 600_000


def strength(mass: Iterable[Mass], now: datetime = NOON) -> float:
    return components(mass, now, POLICY).strength


def row(
    family: str, story: str = "s1", stance: Stance = "supports", age: int = 0, micro: int = FRESH,
    kind: Kind = "structural",
) -> Mass:  # fmt: skip
    return Mass(story, family, stance, TODAY - age, micro, kind)


masses = st.lists(
    st.builds(
        row,
        st.sampled_from("abcdef"),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(["supports", "contradicts", "context"]),
        st.integers(0, 60),
        st.integers(1, 5_000_000),
        st.sampled_from(KINDS),
    ),
    max_size=12,
)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 10**12)), min_size=1, max_size=40))
def test_one_family_stays_at_three_whatever_it_repeats(repeated: list[tuple[int, int]]) -> None:
    mass = [row("echo", f"s{story}", micro=micro) for story, micro in repeated]
    assert strength(mass) <= 3.0


def test_one_family_with_a_hundred_articles_stays_below_three() -> None:
    assert 2.5 < strength([row("echo", micro=100 * FRESH)]) < 3.0


def test_three_families_with_a_few_fresh_articles_reach_about_five() -> None:
    for articles in (2, 3, 4):
        mass = [row(family, micro=articles * FRESH) for family in "abc"]
        assert 4.0 <= strength(mass) <= 6.0, f"{articles} articles each"


def test_six_families_over_several_stories_reach_about_eight() -> None:
    mass = [row(family, story, micro=2 * FRESH) for family, story in product("abcdef", ("s1", "s2", "s3"))]
    assert 7.5 <= strength(mass) <= 9.0


def test_a_second_family_counts_for_more_than_the_first_ones_next_article() -> None:
    assert strength([row("a"), row("b")]) > strength([row("a", micro=2 * FRESH)])
    assert strength([row("a"), row("b")]) > strength([row("a")])


@given(masses, st.sampled_from("abcxyz"), st.integers(1, 5_000_000))
def test_a_contradiction_never_raises_and_support_never_lowers(before: list[Mass], family: str, micro: int) -> None:
    was = strength(before)
    assert strength([*before, row(family, "s9", "contradicts", micro=micro)]) <= was + 1e-12
    assert strength([*before, row(family, "s9", "supports", micro=micro)]) >= was - 1e-12


def test_a_contradiction_lowers_and_may_wipe_out() -> None:
    supported = [row("a"), row("b")]
    assert 0 < strength([*supported, row("c", stance="contradicts")]) < strength(supported)
    assert strength([*supported, *(row(f, stance="contradicts") for f in "cde")]) == 0.0


@given(masses, st.integers(0, 5_000), st.integers(1, 5_000))
def test_support_alone_only_decays(mass: list[Mass], soon: int, later: int) -> None:
    only = [replace(part, stance="supports") for part in mass]
    first = strength(only, NOON + timedelta(hours=soon))
    assert strength(only, NOON + timedelta(hours=soon + later)) <= first + 1e-12


def voice_of(family: str, rows: list[Mass], at: datetime) -> float:
    return Substance(rows).voices(weights_at(at, POLICY))["supports", family]


@pytest.mark.parametrize("kind", KINDS)
def test_mass_halves_in_the_half_life_of_its_own_kind(kind: Kind) -> None:
    midnight = NOON.replace(hour=0, minute=0)
    then = midnight + timedelta(days=POLICY.half_life[kind])
    old_rows = [row("a", micro=2 * FRESH, kind=kind), row("b", micro=10, kind="structural")]
    assert voice_of("a", old_rows, then) == pytest.approx(voice_of("a", [row("a")], midnight))


def test_evidence_of_another_kind_does_not_touch_how_the_rest_fades() -> None:
    later = NOON + timedelta(days=30)
    beside = [row("a", micro=4 * FRESH), row("b", kind="event")]
    assert voice_of("a", beside, later) == voice_of("a", beside[:1], later)


def test_strength_stands_still_within_an_hour() -> None:
    one = [row("a", age=3)]
    on_the_hour = strength(one, NOON.replace(minute=0))
    assert strength(one, NOON.replace(minute=59, second=59, microsecond=999_999)) == on_the_hour
    assert strength(one, NOON.replace(hour=13, minute=0)) < on_the_hour


@given(masses, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_order(mass: list[Mass], random: Random) -> None:
    shuffled = list(mass)
    random.shuffle(shuffled)
    assert list(Substance(mass).mass()) == list(Substance(shuffled).mass())
    assert strength(mass) == strength(shuffled), "to the last bit"


@given(masses, st.integers(0, 11))
def test_what_is_taken_out_leaves_no_trace(mass: list[Mass], which: int) -> None:
    extra = mass[which] if which < len(mass) else row("z", "s7", micro=7)
    substance = Substance(mass)
    kept = substance.copy()
    substance.add(extra)
    assert list(kept.mass()) == list(Substance(mass).mass()), "a copy does not change with its original"
    substance.add(replace(extra, micro=-extra.micro))
    assert list(substance.mass()) == list(kept.mass())


@given(masses, masses)
def test_a_difference_added_to_the_one_makes_the_other(one: list[Mass], other: list[Mass]) -> None:
    before, after = Substance(one), Substance(other)
    for part in difference(before, after):
        before.add(part)
    assert list(before.mass()) == list(after.mass())


@given(masses, st.integers(0, 400), st.integers(0, 40))
def test_a_kept_voice_equals_one_computed_anew(mass: list[Mass], hours: int, more: int) -> None:
    substance = Substance()
    for number, part in enumerate(mass):
        at = NOON + timedelta(hours=hours + number * (more % 3))
        substance.add(part)
        assert substance.components(weights_at(at, POLICY)) == components(mass[: number + 1], at, POLICY)


@given(masses, st.integers(0, 30), st.floats(0.05, 5.0))
def test_an_unfed_strength_stays_above_the_limit_as_long_as_is_said(mass: list[Mass], days: int, limit: float) -> None:
    now = (NOON + timedelta(days=days)).replace(minute=0)
    parts = components(mass, now, POLICY)
    hours = hours_unharmed(parts.supporting, parts.opposing, limit, {part.kind: 1 for part in mass}, POLICY)
    assert hours == 0 or parts.strength >= limit
    for hour in {0, 1, hours // 2, hours - 1, hours} if hours else ():
        assert strength(mass, now + timedelta(hours=hour)) >= limit - 1e-9


def test_the_bound_is_not_empty() -> None:
    parts = components([row("a"), row("b"), row("c")], NOON, POLICY)
    assert hours_unharmed(parts.supporting, parts.opposing, 1.0, {"structural": 3}, POLICY) > 24 * 30


@given(st.lists(st.floats(0.0, 1.0)), st.randoms())
def test_an_exact_sum_forgets_what_was_taken_away_again(parts: list[float], chance: random.Random) -> None:
    total, kept = ExactSum(), [part for part in parts if part > 0.5]
    signed = parts + [-part for part in parts if part <= 0.5]
    chance.shuffle(signed)
    for part in signed:
        total.add(part)
    assert total.value == math.fsum(kept)
