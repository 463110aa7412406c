"""Stories: vectors, centroids and the index that finds the similar ones."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from processors.decisions.learned import NO_BACKGROUND, Background
from processors.decisions.policy import Policy
from processors.decisions.stories import (
    Frequencies,
    StoryIndex,
    add_to_centroid,
    have_enough_in_common,
    length_of,
    recent_of,
    similarity,
)
from schemas.ledger import StoryHead
from tests.builders import T0, evidence_row, story
from tests.worlds import day

POLICY = Policy(compared=3)
WORDS = st.sampled_from([f"w{i}" for i in range(12)])
vectors = st.dictionaries(WORDS, st.floats(0.05, 5.0), min_size=1, max_size=8)


def unit(weights: dict[str, float]) -> dict[str, float]:
    length = length_of(weights)
    return {term: weight / length for term, weight in weights.items()}


@st.composite
def few_stories(draw: st.DrawFn) -> list[StoryHead]:
    return [
        story(number, centroid=draw(vectors), last_at=day(draw(st.integers(-150, 0))))
        for number in range(draw(st.integers(1, 9)))
    ]


@settings(deadline=None)
@given(few_stories(), vectors, st.integers(-20, 20))
def test_the_index_finds_what_comparing_with_every_story_finds(
    stories: list[StoryHead], weights: dict[str, float], at: int
) -> None:
    index, vector = StoryIndex(), unit(weights)
    for head in stories:
        index.put(head)
    expected = []
    for head in stories:
        cosine = similarity(vector, head.centroid, length_of(head.centroid))
        open_still = abs(day(at) - head.last_at) <= timedelta(days=POLICY.story_horizon)
        if cosine > 0 and open_still and have_enough_in_common(vector, head, POLICY):
            expected.append(cosine)
    # Those whose last evidence is too old are retrieved too, and take places.
    assume(len(stories) <= 2 * POLICY.compared)
    found = index.nearest(vector, day(at), POLICY)
    cosines = [similarity(vector, head.centroid, length_of(head.centroid)) for head in found]
    assert cosines == pytest.approx(sorted(expected, reverse=True)[:3])


def test_among_many_stories_the_nearest_is_found() -> None:
    index = StoryIndex()
    for number in range(300):
        index.put(story(number, centroid={"common": 1.0, f"w{number}": 1.0, f"w{number + 1}": 1.0}, last_at=T0))
    vector = unit({"common": 0.2, "w77": 1.0, "w78": 1.0})
    assert index.nearest(vector, T0, POLICY)[0].story_id == "s77"


@given(few_stories(), vectors)
def test_what_was_put_and_dropped_leaves_nothing(stories: list[StoryHead], vector: dict[str, float]) -> None:
    index, untouched = StoryIndex(), StoryIndex()
    for head in stories + stories:
        index.put(head)
    for head in stories:
        index.drop(head.story_id)
        index.drop(head.story_id)
    assert len(index) == 0
    assert index.silent_since(T0 + timedelta(days=9999), 10**9) == []
    assert index.nearest(vector, T0, POLICY) == []
    for head in reversed(stories):  # other slots than before
        index.put(head)
    for head in stories:
        untouched.put(head)
    assert index.nearest(vector, T0, POLICY) == untouched.nearest(vector, T0, POLICY)


@given(few_stories(), vectors)
def test_a_story_is_found_by_its_latest_words_only(stories: list[StoryHead], weights: dict[str, float]) -> None:
    index, fresh = StoryIndex(), StoryIndex()
    for head in stories:
        index.put(head)
    for head in stories:
        changed = story(int(head.story_id[1:]), centroid=weights, last_at=T0)
        index.put(changed)
        fresh.put(changed)
    for vector in (unit(weights), *(unit(head.centroid) for head in stories)):
        assert index.nearest(vector, T0, POLICY) == fresh.nearest(vector, T0, POLICY)


def test_merged_and_empty_stories_are_not_indexed() -> None:
    index = StoryIndex()
    index.put(story(1))
    index.put(story(1, merged_into="s2"))
    index.put(story(3, centroid={}))
    assert len(index) == 0
    assert "s1" not in index


def test_silent_stories_are_those_before_the_given_time() -> None:
    index = StoryIndex()
    index.put(story(1, last_at=day(-2)))
    index.put(story(2, last_at=day(-1)))
    assert index.silent_since(day(-1), 10**9) == ["s1"]


def test_rare_words_weigh_more_than_common_ones() -> None:
    frequencies = Frequencies(background=NO_BACKGROUND)
    for number in range(50):
        frequencies.add(["minister", f"name{number}"])
    vector = frequencies.vector({"minister": 1.0, "gallium": 1.0})
    assert vector["gallium"] > 3 * vector["minister"]
    assert length_of(vector) == pytest.approx(1.0)
    assert frequencies.vector({}) == {}


@given(vectors, vectors, st.integers(1, 6))
def test_a_centroid_keeps_its_heaviest_terms(one: dict[str, float], other: dict[str, float], most: int) -> None:
    total = add_to_centroid(one, other, 100)
    for term in one | other:
        assert math.isclose(total[term], one.get(term, 0.0) + other.get(term, 0.0))
    kept = add_to_centroid(one, other, most)
    assert len(kept) == min(most, len(total))
    assert all(kept[term] == total[term] for term in kept)
    assert min(kept.values()) >= max((total[t] for t in total if t not in kept), default=0.0)


def test_the_background_makes_common_words_light_before_any_was_counted() -> None:
    ground = Background(100.0, {"official": 60.0}, {"official": 0.25, "boko": 3.0}, 1.0)
    vector = Frequencies(background=ground).vector({"official": 1.0, "boko": 1.0, "gallium": 1.0})
    assert vector["boko"] == pytest.approx(3 * vector["gallium"]), "one that tells storylines apart is worth more"
    assert vector["official"] < vector["gallium"] / 10


def test_the_stream_outweighs_the_background_in_time() -> None:
    ground = Background(10.0, {"official": 9.0}, {}, 1.0)
    frequencies = Frequencies(background=ground)
    before = frequencies.idf(["official"])["official"]
    for _ in range(1000):
        frequencies.add(["other"])
    assert frequencies.idf(["official"])["official"] > 5 * before


def test_a_story_remembers_the_heaviest_terms_of_an_evidence() -> None:
    vector = {f"t{number:03d}": 1.0 + number % 7 for number in range(90)}
    kept = recent_of(evidence_row(), vector).terms
    assert len(kept) == 32
    assert min(kept.values()) >= max(weight for term, weight in vector.items() if term not in kept)


def test_one_word_in_common_is_enough_for_the_shortest_only() -> None:
    known = story(1, centroid={"laboratory": 1.0, "weights": 1.0, "copied": 1.0})
    short = {f"w{n}": 0.1 for n in range(POLICY.short_terms - 2)}
    assert have_enough_in_common(short | {"laboratory": 0.1}, known, POLICY)
    long = {f"w{n}": 0.1 for n in range(POLICY.short_terms - 1)} | {"laboratory": 0.1}
    assert not have_enough_in_common(long, known, POLICY)
    assert have_enough_in_common(long | {"copied": 0.1}, known, POLICY)
