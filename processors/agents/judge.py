"""The role `judge`: the ledger's questions in, answers as proposals out."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final

from structlog.contextvars import bind_contextvars

from processors.app import Wiring
from processors.guard import Guard
from processors.ports import Judge, Now
from processors.window import Window
from schemas.codec import decode, encode
from schemas.errors import Poison, Retryable
from schemas.proposal import Answer, Proposal, Question
from schemas.topics import PROPOSALS, QUESTIONS

_PAUSE: Final = 2.0  # seconds before the first new try; doubled up to _LONGEST
_LONGEST: Final = 60.0


def attach(wiring: Wiring) -> None:
    """Add the agent to the app."""
    config, ports, emitter = wiring.config, wiring.ports, wiring.emitter
    judge = ports.judge
    assert judge is not None
    guard = Guard(emitter, config.incarnation, ports.now)

    async def handle(event: Any) -> None:
        try:
            question = decode(event.message.value, Question)
        except Poison as poison:
            guard.bury(event, f"judge/{poison.stage}", poison.reason)
            return
        if question.deadline <= ports.now():  # the ledger abstains then; a topic that is read anew costs no money
            return
        bind_contextvars(question_id=question.question_id, evidence_id=question.evidence_id)
        answer = await answered(judge, question, ports.now)
        proposal = answer_proposal(answer, config.generation, ports.now())
        emitter.send(PROPOSALS.named(config.generation), encode(proposal))

    @wiring.app.agent(wiring.topic(QUESTIONS), name="judge")  # type: ignore[untyped-decorator]
    async def answer_questions(stream: Any) -> None:
        wiring.sign_logs("judge")
        await Window(config.window, emitter.flush).run(stream.noack().events(), handle)


async def answered(judge: Judge, question: Question, now: Now) -> Answer:
    """Return the judge's answer, asking again while its service fails and the question's time is not up.

    An abstention otherwise: policy decides, the stream goes on.
    """
    pause = _PAUSE
    while True:
        try:
            return await judge.answer(question)
        except Retryable as wait:
            left = (question.deadline - now()).total_seconds()
            next_try = max(pause, wait.after or 0.0)
            if next_try >= left:
                return abstention(question, judge, str(wait))
            await asyncio.sleep(next_try)
            pause = min(2 * pause, _LONGEST)
        except Exception as error:
            return abstention(question, judge, f"{type(error).__name__}: {error}")


def abstention(question: Question, judge: Judge, reason: str) -> Answer:
    """Return the answer of a judge that has none: policy decides."""
    return Answer(question.question_id, (), judge.name, reason[:500])


def answer_proposal(answer: Answer, generation: str, now: datetime) -> Proposal:
    """Return the proposal that carries an answer; the first one for a question wins."""
    return Proposal(
        proposal_id=f"a:{answer.question_id}",
        generation=generation,
        kind="answer",
        proposed_at=now,
        answer=answer,
    )
