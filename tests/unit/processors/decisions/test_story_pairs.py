"""Merging: two stories that report the same events become one, and nothing of either is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.draft import Draft
from processors.decisions.learned import models
from processors.decisions.story_pairs import MERGE_FEATURES, merge_candidate, merge_row, merge_stories, merged_story
from processors.decisions.policy import Policy
from processors.decisions.stories import RECENT, Scored
from schemas.ledger import Recent, StoryHead
from tests.builders import T0, story
from tests.worlds import World, day, extraction, proposal

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


def likely(*stories: StoryHead) -> list[tuple[StoryHead, Scored]]:
    return [(each, Scored(each.story_id, 0.9)) for each in stories]


def test_two_stories_in_the_same_words_become_one_and_the_older_survives() -> None:
    found = merge_candidate(head(1, opened=1.0), 0.9, likely(head(2, opened=0.5)), POLICY)
    assert found is not None
    assert (found.story_id, found.into) == ("s1", "s2")
    again = merge_candidate(head(2, opened=0.5), 0.9, likely(head(1, opened=1.0)), POLICY)
    assert again is not None
    assert (again.story_id, again.into) == ("s1", "s2")


def test_stories_with_little_in_common_stay_apart() -> None:
    other = head(2, "gallium", "ferry", "island", "tourist", "beach", "hotel", "season", "queue")
    assert merge_candidate(head(1), 0.9, likely(other), POLICY) is None


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
    assert merge_candidate(head(1), 0.9, [(head(2), Scored("s2", 0.05))], POLICY) is None


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
    both = merged_story(one, other, ["a"], POLICY)
    assert both.weight == one.weight + other.weight
    assert both.articles == one.articles + other.articles - 1
    assert both.families == {"a": few + many - 1}
    assert set(both.centroid) == set(one.centroid) | set(other.centroid)
    assert both.last_at == max(one.last_at, other.last_at)
    assert [each.at for each in both.recent] == sorted(each.at for each in both.recent)
    assert len(both.recent) == min(RECENT, len(one.recent) + len(other.recent))


def test_heads_are_merged_and_the_signals_are_named() -> None:
    world = World()
    draft = Draft(world.state, proposal(extraction("a1", at=0.0), T0), world.policy)
    for each in (head(1), head(2, opened=1.0)):
        draft.put_story(each)
    assert merge_stories(draft, "s2", "s1") == ("g2", "g1")
    assert draft.stories["s2"].merged_into == "s1"
    assert draft.story("s2") == draft.stories["s1"]
    assert draft.story("s1").weight == 6.0
    draft.put_story(head(3, opened=2.0))
    merge_stories(draft, "s3", "s2")
    assert draft.stories["s3"].merged_into == "s1", "never into what is itself merged away"
