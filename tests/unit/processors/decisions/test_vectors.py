"""Sentence vectors: exact cosines, sums that can be taken apart again, and an index that depends on no order."""

from __future__ import annotations

import math
import struct
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.vector_index import VectorIndex
from processors.decisions.vectors import added, both, cosine, known, less

numbers = st.floats(-4.0, 4.0, width=32)
four = st.lists(numbers, min_size=4, max_size=4).map(lambda values: struct.pack("<4f", *values))


def packed(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def alike(one: bytes, other: bytes) -> float:
    mine, theirs = known(one), known(other)
    assert mine is not None
    assert theirs is not None
    return cosine(mine, theirs)


@pytest.mark.parametrize("useless", [b"", b"abc", packed(0, 0), packed(math.nan, 1), packed(math.inf, 1)])
def test_what_has_no_direction_is_no_vector(useless: bytes) -> None:
    assert known(useless) is None
    assert added(packed(1, 0), useless) == packed(1, 0)
    index = VectorIndex()
    index.put("a", useless, "e")
    assert len(index) == 0


def test_cosines_do_not_depend_on_length() -> None:
    assert alike(packed(3, 4), packed(30, 40)) == pytest.approx(1.0)
    assert alike(packed(1, 0), packed(1e-20, 1e-20)) == pytest.approx(math.sqrt(0.5), abs=1e-6)
    assert alike(packed(1, 0), packed(0, 1, 0)) == 0.0


@given(st.permutations(range(384)))
def test_no_order_of_the_parts_changes_a_cosine(order: list[int]) -> None:
    random = Random(1)
    one, other = ([random.gauss(0, 1) for _ in range(384)] for _ in range(2))
    shuffled = ([values[place] for place in order] for values in (one, other))
    assert alike(packed(*one), packed(*other)) == alike(*(packed(*values) for values in shuffled))


def test_each_evidence_counts_the_same_in_a_sum() -> None:
    total = added(added(b"", packed(10, 0)), packed(0, 0.1))
    assert struct.unpack("<2f", total) == pytest.approx((1.0, 1.0), abs=1e-6)
    assert added(total, packed(1, 0, 0)) == total, "another dimension cannot be added"


@given(four, four)
def test_what_was_put_together_comes_apart(one: bytes, other: bytes) -> None:
    mine, theirs = added(b"", one), added(b"", other)
    whole = both(mine, theirs)
    assert both(b"", mine) == both(mine, b"") == mine
    if known(mine) and known(theirs):
        assert less(whole, theirs) == pytest.approx(mine) or alike(less(whole, theirs), mine) > 0.999
        assert less(mine, mine) == b""


@given(st.lists(four, max_size=12), four, st.integers(1, 5), st.randoms(use_true_random=False))
def test_the_nearest_are_found_whatever_the_order_in_which_they_came(
    vectors: list[bytes], query: bytes, most: int, random: Random
) -> None:
    names = [f"s{n:02}" for n in range(len(vectors))]
    index, other = VectorIndex(), VectorIndex()
    for name, vector in zip(names, vectors, strict=True):
        index.put(name, vector, "e")
    shuffled = random.sample(names, len(names))
    for name in [*shuffled, *shuffled]:  # another history: other vectors first, taken out and put again
        other.put(name, query, "e")
        other.drop(name)
        other.put(name, vectors[names.index(name)], "e")
    found = index.nearest(query, "e", most, 0.2)
    assert found == other.nearest(query, "e", most, 0.2)
    assert index == other
    if known(query) is None:
        assert found == []
        return
    scores = {n: alike(query, v) for n, v in zip(names, vectors, strict=True) if known(v)}
    assert found == sorted((n for n in scores if scores[n] >= 0.2), key=lambda n: (-scores[n], n))[:most]


def test_many_vectors_and_those_of_other_models() -> None:
    random, index = Random(3), VectorIndex()
    vectors = {f"s{n}": packed(*(random.gauss(0, 1) for _ in range(16))) for n in range(700)}
    for name, vector in vectors.items():
        index.put(name, vector, "e")
        index.put(f"other {name}", vector, "another")
    found = index.nearest(vectors["s77"], "e", 20, 0.1)
    assert found[0] == "s77"
    scores = [alike(vectors["s77"], vectors[name]) for name in found]
    assert all(one >= other for one, other in pairwise(scores))
    assert scores == sorted((alike(vectors["s77"], v) for v in vectors.values()), reverse=True)[:20]
    assert index.nearest(vectors["s77"], "unknown", 20, 0.1) == []
    for name in vectors:
        index.drop(name)
        index.drop(f"other {name}")
    assert index == VectorIndex()
