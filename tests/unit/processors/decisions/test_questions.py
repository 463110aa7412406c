"""Questions: an ambiguous match waits for a judge, its siblings with it, and each article gets one outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.proposal import Answer, Question, Verdict
from tests.worlds import World, doubtful, evidence, extraction, kinds

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
AMBIGUOUS = "gallium beijing licence export carmaker magnet motor plant"
FERRY = "ferry island tourist beach hotel season ticket queue"
LIKE_FERRY = "ferry island tourist beach volcano lava ash plume"


DOUBTFUL = doubtful(GALLIUM, AMBIGUOUS)


def asked(**policy: float) -> World:
    """A world with two signals and a question which of them (or none) the article q1 belongs to."""
    world = World(judge="judge/1", **DOUBTFUL, **policy)
    world.read("a1", GALLIUM)
    world.read("a2", FERRY)
    commit = world.read("q1", AMBIGUOUS, family="b")
    assert len(commit.questions) == 1, "the words are not ambiguous"
    return world


def test_an_ambiguous_match_becomes_a_question_and_has_no_outcome_yet() -> None:
    world = asked()
    commit, question = world.log[-1], world.question()
    assert kinds(commit) == []
    assert commit.outcomes == ()
    (row,) = commit.evidence
    assert (row.status, row.signal_id, row.micro) == ("provisional", "", 0)
    assert [c.story_id for c in question.candidates] == [world.story("a1").story_id]
    assert question.candidates[0].scope == world.signal("a1").scope
    assert [r.evidence_id for r in question.pending] == [row.evidence_id]
    assert (question.deadline - question.asked_at).total_seconds() == world.policy.question_seconds
    assert world.state.marks["q1"].open_questions == (question.question_id,)


def test_without_a_judge_nothing_is_asked() -> None:
    world = World(**DOUBTFUL)
    world.read("a1", GALLIUM)
    assert kinds(world.read("q1", AMBIGUOUS)) == ["opened"]


def test_a_sibling_joins_the_question_instead_of_opening_a_twin() -> None:
    world = asked()
    commit = world.read("q2", AMBIGUOUS, family="c")
    assert kinds(commit) == []
    assert commit.outcomes == ()
    assert [r.article_id for r in world.question().pending] == ["q1", "q2"]
    assert world.story("q2").story_id == world.story("q1").story_id


def test_a_yes_merges_the_provisional_story_into_the_candidates() -> None:
    world = asked()
    world.read("q2", AMBIGUOUS, family="c")
    question, target, signal = world.question(), world.story("a1").story_id, world.signal("a1").signal_id
    commit = world.answer(question, target)
    assert commit is not None
    assert kinds(commit) == ["reinforced", "published", "reinforced"]
    assert world.state.questions == {}
    assert world.state.stories[question.story_id].merged_into == target
    assert question.story_id not in world.state.index
    assert world.signal("a1").articles == 3
    assert set(world.signal("a1").families) == {"a", "b", "c"}
    assert [(o.article_id, o.primary_signal_id, o.primary_story_id) for o in commit.outcomes] == [
        ("q1", signal, target), ("q2", signal, target),
    ]  # fmt: skip
    assert all(row.status == "accepted" and "judge/1" in row.reason for row in commit.evidence)
    assert {change.status for change in commit.changes} == {"accepted"}
    assert kinds(world.read("q3", AMBIGUOUS, family="d")) == ["reinforced"], "the merged words are found there now"


def test_a_no_opens_a_signal_of_its_own() -> None:
    world = asked()
    question = world.question()
    commit = world.answer(question)
    assert kinds(commit) == ["opened"]
    assert world.signal("q1").signal_id != world.signal("a1").signal_id
    assert world.story("q1").question_id == ""
    assert [o.outcome for o in world.outcomes("q1")] == ["accepted"]


@pytest.mark.parametrize(
    ("stance", "kind"), [("supports", "reinforced"), ("contradicts", "contradicted"), ("context", "context")]
)
def test_the_judges_stance_counts(stance: str, kind: str) -> None:
    world = asked()
    commit = world.answer(world.question(), world.story("a1").story_id, stance)
    assert kinds(commit)[0] == kind
    assert world.state.marks["q1"].evidence[0].stance == stance
    assert (world.state.marks["q1"].evidence[0].micro == 0) == (stance == "context")


def test_an_abstention_is_decided_by_policy() -> None:
    world = asked()
    commit = world.offer(Answer(world.question().question_id, (), "deadline", "no judge answered in time"))
    assert commit is not None
    assert kinds(commit) == ["opened"]
    assert commit.evidence[0].reason == "decided by policy, as deadline gave no verdict"


def test_a_verdict_on_a_story_that_was_no_candidate_counts_for_nothing() -> None:
    world = asked()
    wrong = Verdict("", world.story("a2").story_id, "supports")
    commit = world.offer(Answer(world.question().question_id, (wrong,), "judge/1", ""))
    assert kinds(commit) == ["opened"]


def test_an_answer_that_comes_late_or_twice_changes_nothing() -> None:
    world = asked()
    question = world.question()
    assert world.answer(question) is not None
    assert world.answer(question) is None
    assert world.answer(question, world.story("a1").story_id) is None
    assert world.offer(Answer("q-never-asked", (), "judge/1", "")) is None


def test_a_duplicate_of_the_waiting_article_changes_nothing() -> None:
    world = asked()
    assert world.offer(extraction("q1", AMBIGUOUS, family="b")) is None


def two_questions() -> tuple[World, Question, Question]:
    world = asked()
    world.answer(world.question())  # clear the first
    world = World(judge="judge/1", **DOUBTFUL)
    world.read("a1", GALLIUM)
    world.read("a2", FERRY)
    world.read("r1", AMBIGUOUS, LIKE_FERRY, family="b")
    first, second = world.state.questions.values()
    return world, first, second


def test_a_round_up_with_two_questions_gets_its_one_outcome_with_the_last_answer() -> None:
    world, first, second = two_questions()
    one = world.answer(first, first.candidates[0].story_id)
    assert one is not None
    assert one.outcomes == ()
    two = world.answer(second)
    assert two is not None
    assert kinds(two) == ["opened"]
    (outcome,) = world.outcomes("r1")
    assert outcome.signal_ids == (world.signal("a1").signal_id, two.events[0].signal_id)
    assert len(outcome.evidence_ids) == 2


def test_both_questions_may_end_in_one_signal_that_counts_the_article_once() -> None:
    world = World(judge="judge/1", **(DOUBTFUL | {"ask_from": 0.9}))
    world.read("a1", f"{GALLIUM} {FERRY}")
    world.read("r1", AMBIGUOUS, LIKE_FERRY, family="b")
    for question in tuple(world.state.questions.values()):
        world.answer(question, world.story("a1").story_id)
    assert world.signal("a1").articles == 2
    assert world.signal("a1").evidence == 3


def test_a_waiting_article_may_be_revised_and_goes_on_waiting() -> None:
    """The words that wait are still there: their new offsets wait in place of the old ones, and count once."""
    world = asked()
    question = world.question()
    commit = world.read("q1", evidence(AMBIGUOUS, quote_start=7), revision=1, family="b")
    assert commit.outcomes == ()
    (row,) = commit.evidence
    assert (row.status, row.quote_start) == ("provisional", 7)
    (waiting,) = world.question().pending
    assert (waiting.revision, waiting.evidence_id) == (1, row.evidence_id)
    settled = world.answer(question, question.candidates[0].story_id)
    assert kinds(settled) == ["reinforced", "published"]
    assert [(o.revision, o.outcome) for o in world.outcomes("q1")] == [(1, "accepted")]
    assert world.signal("q1").signal_id == world.signal("a1").signal_id
    assert world.signal("a1").articles == 2


def test_a_waiting_quote_that_a_revision_drops_counts_for_nothing() -> None:
    world = asked()
    question = world.question()
    commit = world.read("q1", outcome="nothing", revision=1)
    assert [(o.revision, o.outcome) for o in commit.outcomes] == [(1, "nothing")]
    settled = world.answer(question, question.candidates[0].story_id)
    assert settled is not None
    assert (settled.events, settled.outcomes, settled.evidence) == ((), (), ())
    assert world.state.questions == {}
    assert world.signal("a1").articles == 1


def test_an_article_deferred_while_it_waits_is_not_settled_by_the_answer() -> None:
    world = asked()
    question = world.question()
    world.read("q1", revision=1, outcome="deferred", reason="no money")
    world.answer(question, question.candidates[0].story_id)
    assert [o.outcome for o in world.outcomes("q1")] == ["deferred"]
    world.read("q1", AMBIGUOUS, revision=1, family="b")
    assert [o.outcome for o in world.outcomes("q1")] == ["deferred", "accepted"]
    assert world.signal("q1").signal_id == world.signal("a1").signal_id


def test_a_copy_of_a_waiting_article_waits_with_it() -> None:
    world = asked()
    commit = world.read("c1", AMBIGUOUS, copy_of="q1", family="c")
    assert commit.outcomes == ()
    settled = world.answer(world.question(), world.story("a1").story_id)
    assert kinds(settled) == ["reinforced", "published"]
    assert len(world.outcomes("c1")) == 1
    assert world.state.marks["c1"].evidence[0].micro == 0


def test_the_answers_target_may_have_taken_in_more_meanwhile() -> None:
    world = asked()
    question = world.question()
    world.state.policy = replace(world.policy, judge="", join_at=0.5)
    world.read("a3", GALLIUM, family="c", at=3)
    commit = world.answer(question, question.candidates[0].story_id)
    assert kinds(commit) == ["reinforced"]
    assert world.signal("a1").seq == 4
