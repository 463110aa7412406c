"""The role `judge` on a broker: its answers are proposals like any other."""

from __future__ import annotations

import asyncio

import pytest

from processors.agents import judge
from processors.app import Ports
from schemas.errors import Retryable
from schemas.events import DeadLetter
from schemas.proposal import Answer, Proposal, Question
from schemas.topics import DEAD_LETTERS, PROPOSALS, QUESTIONS
from tests.builders import T0, question
from tests.fakes import ScriptedJudge
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
