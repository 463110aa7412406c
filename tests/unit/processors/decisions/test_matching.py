"""Matching: an item joins, opens or asks, and "no match" is a normal answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from processors.decisions.features import BASIC
from schemas.proposal import Answer
from tests.worlds import World, doubtful, evidence, kinds, likelihood

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
SOME = "gallium beijing licence ferry island tourist beach hotel"  # 3 of 8 words
MORE = "gallium beijing licence export ferry island tourist beach"
NONE = "ferry island tourist beach hotel season ticket queue"
EVEN = doubtful(GALLIUM, MORE)


@pytest.mark.parametrize(
    ("words", "judge", "decision"),
    [
        (GALLIUM, True, "join"),
        (GALLIUM, False, "join"),
        (SOME, True, "ask"),
        (SOME, False, "open"),
        (NONE, True, "open"),
        ("", True, "open"),
    ],
)
def test_an_item_joins_asks_or_opens(words: str, judge: bool, decision: str) -> None:
    world = World(judge="judge/1" if judge else "", **EVEN)
    world.read("a1", GALLIUM)
    commit = world.read("a2", evidence(words), family="b")
    expected = {
        "join": (["reinforced", "published"], 0),
        "ask": ([], 1),
        "open": (["opened"], 0),
    }
    assert (kinds(commit), len(commit.questions)) == expected[decision]
    assert (world.story("a1").story_id == world.story("a2").story_id) == (decision == "join")


def test_the_deciding_feature_is_kept_with_the_evidence() -> None:
    world = World(**EVEN)
    first = world.read("a1", GALLIUM).evidence[0]
    joined = world.read("a2", GALLIUM).evidence[0]
    apart = world.read("a3", MORE).evidence[0]
    assert first.reason == "nothing similar is open"
    assert f"likely to be of {first.story_id}, for it centroid 1.0" in joined.reason
    assert f"likely to be of {first.story_id}, against it" in apart.reason
    assert apart.reason.endswith(f"below {EVEN['join_at']:.3f}")
    assert first.candidates == ()
    (compared,) = joined.candidates
    assert (compared.story_id, compared.signal_id) == (first.story_id, first.signal_id)
    assert tuple(compared.features) == BASIC
    assert compared.features["centroid"] > 0.99


def test_the_same_words_after_a_long_silence_are_less_likely_the_same_story() -> None:
    world = World()
    world.read("a1", GALLIUM)
    scores = [world.read(f"a{at}", GALLIUM, at=at).evidence[0].candidates[0].score for at in (2, 40, 119)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]


def test_a_closed_story_takes_nothing_in_however_similar() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("a2", GALLIUM, at=world.policy.story_horizon - 1)
    assert world.story("a2").story_id == world.story("a1").story_id
    world.read("a3", GALLIUM, at=2 * world.policy.story_horizon)
    assert world.story("a3").story_id != world.story("a1").story_id


def test_two_items_of_one_article_may_open_one_story() -> None:
    world = World(**EVEN)
    commit = world.read("a1", evidence(GALLIUM, quote="one"), evidence(GALLIUM, quote="two"))
    assert len(commit.stories) == 1
    assert commit.signals[0].articles == 1
    assert commit.signals[0].evidence == 2


def test_a_question_names_few_candidates_best_first() -> None:
    world = World(join_at=1.0)
    for number, shared in enumerate(("gallium", "gallium beijing", "gallium beijing licence")):
        world.read(f"a{number}", f"{shared} " + " ".join(f"w{number}{i}" for i in range(8)))
    world.state.policy = replace(world.policy, judge="judge/1", candidates=2, ask_from=0.01, ask_until=1.0)
    world.read("new", SOME)
    question = world.question()
    assert [c.story_id for c in question.candidates] == [world.story(a).story_id for a in ("a2", "a1")]
    scores = [candidate.score for candidate in question.candidates]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("join_at", [0.0, 1.0])
def test_what_is_doubtful_on_either_side_of_the_threshold_is_asked_about(join_at: float) -> None:
    at = likelihood(GALLIUM, MORE)
    world = World(judge="judge/1", **EVEN)
    world.state.policy = replace(world.policy, join_at=at + (join_at - 0.5) / 1e3, ask_until=at + 1e-4)
    world.read("a1", GALLIUM)
    assert len(world.read("a2", MORE, family="b").questions) == 1
    world.offer(Answer(world.question().question_id, (), "deadline", "no judge answered in time"))
    joined = world.state.stories[world.state.marks["a2"].evidence[0].story_id]
    assert (joined.story_id == world.story("a1").story_id) == (join_at == 0.0), "policy decides as it would unasked"


def test_an_item_that_is_like_two_stories_makes_them_one() -> None:
    world = World(join_at=0.9999)
    world.read("a1", GALLIUM)
    world.read("a2", GALLIUM, family="b", at=1)
    world.state.policy = replace(world.policy, join_at=0.5, merge_at=0.01)
    older, younger = world.story("a1").story_id, world.story("a2").story_id
    assert younger != older
    commit = world.read("a3", GALLIUM, family="c", at=1)
    assert world.state.stories[younger].merged_into == older
    assert {story.story_id for story in commit.stories} == {older, younger}
    assert world.story("a1").articles == 3
    assert world.signal("a2").signal_id == world.signal("a1").signal_id
    assert world.read("a4", GALLIUM, family="d").evidence[0].story_id == older
