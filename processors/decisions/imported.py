"""Quotes of imported pages become evidence where the article holds them, and rejected quotes where it does not. Pure.

An imported quote is looked up like any analyst's. What is found supports its claim, with the class that the page
states as far as the vocabularies have it, and a moderate salience: the page's own word about importance is not taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from processors.decisions.grounding import MOST_ANCHOR, Grounded, Refused, ground, paragraph_of
from processors.decisions.ids import quote_key
from processors.decisions.text import terms
from schemas.article import Article, ImportedQuote
from schemas.copying import replace
from schemas.evidence import Evidence, RejectedQuote
from schemas.proposal import Extraction
from schemas.stated import TAKEN_AS, imported_evidence_id
from schemas.vocabulary import COUNTRIES, KINDS, LENSES, SECTORS, Kind, Lens

SALIENCE: Final = 400_000  # millionths: that of a plain event, far below the 950,000 that publish a signal alone
MOST: Final = 64  # of evidence, and of rejected quotes, in one extraction
_MOST_CLAIM: Final = 600
_MOST_REASON: Final = 600
_SECTORS: Final = {sector.casefold(): sector for sector in SECTORS}


def with_imported(extraction: Extraction, article: Article) -> Extraction:
    """Return the extraction with the article's imported quotes: found ones as evidence, the others as rejected.

    Words that the analyst has taken itself are not counted twice: its evidence stays, and a rejected row says so.
    A deferred extraction stays as it is, since the article is read again.
    """
    if not article.imported or extraction.outcome == "deferred":
        return extraction
    evidence, rejected = list(extraction.evidence), list(extraction.rejected)
    for given in article.imported:
        found = ground(article.text, given.quote, given.anchor or _first_words(given.quote))
        if isinstance(found, Refused):
            reason = f"imported with {given.import_id} and not verified: {found.reason}"
            rejected.append(RejectedQuote(given.quote, reason[:_MOST_REASON]))
            continue
        made = _evidence(article, extraction.evidence, given, found)
        same = next((each for each in evidence if _overlap(each, made)), None)
        if same is None:
            evidence.append(made)
        elif same.evidence_id != made.evidence_id:
            rejected.append(RejectedQuote(given.quote, f"{TAKEN_AS}{same.evidence_id}"))
    if len(evidence) == len(extraction.evidence) and len(rejected) == len(extraction.rejected):
        return extraction
    return replace(
        extraction,
        outcome="accepted" if evidence else extraction.outcome,
        reason="" if evidence else extraction.reason,
        evidence=tuple(evidence[:MOST]),
        rejected=tuple(rejected[:MOST]),
    )


def _evidence(article: Article, taken: Sequence[Evidence], given: ImportedQuote, found: Grounded) -> Evidence:
    """Return the evidence; what the page cannot tell is as the analyst's evidence of the same article has it."""
    like = taken[0] if taken and len({each.item for each in taken}) == 1 else None
    reasoning = given.reasoning.strip()
    return Evidence(
        evidence_id=imported_evidence_id(article.article_id, given.quote),
        item=like.item if like else 0,
        quote=found.quote,
        quote_start=found.start,
        quote_end=found.end,
        anchor=found.anchor,
        claim=_claim(article.title, found.quote),
        stance="supports",
        reasoning=reasoning,
        reasoning_origin="imported" if reasoning else "none",
        kind=_kind(given.kind, like),
        lens=_lens(given.lens, like),
        sectors=_once(_SECTORS.get(word.strip().casefold(), "") for word in given.sectors)[:8],
        geographies=_once(word if word in COUNTRIES else "" for word in map(_code, given.geographies))[:12],
        actors=like.actors if like else (),
        salience=SALIENCE,
        terms=dict(like.terms) if like else _terms(article, bool(taken), found),
    )


def _terms(article: Article, is_roundup: bool, found: Grounded) -> dict[str, float]:
    """Return what the item is found by: its paragraph in a round-up, else the whole article."""
    if is_roundup:
        return terms("", paragraph_of(article.text, found.start, found.end))
    return terms("" if article.text == article.title else article.title, article.text)


def _overlap(one: Evidence, other: Evidence) -> bool:
    """Say whether two quotes are the same words: more than half of the shorter one, or all of them elsewhere."""
    shared = min(one.quote_end, other.quote_end) - max(one.quote_start, other.quote_start)
    shorter = min(one.quote_end - one.quote_start, other.quote_end - other.quote_start)
    return 2 * shared > shorter or quote_key(one.quote) == quote_key(other.quote)


def _first_words(quote: str) -> str:
    """Return an anchor for a quote that has none: its first words."""
    if len(quote) <= MOST_ANCHOR:
        return quote
    cut = quote.rfind(" ", 0, MOST_ANCHOR)
    return quote[: cut if cut > 0 else MOST_ANCHOR]


def _claim(title: str, quote: str) -> str:
    claim = " ".join((title or quote).split())
    return claim if len(claim) <= _MOST_CLAIM else claim[: _MOST_CLAIM - 1] + "…"


def _kind(word: str, like: Evidence | None) -> Kind:
    """An unknown kind fades fastest."""
    return next((kind for kind in KINDS if kind == word.strip().casefold()), like.kind if like else "event")


def _lens(word: str, like: Evidence | None) -> Lens:
    return next((lens for lens in LENSES if lens == word.strip().casefold()), like.lens if like else "society")


def _code(word: str) -> str:
    return word.strip().upper()


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in words if word))
