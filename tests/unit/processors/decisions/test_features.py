"""Features of an item with a story: each says what its name says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.features import BASIC, FEATURES, Item, dot, rows
from processors.decisions.learned import models
from processors.decisions.matching import score
from schemas.ledger import Recent, StoryHead
from tests.builders import T0, story
from tests.worlds import day

SEEN = {"gallium": 0.6, "licence": 0.8}
HEAD = story(
    1, centroid=SEEN, recent=(Recent("e1", T0, SEEN),), actors={"MOFCOM": 2}, geographies={"CN": 1}, weight=2.0,
    opened_at=day(-1), last_at=T0,
)  # fmt: skip


def item(vector: dict[str, float] = SEEN, at: float = 0.0, **given: Any) -> Item:
    fields: dict[str, Any] = {"actors": ("MOFCOM",), "geographies": ("CN",)}
    return Item(vector, dict.fromkeys(vector, 3.0), day(at), **(fields | given))


def named(one: Item, *stories: StoryHead) -> list[dict[str, float]]:
    return [dict(zip(FEATURES, row, strict=True)) for row in rows(one, stories or (HEAD,))]


def test_the_same_words_are_as_near_as_can_be() -> None:
    (found,) = named(item())
    assert [found[name] for name in ("centroid", "nearest", "coverage")] == pytest.approx([1.0, 1.0, 1.0])
    assert (found["rarest"], found["actors"], found["places"], found["other places"]) == (3.0, 1.0, 0.5, 0.0)
    assert found["first"] == 1.0


def test_what_has_nothing_in_common_is_nothing() -> None:
    (found,) = named(item({"ferry": 1.0}, actors=("Port",), geographies=("FI",)))
    assert [found[n] for n in ("centroid", "nearest", "coverage", "rarest", "shared", "actors", "places")] == [0] * 7
    assert found["other places"] == 1.0


def test_lead_is_over_the_best_other_candidate() -> None:
    worse = replace(HEAD, story_id="s2", centroid={"gallium": 1.0}, recent=())
    first, second = named(item(), HEAD, worse)
    assert first["lead"] == pytest.approx(0.4)
    assert second["lead"] == pytest.approx(-0.4)
    assert (first["first"], second["first"]) == (1.0, 0.0)


def test_a_head_of_before_version_3_has_no_recent_evidence_and_is_compared_by_its_centroid() -> None:
    (found,) = named(item(), replace(HEAD, recent=()))
    assert found["nearest"] == found["centroid"]


def test_an_article_from_before_the_story_is_not_silent_for_a_negative_time() -> None:
    (found,) = named(item(at=-30.0))
    assert (found["silence"], found["age"]) == (0.0, 0.0)


words = st.dictionaries(st.sampled_from([f"w{i}" for i in range(9)]), st.floats(0.05, 1.0), min_size=1)


@settings(deadline=None)
@given(words, st.lists(words, min_size=1, max_size=5), st.floats(0.0, 100.0))
def test_scores_are_probabilities_and_do_not_depend_on_the_order_of_candidates(
    vector: dict[str, float], centroids: list[dict[str, float]], at: float
) -> None:
    stories = [replace(HEAD, story_id=f"s{n}", centroid=c, recent=()) for n, c in enumerate(centroids)]
    found = score(item(vector, at), stories)
    assert all(0.0 < scored.score < 1.0 for scored, _ in found)
    assert [s for s, _ in found] == [s for s, _ in score(item(vector, at), stories[::-1])]


def test_a_scalar_product_is_the_same_from_both_sides() -> None:
    assert dot({"a": 0.5, "b": 2.0}, {"b": 3.0}) == dot({"b": 3.0}, {"a": 0.5, "b": 2.0}) == 6.0


def test_the_shipped_weights_name_the_features_in_their_order() -> None:
    assert tuple(term.name for term in models()[0].terms) == FEATURES
    assert "centroid" in BASIC


def test_only_where_many_stories_are_open_does_their_number_count() -> None:
    few, many, more = (score(item(open_stories=count), [HEAD])[0][0].score for count in (0, 300, 3_000))
    assert score(item(open_stories=147), [HEAD])[0][0].score == few
    assert few > many > more
