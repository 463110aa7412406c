"""Brief prose: a few sentences an item, each citing quotes of that item and borne out by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from processors.analysts.llm.api import Call, Llm
from processors.analysts.llm.shown import as_data
from processors.decisions.narration import kept
from processors.prompts import prompt
from schemas.evidence import CitedSentence

PROMPT: Final = "brief/1"
_LOOKED_AT: Final = 40  # sentences of an item that are looked at
_MOST_SENTENCES: Final = 5  # an item


class ItemSentence(BaseModel):
    """One sentence with the numbers of the evidence that carries it."""

    model_config = ConfigDict(extra="forbid")

    text: str
    cites: list[int]


class ItemProse(BaseModel):
    """The prose of one item, named by its number from 1."""

    model_config = ConfigDict(extra="forbid")

    item: int
    sentences: list[ItemSentence]


class BriefAnswer(BaseModel):
    """What the model answers."""

    model_config = ConfigDict(extra="forbid")

    items: list[ItemProse]


@dataclass(frozen=True, slots=True)
class Source:
    """One quote of an item, with what a sentence citing it may take names from."""

    evidence_id: str
    quote: str
    publisher: str
    article_title: str
    stance: str


@dataclass(frozen=True, slots=True)
class ProseItem:
    """One signal of a brief as a narrator sees it; `happened` are sentences about the time since the last brief."""

    signal_id: str
    title: str
    happened: tuple[str, ...]
    sources: tuple[Source, ...]


class LlmProse:
    """Writes prose for briefs, all items in one call. `write` raises Unusable, or Retryable, as `Llm.ask` does."""

    def __init__(self, llm: Llm) -> None:
        self._llm, self._prompt = llm, prompt(PROMPT)
        self.name = f"llm/{llm.model('brief')}/{PROMPT}"

    async def write(self, items: Sequence[ProseItem]) -> Mapping[str, tuple[CitedSentence, ...]]:
        """Return what may stand of the prose, by signal id; items without any are left out."""
        if not any(item.sources for item in items):
            return {}
        about = ",".join(item.signal_id for item in items)[:200]
        answer = await self._llm.ask(Call("brief", self._prompt, as_data(shown(items)), BriefAnswer, about=about))
        return kept_prose(items, answer)


def shown(items: Sequence[ProseItem]) -> Mapping[str, object]:
    """Return what the model sees of a brief; evidence is numbered through all items."""
    told, number = [], 0
    for at, item in enumerate(items, 1):
        evidence = []
        for source in item.sources:
            number += 1
            evidence.append(
                {
                    "number": number,
                    "stance": source.stance,
                    "publisher": source.publisher,
                    "headline": source.article_title,
                    "quote": source.quote,
                }
            )
        told.append({"item": at, "title": item.title, "happened": list(item.happened), "evidence": evidence})
    return {"items": told}


def kept_prose(items: Sequence[ProseItem], answer: BriefAnswer) -> dict[str, tuple[CitedSentence, ...]]:
    """Return the sentences that their item's own evidence bears out, by signal id."""
    ids: dict[int, str] = {}
    for source in (source for item in items for source in item.sources):
        ids[len(ids) + 1] = source.evidence_id
    found: dict[str, tuple[CitedSentence, ...]] = {}
    for told in answer.items:
        if not 1 <= told.item <= len(items) or items[told.item - 1].signal_id in found:
            continue
        item = items[told.item - 1]
        words = {
            source.evidence_id: "\n".join(filter(None, (source.quote, source.article_title, source.publisher)))
            for source in item.sources
        }
        sentences = [
            CitedSentence(one.text, tuple(ids[number] for number in one.cites if number in ids))
            for one in told.sentences[:_LOOKED_AT]
        ]
        if stand := kept(sentences, words)[:_MOST_SENTENCES]:
            found[item.signal_id] = stand
    return found
