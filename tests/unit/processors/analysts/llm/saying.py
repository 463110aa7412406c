"""A language model that says what a test tells it to, in whatever shape, and events for it to write about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from processors.analysts.llm.api import A, Call, Stage, Unusable, Vectors
from schemas.events import SignalEvent
from tests.builders import event


class Saying:
    """Answers with `say(call)`: the answer as a dict, or an exception to raise. Records its calls."""

    def __init__(
        self, say: Callable[[Call[Any]], Any], embed: Callable[[Sequence[str]], Vectors] | None = None
    ) -> None:
        self._say, self._embed = say, embed
        self.calls: list[Call[Any]] = []
        self.embedded: list[tuple[str, ...]] = []

    def model(self, stage: Stage) -> str:
        """Return the scripted model; it embeds only when told how."""
        return "" if stage == "embed" and self._embed is None else "scripted"

    async def ask(self, call: Call[A]) -> A:
        """Return what was scripted, of the asked-for shape or Unusable."""
        self.calls.append(call)
        said = self._say(call)
        if isinstance(said, Exception):
            raise said
        try:
            return call.answer.model_validate(said)
        except ValidationError as error:
            raise Unusable("the answer is not of the asked-for shape") from error

    async def embed(self, texts: Sequence[str], about: str = "") -> Vectors:
        """Return the scripted vectors."""
        assert self._embed is not None
        self.embedded.append(tuple(texts))
        return self._embed(texts)


def saying(said: Any) -> Saying:
    """Return a model that always says the same."""
    return Saying(lambda call: said)


def told(number: int, claim: str, quote: str = "", **given: Any) -> SignalEvent:
    """Event `number` of signal g1, with evidence e<number>; the first is `opened`, the rest `reinforced`."""
    given = {
        "stance": "supports",
        "publisher": f"Paper {number}",
        "articles": number,
        "scope": "Tolls move work",
    } | given
    kind = given.pop("kind", "opened" if number == 1 else "reinforced")
    return event(
        number, number, signal_id="g1", kind=kind, evidence_id=f"e{number}", claim=claim, quote=quote or claim, **given
    )


TOLLS = (
    told(1, "Orrin Mills moved its loom work to Veldt after the third toll rise."),
    told(2, "Tarn Glass has closed 2 of its 5 ovens since the toll rise."),
    told(3, "Seven of the nine mills have stayed, the guild said.", stance="contradicts", kind="contradicted"),
)
