"""The roles `judge` and `revise` on a broker: their answers and revisions are proposals like any other."""

from __future__ import annotations

import asyncio

import pytest

from processors.agents import judge
from processors.app import Ports
from schemas.errors import Retryable
from schemas.events import DeadLetter
from schemas.proposal import Answer, Proposal, Question
from schemas.topics import DEAD_LETTERS, PROPOSALS, QUESTIONS, SIGNAL_EVENTS
from tests.builders import T0, event, question
from tests.fakes import ScriptedJudge, ScriptedNarrator
from tests.stream.embedded import Stream


def test_a_judge_answers_abstains_or_fails_and_each_question_gets_one_answer(stream: Stream) -> None:
    asked = [question(1), question(2, claim="ABSTAIN"), question(3, claim="FAIL"), b"poison", question(4)]

    async def body() -> list[Proposal]:
        stream.send(QUESTIONS, *asked)
        async with stream.running("judge", Ports(now=lambda: T0, judge=ScriptedJudge())):
            found = await stream.until(PROPOSALS, Proposal, 4)
            await stream.until_acknowledged("judge", QUESTIONS)
            return found

    proposals = {p.proposal_id: p.answer for p in asyncio.run(body())}
    answers = {name: answer for name, answer in proposals.items() if answer is not None}
    assert answers.keys() == proposals.keys() == {"a:q1", "a:q2", "a:q3", "a:q4"}
    assert [v.story_id for v in answers["a:q1"].verdicts] == ["s9"]
    assert (answers["a:q2"].verdicts, answers["a:q2"].reason) == ((), "cannot say")
    assert (answers["a:q3"].verdicts, answers["a:q3"].reason) == ((), "RuntimeError: told to fail"), "an abstention"
    assert [letter.stage for letter in stream.read(DEAD_LETTERS, DeadLetter)] == ["judge/decode"]


class Busy:
    """A judge whose service fails some times before it answers."""

    name = "busy/1"

    def __init__(self, failures: int) -> None:
        self.failures, self.tried = failures, 0

    async def answer(self, question: Question) -> Answer:
        self.tried += 1
        if self.tried <= self.failures:
            raise Retryable("the service is away", after=0.0)
        return Answer(question.question_id, (), self.name, "answered")


def test_a_judge_asks_again_until_the_questions_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "_PAUSE", 0.01)
    patient = Busy(3)
    assert asyncio.run(judge.answered(patient, question(1), lambda: T0)).reason == "answered"
    assert patient.tried == 4
    late = Busy(3)
    deadline = question(1).deadline
    answer = asyncio.run(judge.answered(late, question(1), lambda: deadline))
    assert (late.tried, answer.reason, answer.verdicts) == (1, "the service is away", ())


def test_a_narrator_sees_a_signals_events_and_proposes_revisions(stream: Stream) -> None:
    told = [
        event(1, seq=2, signal_id="g1"),
        event(1, seq=3, signal_id="g1"),
        event(1, seq=4, signal_id="g1", kind="revised"),
        b"poison",
        event(1, seq=5, signal_id="g1", quote="FAIL"),
        event(1, seq=6, signal_id="g1"),
        event(2, seq=2, signal_id="g2"),
    ]

    async def body() -> list[Proposal]:
        stream.send(SIGNAL_EVENTS, *told)
        async with stream.running("revise", Ports(now=lambda: T0, narrator=ScriptedNarrator())):
            await stream.until_acknowledged("revise", SIGNAL_EVENTS)
            return stream.read(PROPOSALS, Proposal)

    revisions = {p.proposal_id: p.revision for p in asyncio.run(body())}
    assert {name: r.title for name, r in revisions.items() if r} == {
        "r:g1:3": "After 2 events",
        "r:g1:6": "After 4 events",  # a revision is no event to it, a failure is
    }
    letters = stream.read(DEAD_LETTERS, DeadLetter)
    assert sorted(letter.stage for letter in letters) == ["revise/decode", "revise/narrator"]
