"""Coherence: groups by average link, measured against the scope's group."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.chronicle import Chronicle
from processors.decisions.coherence import ONE, Point, by_centrality, coherence, groups_at, similarities

METALS = ("gallium", "germanium", "smelter", "quota")
FERRIES = ("ferry", "island", "harbour", "crew")


def even(term: str) -> float:
    return 1.0


def points(*terms: tuple[str, ...]) -> list[Point]:
    return [Point(f"e{number}", number, words) for number, words in enumerate(terms)]


def test_similarity_is_the_cosine_of_weighted_terms() -> None:
    near = similarities(points(METALS, METALS, FERRIES, ("gallium",)), ["gallium"], even)
    assert near[0, 1] / ONE == pytest.approx(1.0, abs=1e-3)
    assert near[0, 2] == 0
    assert near[0, 3] / ONE == pytest.approx(0.5, abs=1e-3)
    assert near[3, -1] / ONE == pytest.approx(1.0, abs=1e-3)


def test_a_chain_is_not_one_group() -> None:
    """Each is like the next one, and the ends have nothing in common."""
    chain = points(*(tuple(f"w{n}" for n in range(first, first + 4)) for first in range(0, 20, 2)))
    near = similarities(chain, ["w0", "w1"], even)[:-1, :-1]
    assert all(near[i, i + 1] / ONE == pytest.approx(0.5, abs=1e-3) for i in range(9))
    (groups,) = groups_at(near, [0.32])
    assert max(len(group) for group in groups) <= 3


def test_the_scopes_group_is_the_one_that_others_are_compared_with() -> None:
    found = points(*[FERRIES] * 5, *[METALS] * 3)
    near = similarities(found, METALS, even)
    (groups,) = groups_at(near[:-1, :-1], [0.3])
    seen = coherence(found, near, groups, 0.3)
    assert seen is not None
    assert seen.home.places == (5, 6, 7), "the scope's, although another is larger"
    assert [seen.separation(group) for group in seen.others] == [1.0]
    assert seen.value == pytest.approx(3 / 8)
    whole = coherence(found, near, [list(range(8))], 0.0)
    assert whole is not None
    assert whole.others == ()


def test_papers_of_one_day_do_not_make_a_group_tight() -> None:
    same = [Point(f"e{n}", 7, METALS) for n in range(3)] + [Point("late", 9, (*METALS[:1], *FERRIES[:3]))]
    near = similarities(same, METALS, even)
    seen = coherence(same, near, [[0, 1, 2, 3]], 0.1)
    assert seen is not None
    assert seen.within == pytest.approx(0.25, abs=1e-3), "of the pairs of different days"


def test_the_most_central_comes_first() -> None:
    near = similarities(points(METALS[:2], METALS, METALS[2:]), (), even)
    assert by_centrality(near, [0, 1, 2]) == [1, 0, 2]


@given(st.integers(0, 2**32), st.lists(st.sampled_from([0.6, 0.32, 0.16, 0.04]), unique=True, min_size=1))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_groups_are_a_partition_that_gets_coarser(seed: int, cuts: list[float]) -> None:
    random = Random(seed)
    words = [f"w{n}" for n in range(15)]
    found = points(*(tuple(random.sample(words, random.randint(1, 6))) for _ in range(random.randint(1, 40))))
    near = similarities(found, words[:3], even)[:-1, :-1]
    heights = sorted(cuts, reverse=True)
    levels = groups_at(near, heights)
    for height, groups in zip(heights, levels, strict=True):
        assert sorted(place for group in groups for place in group) == list(range(len(found)))
        for i, one in enumerate(groups):
            for other in groups[i + 1 :]:
                assert near[np.ix_(one, other)].mean() / ONE < height + 1e-9, "what is nearer was joined"
    for finer, coarser in pairwise(levels):
        assert all(any(set(group) <= set(whole) for whole in coarser) for group in finer)
    assert levels == groups_at(near, heights)


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=80), st.randoms())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_a_chronicle_is_the_same_in_whatever_order_it_was_written(
    steps: list[tuple[int, bool]], random: Random
) -> None:
    written, held = Chronicle(), set[tuple[int, str]]()
    for number, comes in steps:
        pair = (number % 6, f"e{number:02d}")
        if comes and pair not in held:
            written.add(*pair)
            held.add(pair)
        elif not comes:
            written.remove(*pair)
            held.discard(pair)
    again, order = Chronicle(), sorted(held)
    random.shuffle(order)
    for pair in order:
        again.add(*pair)
    for first, last in ((0, 0), (3, 0), (0, 4), (2, 3), (50, 50)):
        ranked = sorted(held)
        expected = sorted({*ranked[:first], *(ranked[-last:] if last else [])})
        assert written.ends(first, last) == again.ends(first, last) == [name for _, name in expected]
