"""Made-up news and states: the same in every run, valid, and what the ledger takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from processors.decisions.policy import Policy
from schemas.codec import decode, encode
from schemas.proposal import Proposal
from tests.bench.brute_force import BruteForce
from tests.bench.ledger_part import grow, is_right, match_one, probes, size
from tests.bench.made_news import SHAPES, MadeNews, storyline_of
from tests.bench.made_state import NOW, evidence_of, items_of, state_of, story_of


@pytest.fixture(scope="module")
def news() -> MadeNews:
    return MadeNews(SHAPES[10])


def test_an_item_is_the_same_whatever_was_made_before(news: MadeNews) -> None:
    other = MadeNews(SHAPES[10])
    other.item(9, 9, NOW, ordinal=0)
    assert other.item(3, 1, NOW, ordinal=0) == news.item(3, 1, NOW, ordinal=0)
    assert other.item(3, 2, NOW, ordinal=0) != news.item(3, 1, NOW, ordinal=0)


@pytest.mark.parametrize("words", SHAPES)
def test_an_item_is_a_valid_proposal_of_its_shape(words: int) -> None:
    made = MadeNews(SHAPES[words]).item(3, 1, NOW, ordinal=0)
    assert decode(encode(made), Proposal) == made
    assert sum(evidence_of(made).terms.values()) == SHAPES[words].content_words
    assert storyline_of(made) == 3


def test_common_words_are_in_many_items_and_most_words_in_few(news: MadeNews) -> None:
    counts: dict[str, int] = {}
    for storyline in range(1500):
        for term in evidence_of(news.item(storyline, 0, NOW, ordinal=0)).terms:
            counts[term] = counts.get(term, 0) + 1
    assert max(counts.values()) > 30
    assert sum(count == 1 for count in counts.values()) > len(counts) / 2


def test_a_state_has_its_stories_open_each_with_its_signal(news: MadeNews) -> None:
    state = state_of(news, 60)
    assert len(state.stories) == len(state.signals) == len(state.index) == 60
    for number in range(60):
        story = state.stories[story_of(number)]
        assert story.articles == items_of(number)
        assert state.signals[story.signal_id].stories == (story.story_id,)
        assert story.last_at <= NOW
    assert state.frequencies.documents == sum(items_of(number) for number in range(60))


def test_the_matcher_finds_the_storyline_again_and_brute_force_says_the_same(news: MadeNews) -> None:
    state = state_of(news, 60)
    every = BruteForce(state.stories.values(), Policy().story_half_life)
    found = probes(news, 60, 40)
    decisions = [match_one(state, probe) for probe in found]
    assert sum(is_right(*pair, 60) for pair in zip(decisions, found, strict=True)) > 25
    for decision, probe in zip(decisions, found, strict=True):
        if decision.decision == "join":
            vector = state.frequencies.vector(evidence_of(probe).terms)
            assert probe.extraction is not None
            assert every.best(vector, probe.extraction.published_at)[0] == decision.story_id


def test_silence_lessens_what_brute_force_finds(news: MadeNews) -> None:
    state = state_of(news, 1)
    every = BruteForce(state.stories.values(), half_life=10.0)
    story = state.stories[story_of(0)]
    vector = dict.fromkeys(story.centroid, 0.1)
    now, later = (every.best(vector, story.last_at + timedelta(days=days))[1] for days in (0, 10))
    assert later == pytest.approx(now / 2)


def test_both_parts_give_their_figures() -> None:
    sized = size(10, 20, 0.01)
    assert {"match", "brute_force", "commits", "resident", "right"} <= set(sized)
    grown = grow(20, 5.0)
    assert grown["articles"] == 20
    assert [step["articles"] for step in grown["steps"]] == list(range(2, 21, 2))
