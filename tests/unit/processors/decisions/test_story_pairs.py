"""Merging: two stories that report the same events become one, and nothing of either is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.learned import models
from processors.decisions.policy import Policy
from processors.decisions.stories import RECENT
from processors.decisions.story_heads import together
from processors.decisions.story_pairs import MERGE_FEATURES, merge_candidate, merge_row
from schemas.ledger import Recent, StoryHead
from tests.builders import story
from tests.worlds import day

WORDS = ["gallium", "beijing", "licence", "export", "metal", "curbs", "smelter", "quota"]
POLICY = Policy()


def head(number: int, *words: str, opened: float = 0.0, evidence: int = 3) -> StoryHead:
    terms = dict.fromkeys(words or WORDS, len(words or WORDS) ** -0.5)
    return story(
        number,
        centroid={term: evidence * weight for term, weight in terms.items()},
        weight=float(evidence),
        recent=tuple(Recent(f"e{number}-{n}", day(opened + n), terms) for n in range(evidence)),
        opened_at=day(opened),
        last_at=day(opened + evidence),
        families={"a": evidence},
        articles=evidence,
    )


def likely(*stories: StoryHead) -> list[tuple[StoryHead, float]]:
    return [(each, 0.9) for each in stories]


def test_two_stories_in_the_same_words_become_one_and_the_older_survives() -> None:
    found = merge_candidate(head(1, opened=1.0), 0.9, likely(head(2, opened=0.5)), POLICY)
    assert found is not None
    assert (found.story_id, found.into) == ("s1", "s2")
    again = merge_candidate(head(2, opened=0.5), 0.9, likely(head(1, opened=1.0)), POLICY)
    assert again is not None
    assert (again.story_id, again.into) == ("s1", "s2")


def test_stories_with_little_in_common_are_less_likely_one() -> None:
    other = head(2, "gallium", "ferry", "island", "tourist", "beach", "hotel", "season", "queue")
    elsewhere = replace(other, actors={"Port": 3}, geographies={"FI": 3})
    same, little, least = (
        models()[1].probability(merge_row(head(1), each, 0.9, 0.3)) for each in (head(2), other, elsewhere)
    )
    assert same > little > least
    assert merge_candidate(head(1), 0.9, likely(elsewhere), replace(POLICY, merge_at=(same + least) / 2)) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(head(2), question_id="q1"),
        replace(head(2), merged_into="s9"),
        head(1),
    ],
)
def test_a_story_that_waits_or_is_gone_and_the_story_itself_are_no_candidates(other: StoryHead) -> None:
    assert merge_candidate(head(1), 0.9, likely(other), POLICY) is None


def test_a_waiting_story_is_not_merged_away() -> None:
    assert merge_candidate(replace(head(1), question_id="q1"), 0.9, likely(head(2)), POLICY) is None


def test_an_item_that_is_hardly_like_the_other_story_is_no_occasion() -> None:
    assert merge_candidate(head(1), 0.9, [(head(2), 0.05)], POLICY) is None


def test_the_features_do_not_depend_on_which_story_is_named_first() -> None:
    one, other = head(1), head(2, *WORDS[:5], "ferry", opened=4.0, evidence=2)
    there, back = merge_row(one, other, 0.9, 0.5), merge_row(other, one, 0.5, 0.9)
    swapped = [MERGE_FEATURES.index(name) for name in ("item", "item of other")]
    for number, (a, b) in enumerate(zip(there, back, strict=True)):
        if number not in swapped:
            assert a == pytest.approx(b)
    assert tuple(term.name for term in models()[1].terms) == MERGE_FEATURES


@given(st.integers(1, 9), st.integers(1, 9))
def test_nothing_is_lost(few: int, many: int) -> None:
    one, other = head(1, evidence=few), head(2, "ferry", opened=2.0, evidence=many)
    both = together(other, one, POLICY)
    assert both.weight == one.weight + other.weight
    assert both.articles == few + many
    assert both.families == {"a": few + many}
    assert set(both.centroid) == set(one.centroid) | set(other.centroid)
    assert both.last_at == max(one.last_at, other.last_at)
    assert [each.at for each in both.recent] == sorted(each.at for each in both.recent)
    assert len(both.recent) == min(RECENT, len(one.recent) + len(other.recent))
