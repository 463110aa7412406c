"""Theses: stories that share a mechanism meet under one signal, when a judge says so and never otherwise."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.policy import Policy
from processors.decisions.stories import Frequencies
from processors.decisions.theses import Mechanism, ThesisIndex
from schemas.evidence import Evidence
from schemas.ledger import Commit
from schemas.proposal import Answer, Verdict
from tests.builders import signal
from tests.worlds import World, evidence, kinds

ERODES = "a costly lead erodes once others obtain the same capability cheaply"
THEFT = "intruders copied weights laboratory server breach prosecutors"
TRAINING = "distilled training recipe graduate students budget benchmark"
VIDEO = "film studio renders clips model open download artists"
LOOK_ALIKES = {
    "laboratory breach insurers premium claims cyber policy": "insurers price a new risk higher",
    "graduate students training visas campus quota": "entry rules thin the supply of talent",
    "film studio artists strike contract residuals": "labour bargains over automation",
}


SEEN = Frequencies()
# Only what says nearly the same is of one story, and no story is doubtful.
ALONE = {"join_at": 0.99, "ask_from": 0.99, "ask_until": 0.99}


def said(words: str, mechanism: str, **given: Any) -> Evidence:
    """Return evidence as a model gives it."""
    return evidence(words, mechanism=mechanism, reasoning_origin="model", **given)


def world(**policy: Any) -> World:
    return World(judge="judge/1", **ALONE, **policy)


def judged(world: World, same: str = ERODES) -> list[Commit]:
    """Answer every open question as a model would that knows which mechanism is the same."""
    done = []
    for question in list(world.state.questions.values()):
        verdicts = tuple(
            Verdict(c.signal_id, c.story_id, "supports" if question.mechanism == same == c.mechanism else "none")
            for c in question.candidates
        )
        commit = world.offer(Answer(question.question_id, verdicts, "judge/1", ""))
        assert commit is not None
        done.append(commit)
    return done


def test_three_stories_of_one_mechanism_end_under_one_thesis_and_look_alikes_stay_apart() -> None:
    stream = world()
    for words, family in product((THEFT, TRAINING, VIDEO), "ab"):
        stream.read(f"{words[:4]}-{family}", said(words, ERODES), family=f"{family}-{words[:4]}")
        judged(stream)
    for number, (words, mechanism) in enumerate(LOOK_ALIKES.items()):
        stream.read(f"other-{number}", said(words, mechanism), family="c")
        judged(stream)
    thesis = stream.signal("intr-a")
    assert (thesis.basis, thesis.articles, len(thesis.stories)) == ("thesis", 6, 3)
    assert len(thesis.families) == 6
    masses = list(stream.state.holdings.of(thesis.signal_id).mass())
    per_story = {story: {m.family for m in masses if m.story_id == story} for story in thesis.stories}
    assert sorted(len(families) for families in per_story.values()) == [2, 2, 2]
    assert thesis.strength > stream.signal("other-0").strength
    alone = [stream.signal(f"other-{number}") for number in range(3)]
    assert len({head.signal_id for head in (*alone, thesis)}) == 4
    assert all((head.basis, len(head.stories)) == ("story", 1) for head in alone)
    assert thesis.scope == f"Claim: {THEFT}", "the scope stays the opening claim"


def test_what_has_no_mechanism_in_common_is_not_even_asked_about() -> None:
    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    assert stream.read("b1", said("ferry island tourist", "seasons drive demand")).questions == ()
    assert stream.read("b2", evidence("harbour crane pier")).questions == (), "no mechanism, no thesis"


def test_without_a_judge_a_signal_rests_on_one_story() -> None:
    stream = World(**ALONE)
    stream.read("a1", said(THEFT, ERODES))
    assert kinds(stream.read("b1", said(TRAINING, ERODES), family="b")) == ["opened"]


def test_a_thesis_question_shows_the_frozen_scope_and_names_no_story() -> None:
    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    commit = stream.read("b1", said(TRAINING, ERODES), family="b")
    (question,) = commit.questions
    (candidate,) = question.candidates
    assert (candidate.relation, candidate.story_id) == ("thesis", "")
    assert (candidate.signal_id, candidate.scope) == (stream.signal("a1").signal_id, f"Claim: {THEFT}")
    assert (candidate.mechanism, question.mechanism, question.judge) == (ERODES, ERODES, "judge/1")
    assert "is 1.000 like" not in commit.evidence[0].reason
    assert stream.signal("a1").signal_id in commit.evidence[0].reason


def test_another_judge_is_asked_another_question() -> None:
    ids = set()
    for name in ("judge/1", "judge/2"):
        stream = World(judge=name, **ALONE)
        stream.read("a1", said(THEFT, ERODES))
        stream.read("b1", said(TRAINING, ERODES), family="b")
        ids.add(stream.question().question_id)
    assert len(ids) == 2


def contradicted() -> World:
    """A thesis and a story that a judge says speaks against it."""
    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    stream.read("b1", said(TRAINING, ERODES), family="b")
    head, question = stream.signal("a1"), stream.question()
    stream.take(Answer(question.question_id, (Verdict(head.signal_id, "", "contradicts"),), "judge/1", ""))
    return stream


def test_a_story_that_speaks_against_a_thesis_goes_on_doing_so() -> None:
    stream = contradicted()
    head = stream.signal("a1")
    assert stream.signal("b1").signal_id == head.signal_id
    assert stream.story("b1").stance == "contradicts"
    more = stream.read("b2", said(TRAINING, ERODES), family="c")
    assert kinds(more) == ["contradicted"], "it supports the story, which contradicts the thesis"
    assert more.evidence[0].stance == "contradicts"
    back = stream.read("b3", said(TRAINING, ERODES, stance="contradicts"), family="d")
    assert kinds(back)[0] == "reinforced", "what denies the story supports the thesis"
    assert stream.signal("a1").strength < 3.1


def test_context_to_a_thesis_opens_a_signal_of_its_own() -> None:
    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    stream.read("b1", said(TRAINING, ERODES), family="b")
    answer = Answer(stream.question().question_id, (Verdict(stream.signal("a1").signal_id, "", "context"),), "j", "")
    assert kinds(stream.take(answer)) == ["opened"]


def test_a_thesis_that_is_over_cannot_be_joined_by_a_late_answer() -> None:
    stream = world(candidate_days=5.0)
    stream.read("a1", said(THEFT, ERODES))
    stream.read("b1", said(TRAINING, ERODES), family="b")
    question, gone = stream.question(), stream.signal("a1")
    stream.tick(30)
    assert stream.state.signals[gone.signal_id].state == "dormant"
    commit = stream.take(Answer(question.question_id, (Verdict(gone.signal_id, "", "supports"),), "judge/1", ""))
    assert kinds(commit) == ["opened"]
    assert gone.signal_id not in stream.state.theses


def test_siblings_of_the_asked_evidence_come_under_the_thesis_with_it() -> None:
    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    stream.read("b1", said(TRAINING, ERODES), family="b")
    stream.read("b2", said(TRAINING, ERODES, stance="contradicts"), family="c")
    (commit,) = judged(stream)
    assert [row.basis for row in commit.evidence] == ["thesis", "thesis"]
    assert [row.stance for row in commit.evidence] == ["supports", "contradicts"]
    assert {o.article_id for o in commit.outcomes} == {"b1", "b2"}
    assert stream.story("b1").signal_id == stream.signal("a1").signal_id


def test_the_scope_is_replaced_once_and_before_the_third_evidence() -> None:
    from schemas.proposal import Revision

    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    head = stream.signal("a1")

    def revise(scope: str) -> str:
        seq = stream.signal("a1").seq
        stream.offer(Revision(head.signal_id, seq, f"Title {scope}", "", scope, (), "n/1", mechanism=f"of {scope}"))
        return stream.signal("a1").scope

    assert revise("first") == "first"
    assert stream.signal("a1").mechanism == "of first"
    assert revise("second") == "first", "once"
    assert stream.signal("a1").title == "Title second"


def test_an_older_revision_never_brings_old_words_back_but_a_slow_one_still_counts() -> None:
    from schemas.proposal import Revision

    stream = world()
    stream.read("a1", said(THEFT, ERODES))
    signal_id, seen = stream.signal("a1").signal_id, stream.signal("a1").seq
    stream.read("a2", said(THEFT, ERODES), family="b")

    def revise(title: str, seq: int) -> str:
        stream.offer(Revision(signal_id, seq, title, "", "", (), "n/1"))
        return stream.signal("a1").title

    assert revise("slow", seen) == "slow", "events that came while it was written do not void it"
    newest = stream.signal("a1").seq
    assert revise("new", newest) == "new"
    assert revise("old", seen) == "new"
    assert revise("again", newest) == "new"
    assert revise("ahead", stream.signal("a1").seq + 1) == "new"


def packed(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def test_embeddings_of_one_model_decide_alone_who_is_near() -> None:
    index, policy = ThesisIndex(), Policy(judge="j")
    same = replace(signal(1), scope="claim", mechanism=ERODES, embedding=packed(0, 1))
    index.put(replace(same, embedding_model="e"))
    index.put(replace(same, signal_id="g3", embedding_model="another"))
    near = replace(same, signal_id="g2", scope="x", mechanism="quite other words", embedding=packed(3, 0))
    index.put(replace(near, embedding_model="e"))
    found = {s.signal_id: s.score for s in index.best(Mechanism("claim", ERODES, packed(1, 0), "e"), SEEN, policy)}
    assert set(found) == {"g2", "g3"}, "g1 has the same words and another direction"
    assert found["g2"] == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.booleans()), max_size=60))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_the_index_is_what_its_heads_say_however_they_came(steps: list[tuple[int, int, bool]]) -> None:
    vectors = [packed(*(float(i == k) for i in range(6))) for k in range(6)]
    index, heads = ThesisIndex(), {}
    for number, k, over in steps:
        head = replace(
            signal(1), signal_id=f"g{number}", mechanism=f"word{k} thing", state="merged" if over else "published",
            embedding=vectors[k], embedding_model="e",
        )  # fmt: skip
        heads[head.signal_id] = head
        index.put(head)
    fresh = ThesisIndex()
    for head in heads.values():
        fresh.put(head)
    policy = Policy(judge="j", thesis_candidates=50)
    for k in range(6):
        asked = Mechanism("", f"word{k} thing", vectors[k], "e")
        plain = Mechanism("", f"word{k} thing")
        assert index.best(asked, SEEN, policy) == fresh.best(asked, SEEN, policy)
        assert index.best(plain, SEEN, policy) == fresh.best(plain, SEEN, policy)
        expected = {i for i, head in heads.items() if head.state == "published" and head.embedding == vectors[k]}
        assert {each.signal_id for each in index.best(asked, SEEN, policy)} == expected
