"""Matching: an item joins, opens or asks, and "no match" is a normal answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from processors.decisions.policy import Policy
from tests.worlds import World, evidence, kinds

EVEN = {"join_at": 0.5, "join_at_long": 0.5, "ask_share": 0.5}
GALLIUM = "gallium beijing licence export metal curbs smelter quota"
SOME = "gallium beijing licence ferry island tourist beach hotel"  # 3 of 8 words
MORE = "gallium beijing licence export ferry island tourist beach"
NONE = "ferry island tourist beach hotel season ticket queue"


def test_the_threshold_rises_with_the_length_of_the_item() -> None:
    policy = Policy(join_at=0.1, join_at_long=0.3, short_terms=20, long_terms=60)
    assert [round(policy.threshold(n), 3) for n in (1, 20, 40, 60, 500)] == [0.1, 0.1, 0.2, 0.3, 0.3]


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
    assert joined.reason == f"similarity 1.000 to {first.story_id}"
    assert apart.reason.endswith("is below 0.500")


def test_the_same_words_after_a_long_silence_are_another_story() -> None:
    world = World(**EVEN)
    world.read("a1", GALLIUM)
    world.read("a2", GALLIUM, at=world.policy.story_half_life + 1)
    assert world.story("a2").story_id != world.story("a1").story_id


def test_a_closed_story_takes_nothing_in_however_similar() -> None:
    world = World(join_at=0.01, join_at_long=0.01)
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
    world = World(join_at=0.9, join_at_long=0.9)
    for number, shared in enumerate(("gallium", "gallium beijing", "gallium beijing licence")):
        world.read(f"a{number}", f"{shared} " + " ".join(f"w{number}{i}" for i in range(8)))
    world.state.policy = replace(world.policy, judge="judge/1", candidates=2, ask_share=0.01)
    world.read("new", SOME)
    question = world.question()
    assert [c.story_id for c in question.candidates] == [world.story(a).story_id for a in ("a2", "a1")]
    scores = [candidate.score for candidate in question.candidates]
    assert scores == sorted(scores, reverse=True)
