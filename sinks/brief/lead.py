"""The lead: what the most worthy signal's own evidence claims, in a sentence or two. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sinks.brief.items import BriefItem, ProseSentence

MOST: Final = 2
_ENDS: Final = (".", "!", "?", "…", "”", "。")


def lead(item: BriefItem) -> tuple[ProseSentence, ...]:
    """Return sentences with the evidence that claims them, newest quotes first; none where a narrator has written.

    A claim that only repeats the title, or another claim, is left out.
    """
    if item.prose:
        return ()
    said = {_folded(item.title)}
    found: list[ProseSentence] = []
    for quote in sorted(item.quotes, key=lambda quote: quote.published_at, reverse=True):
        claim = " ".join(quote.claim.split())
        if claim and quote.evidence_id and _folded(claim) not in said:
            said.add(_folded(claim))
            found.append(ProseSentence(claim if claim.endswith(_ENDS) else f"{claim}.", (quote.evidence_id,)))
    return tuple(found[:MOST])


def lead_first(item: BriefItem) -> BriefItem:
    """Return the item with the quotes that its lead rests on before the others, so that numbers begin with 1."""
    cited = [cite for sentence in lead(item) for cite in sentence.cites]
    led = [quote for cite in cited for quote in item.quotes if quote.evidence_id == cite]
    return replace(item, quotes=(*led, *(quote for quote in item.quotes if quote.evidence_id not in cited)))


def _folded(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
