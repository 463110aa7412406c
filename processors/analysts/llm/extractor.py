"""The Extractor that asks a language model: what it says becomes evidence only as far as the article bears it out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from processors.analysts.llm.api import Llm, Prompt, Unusable
from processors.analysts.llm.compose_evidence import Composer
from processors.analysts.llm.reading import Found, Reader, Reading, Window
from processors.analysts.llm.shared_answers import SharedAnswers, body_of, items_of, shared_key
from processors.analysts.llm.windows import Part, parts, windows
from processors.decisions.extracted import extracted
from processors.decisions.grounding import Refused
from processors.prompts import prompt
from schemas.article import Article
from schemas.evidence import Evidence, RejectedQuote
from schemas.proposal import Extraction
from schemas.vocabulary import KINDS, LENSES, SECTORS, STANCES, OutcomeKind

PROMPT: Final = "extract/1"
MOST_EVIDENCE, MOST_REJECTED = 64, 64
MOST_REASON = 500
# A copy makes do with its original's items when at least this share of them stands in its own text.
ENOUGH_OF_ORIGINAL: Final = 0.5
MOST_VECTOR = 32_768  # bytes


class LlmExtractor:
    """Stands behind the port `Extractor`; `llm/<model>/extract/1` by name."""

    def __init__(self, llm: Llm, *, sectors: tuple[str, ...] = SECTORS, shared: SharedAnswers | None = None) -> None:
        """Take the sectors in force, and where copies find what was taken from their originals."""
        self._llm, self._sectors, self._shared = llm, sectors, shared
        self._prompt = with_vocabularies(prompt(PROMPT), sectors)
        self.name = f"llm/{llm.model('extract')}/{PROMPT}"

    async def extract(self, article: Article) -> Extraction:
        """Return what the article says, possibly nothing. Raises Retryable, never anything for its content."""
        own = parts(article)
        composers = {part.number: Composer(article, part, self._sectors) for part in own}
        found = self._from_original(article, own, composers)
        if found is not None:
            return await self._concluded(article, Reading(found), [])
        spans = _windows(article, own)
        if not spans:
            return await self._concluded(article, Reading(), [], "nothing worth extracting: the text has no words")
        reader = Reader(self._llm, self._prompt, article)
        # All windows are waited for even when one fails: what they cost is paid, and their answers are remembered.
        outcomes = await asyncio.gather(
            *(reader.read(window, composers[window.part.number]) for window in spans), return_exceptions=True
        )
        whole, failed = Reading(), []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            whole.found.extend(outcome.found)
            whole.rejected.extend(outcome.rejected)
            if outcome.failed:
                failed.append(outcome.failed)
        if self._shared is not None and not failed and (whole.found or not whole.rejected):
            self._shared.share(self._key(article), body_of([each.item for each in once(whole.found)]))
        return await self._concluded(article, whole, failed)

    def _key(self, article: Article) -> str:
        return shared_key(article, self._prompt, self._llm.model("extract"))

    def _from_original(
        self, article: Article, own: Sequence[Part], composers: dict[int, Composer]
    ) -> list[Found] | None:
        """Return what a copy has of its original's evidence; None when it is none, or has too little of it."""
        if self._shared is None or not article.copy_of:
            return None
        items = items_of(self._shared.shared(self._key(article)))
        if items is None:
            return None
        found: list[Found] = []
        for item in items[:MOST_EVIDENCE]:
            for part in own:
                made = composers[part.number].evidence(item, (part.start, part.end))
                if not isinstance(made, Refused):
                    found.append(Found(made, item))
                    break
        return found if len(found) >= ENOUGH_OF_ORIGINAL * len(items) else None

    async def _concluded(
        self, article: Article, whole: Reading, failed: Sequence[str], nothing: str = ""
    ) -> Extraction:
        unused = [f"the model's answer could not be used: {why}" for why in failed]
        rejected = [*(RejectedQuote("", reason) for reason in unused), *whole.rejected]
        evidence = await self._embedded(article, [each.evidence for each in once(whole.found)])
        outcome: OutcomeKind = "accepted" if evidence else "rejected" if rejected else "nothing"
        if evidence:
            reason = ""
        elif unused:
            reason = unused[0]
        elif rejected:
            reason = f"no quote could be verified: {rejected[0].reason}"
        else:
            reason = nothing or f"nothing worth extracting, says {self.name}"
        # An answer that could not be used has no quote: when it is all there is, the outcome's reason says it.
        shown = tuple(rejected[:MOST_REJECTED]) if evidence or whole.rejected else ()
        return extracted(article, self.name, outcome, reason[:MOST_REASON], evidence, shown)

    async def _embedded(self, article: Article, evidence: list[Evidence]) -> tuple[Evidence, ...]:
        """Return the evidence with vectors of claim and mechanism, or without when there is no use in them."""
        if not evidence or not self._llm.model("embed"):
            return tuple(evidence)
        try:
            made = await self._llm.embed([told(e.claim, e.mechanism) for e in evidence], article.article_id)
        except Unusable:
            return tuple(evidence)
        sizes = {len(vector) for vector in made.vectors}
        if len(made.vectors) != len(evidence) or sizes != {4 * made.dimension} or max(sizes) > MOST_VECTOR:
            return tuple(evidence)
        return tuple(
            replace(each, embedding=vector, embedding_model=made.model[:200])
            for each, vector in zip(evidence, made.vectors, strict=True)
        )


def told(claim: str, mechanism: str) -> str:
    """Return the text whose vector stands for an evidence: its claim, then its mechanism."""
    stop = "" if claim.endswith((".", "!", "?", "。")) or not mechanism else "."
    return f"{claim}{stop} {mechanism}".strip()


def with_vocabularies(given: Prompt, sectors: Sequence[str]) -> Prompt:
    """Return the prompt with the vocabularies in force in the places of `[[kinds]]`, `[[lenses]]` and so on."""
    system = given.system
    lists = {"kinds": KINDS, "lenses": LENSES, "stances": STANCES, "sectors": sectors}
    for name, words in lists.items():
        system = system.replace(f"[[{name}]]", ", ".join(words))
    return Prompt(given.name, system)


def once(found: Sequence[Found]) -> list[Found]:
    """Return what is left when no passage is said twice, at most 64 of them, the weightiest, in order.

    Two quotes are of one passage when they share more than half of the shorter one; the first stays.
    """
    kept: list[Found] = []
    for each in found:
        if not any(_overlap(each.evidence, other.evidence) for other in kept):
            kept.append(each)
    weightiest = sorted(range(len(kept)), key=lambda at: -kept[at].evidence.salience)[:MOST_EVIDENCE]
    return [kept[at] for at in sorted(weightiest)]


def _overlap(one: Evidence, other: Evidence) -> bool:
    shared = min(one.quote_end, other.quote_end) - max(one.quote_start, other.quote_start)
    return 2 * shared > min(len(one.quote), len(other.quote))


def _windows(article: Article, own: Sequence[Part]) -> list[Window]:
    """Return the windows of all parts that hold at least one letter."""
    found: list[Window] = []
    for part in own:
        spans = windows(article.text, part.start, part.end)
        found.extend(
            Window(part, start, end, number, len(spans))
            for number, (start, end) in enumerate(spans, start=1)
            if any(sign.isalpha() for sign in article.text[start:end])
        )
    return found
