"""A language model that says what a test tells it to, and items to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from processors.analysts.llm.api import A, Call, Stage, Unusable, Vectors
from schemas.article import Article
from tests.builders import article
from tests.llm.honest_extract import shown

AT = datetime(2026, 5, 4, 7, tzinfo=UTC)
STRAIT = (
    "Insurers have begun to withdraw cover from ships that use the northern strait. The Port Authority of Calder Bay "
    "said on Monday that arrivals fell 38 percent in April. “Without war-risk cover no bank will finance a voyage,” "
    "said Ana Ruiz, chief executive of Meridian Shipping.\n\n"
    "Because underwriters price the whole route rather than a single vessel, one attack raises premiums for everyone, "
    "which means that smaller operators leave first. Japan has not asked for help."
)
SECOND = "The Port Authority of Calder Bay said on Monday that arrivals fell 38 percent in April."
MECHANISM = "Insurers that price a whole route make it too dear for small operators after one attack."

Said = Any  # a list of items, or an exception to raise


class ScriptedLlm:
    """Answers `extract` by `say(call)`: a list of items (dicts), or an exception to raise. Records its calls."""

    def __init__(
        self, say: Callable[[Call[Any]], Said], embed: Callable[[Sequence[str]], Vectors] | None = None
    ) -> None:
        self._say, self._embed = say, embed
        self.calls: list[Call[Any]] = []
        self.embedded: list[tuple[str, ...]] = []

    def model(self, stage: Stage) -> str:
        """Return the model of a stage that is scripted."""
        if stage == "embed":
            return "scripted-embed" if self._embed else ""
        return "scripted"

    async def ask(self, call: Call[A]) -> A:
        """Return what the script says, of the asked-for shape or Unusable."""
        self.calls.append(call)
        said = self._say(call)
        if isinstance(said, Exception):
            raise said
        try:
            return call.answer.model_validate({"items": said})
        except ValidationError as error:
            raise Unusable("the answer is not of the asked-for shape") from error

    async def embed(self, texts: Sequence[str], about: str = "") -> Vectors:
        """Return the scripted vectors."""
        assert self._embed is not None
        self.embedded.append(tuple(texts))
        return self._embed(texts)


class Shelf:
    """Shared answers in memory."""

    def __init__(self) -> None:
        self.bodies: dict[str, str] = {}

    def shared(self, key: str) -> str | None:
        """Return what is under `key`."""
        return self.bodies.get(key)

    def share(self, key: str, body: str) -> None:
        """Keep `body`."""
        self.bodies[key] = body


def report(text: str = STRAIT, title: str = "Insurers leave the strait", **given: Any) -> Article:
    """Return an article with this text."""
    return article(text=text, title=title, publisher="The Calder Post", **given)


def item(quote: str = SECOND, anchor: str = "arrivals fell 38 percent", **given: Any) -> dict[str, Any]:
    """Return an item that holds for STRAIT unless told otherwise."""
    return {
        "quote": quote,
        "anchor": anchor,
        "claim": "Arrivals fell 38 percent in April.",
        "event": "Arrivals fell 38 percent in April.",
        "mechanism": MECHANISM,
        "generalises": "It holds wherever one price is asked for a whole route.",
        "stance": "supports",
        "kind": "structural",
        "lens": "investment",
        "sectors": ["shipping"],
        "geographies": ["JP"],
        "actors": ["Meridian Shipping"],
        "salience": 60,
    } | given


def text_shown(call: Call[Any]) -> str:
    """Return the article's text as a call shows it."""
    return shown(call.user)[1]


def always(*items: dict[str, Any]) -> Callable[[Call[Any]], Said]:
    """Return a script that gives the same items whatever it is asked."""
    return lambda call: list(items)


def in_turn(*answers: Said) -> Callable[[Call[Any]], Said]:
    """Return a script that gives these answers one after the other."""
    left = list(answers)
    return lambda call: left.pop(0)
