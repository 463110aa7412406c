"""The role `judge`: the ledger's questions in, answers as proposals out."""

from __future__ import annotations

from typing import Any

from processors.app import Wiring
from processors.guard import Guard
from processors.window import Window
from schemas.codec import decode, encode
from schemas.errors import Poison
from schemas.proposal import Answer, Proposal, Question
from schemas.topics import PROPOSALS, QUESTIONS


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
        try:
            answer = await judge.answer(question)
        except Exception as error:  # an abstention: policy decides, the stream goes on
            answer = Answer(question.question_id, (), judge.name, f"{type(error).__name__}: {error}"[:500])
        proposal = answer_proposal(answer, config.generation, ports.now())
        emitter.send(PROPOSALS.named(config.generation), encode(proposal))

    @wiring.app.agent(wiring.topic(QUESTIONS), name="judge")  # type: ignore[untyped-decorator]
    async def answer_questions(stream: Any) -> None:
        await Window(config.window, emitter.flush).run(stream.noack().events(), handle)


def answer_proposal(answer: Answer, generation: str, now: Any) -> Proposal:
    """Return the proposal that carries an answer; the first one for a question wins."""
    return Proposal(
        proposal_id=f"a:{answer.question_id}",
        generation=generation,
        kind="answer",
        proposed_at=now,
        answer=answer,
    )
