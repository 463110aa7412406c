"""The judge: a language model's verdicts on an ambiguous match, each against a candidate's frozen scope."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from processors.analysts.llm.api import Call, Llm, Unusable
from processors.analysts.llm.shown import as_data
from processors.decisions.plain import plain
from processors.prompts import prompt
from schemas.proposal import Answer, Candidate, Question, Verdict

PROMPT: Final = "judge/1"
_MOST_REASON = 500  # characters of an answer's reason


class RecordedAnswers(Protocol):
    """Answers by question id, kept over runs so that a replay decides as the first run did."""

    def answer(self, question_id: str) -> str | None:
        """Return the recorded body of an answer, None when there is none."""
        ...

    def record_answer(self, question_id: str, body: str) -> None:
        """Keep the body of an answer durably."""
        ...


class CandidateAnswer(BaseModel):
    """The model's word on one candidate, named by its number from 1."""

    model_config = ConfigDict(extra="forbid")

    candidate: int
    verdict: Literal["supports", "contradicts", "context", "none"]
    reason: str


class JudgeAnswer(BaseModel):
    """What the model answers: every candidate once."""

    model_config = ConfigDict(extra="forbid")

    answers: list[CandidateAnswer]


class RecordedAnswer(BaseModel):
    """What is kept of an answer. `relations` are those that the candidates had: a question's id does not cover them."""

    relations: list[str]
    answers: list[CandidateAnswer]


class LlmJudge:
    """The port `Judge`. `answer` raises Retryable when the service or the purse does not allow a call."""

    def __init__(self, llm: Llm, recorded: RecordedAnswers | None = None) -> None:
        self._llm, self._recorded, self._prompt = llm, recorded, prompt(PROMPT)
        self.name = f"llm/{llm.model('judge')}/{PROMPT}"

    async def answer(self, question: Question) -> Answer:
        """Return a verdict a candidate; none at all (an abstention) when the model's answer cannot be used."""
        if not question.candidates:
            return Answer(question.question_id, (), self.name, "no candidates")
        said = await asyncio.to_thread(self._known, question)
        if said is None:
            call = Call("judge", self._prompt, as_data(shown(question)), JudgeAnswer, about=question.question_id)
            try:
                said = (await self._llm.ask(call)).answers
            except Unusable as error:
                return Answer(question.question_id, (), self.name, plain(f"no usable answer: {error}", _MOST_REASON))
            await asyncio.to_thread(self._record, question, said)
        verdicts = verdicts_of(question.candidates, said)
        return Answer(question.question_id, verdicts, self.name, _reason(verdicts, said))

    def _known(self, question: Question) -> list[CandidateAnswer] | None:
        body = self._recorded.answer(question.question_id) if self._recorded else None
        if not body:
            return None
        try:
            found = RecordedAnswer.model_validate_json(body)
        except ValidationError:
            return None  # of another version: asked anew
        return found.answers if found.relations == _relations(question) else None

    def _record(self, question: Question, said: list[CandidateAnswer]) -> None:
        if self._recorded is not None:
            body = RecordedAnswer(relations=_relations(question), answers=said)
            self._recorded.record_answer(question.question_id, body.model_dump_json())


def shown(question: Question) -> Mapping[str, Any]:
    """Return what the model sees of a question: what its id covers, without scores and living titles."""
    return {
        "evidence": {"quote": question.quote, "claim": question.claim, "mechanism": question.mechanism},
        "candidates": [_shown(number, one) for number, one in enumerate(question.candidates, 1)],
    }


def verdicts_of(candidates: tuple[Candidate, ...], said: list[CandidateAnswer]) -> tuple[Verdict, ...]:
    """Return one verdict a candidate, in their order.

    A missing number is a "none", one that does not exist is ignored, and one answered twice in two ways is a "none".
    """
    found: list[Verdict] = []
    for number, candidate in enumerate(candidates, 1):
        stances = {one.verdict for one in said if one.candidate == number}
        found.append(Verdict(candidate.signal_id, candidate.story_id, stances.pop() if len(stances) == 1 else "none"))
    return tuple(found)


def _shown(number: int, candidate: Candidate) -> dict[str, Any]:
    data: dict[str, Any] = {"number": number, "relation": candidate.relation, "scope": candidate.scope}
    if candidate.relation == "story" and candidate.title != candidate.scope:
        data["opened_with"] = candidate.title  # unlike a signal's, a story's title never changes
    if candidate.mechanism:
        data["mechanism"] = candidate.mechanism
    return data


def _relations(question: Question) -> list[str]:
    return [candidate.relation for candidate in question.candidates]


def _reason(verdicts: tuple[Verdict, ...], said: list[CandidateAnswer]) -> str:
    """Return how many of each verdict, and the model's reasons for those that are not "none"."""
    counts = Counter(verdict.stance for verdict in verdicts)
    numbers = {number for number, verdict in enumerate(verdicts, 1) if verdict.stance != "none"}
    reasons = [one.reason for one in said if one.candidate in numbers]
    told = ", ".join(f"{count} {stance}" for stance, count in sorted(counts.items()))
    return plain(": ".join([told, " ".join(reasons)]) if reasons else told, _MOST_REASON)
