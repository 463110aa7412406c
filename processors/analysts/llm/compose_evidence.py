"""From a model's item to evidence: every word is checked against the article, what cannot be checked is left out.

* The quote is found in the text or the item is refused; what is kept is the article's own text.
* The claim may hold no number, name or negation that the quote's paragraph lacks, or the item is refused.
* Mechanism and reasoning lose what has numbers or names from elsewhere, what is told of the event also what the text
  denies; tags outside the vocabularies and actors that the text does not name disappear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from processors.analysts.lexical.extractor import evidence_id
from processors.analysts.llm.answers import ExtractItem
from processors.analysts.llm.windows import Part
from processors.decisions.claims import unsupported
from processors.decisions.grounding import Grounded, Refused, ground, paragraph_of, widen
from processors.decisions.plain import plain
from processors.decisions.text import fold, sentences, terms
from schemas.article import Article
from schemas.evidence import Evidence
from schemas.vocabulary import COUNTRIES

MOST_CLAIM, MOST_MECHANISM, MOST_TOLD = 600, 600, 1_200
MOST_SECTORS, MOST_GEOGRAPHIES, MOST_ACTORS, MOST_ACTOR = 8, 12, 20, 120
# Tags of a list that are looked at: a list of thousands is a fault, not a finding.
LOOKED_AT = 60
# Below `Policy.publish_salience` (950,000): a signal is never published on a model's word about importance alone.
MOST_SALIENCE: Final = 900_000

_ALSO_KNOWN: Final = {"UK": "GB", "EL": "GR"}
_AROUND: Final = 6_000  # characters
_GENERAL: Final = "en"  # the language of mechanisms, whatever the article's


class Composer:
    """Makes evidence of one part of one article."""

    def __init__(self, article: Article, part: Part, sectors: Sequence[str]) -> None:
        """Take the sectors in force."""
        self._article, self._part = article, part
        self._text = article.text[part.start : part.end]  # all that an evidence of this part may rest on
        self._sectors = {sector.casefold(): sector for sector in sectors}
        self._folded = fold(self._text, casefold=True).text
        only_heading = "".join(part.heading.split()) == "".join(self._text.split())
        self._terms = terms("" if only_heading else part.heading, self._text)

    def evidence(self, item: ExtractItem, span: tuple[int, int]) -> Evidence | Refused:
        """Return the evidence, or why it is none; its quote is sought in `span` of the article's text. Pure."""
        found = ground(self._article.text, item.quote, item.anchor, start=span[0], end=span[1])
        if isinstance(found, Refused):
            return found
        found = widen(self._article.text, found, start=self._part.start, end=self._part.end)
        claim = plain(item.claim, MOST_CLAIM)
        if not claim:
            return Refused("the claim is empty")
        paragraph = self._paragraph(found)
        if missing := unsupported(claim, paragraph, language=self._article.language):
            return Refused(f"the claim has what the quote and its paragraph do not say: {', '.join(missing)}")
        mechanism = plain(item.mechanism, MOST_MECHANISM)
        if _from_elsewhere(mechanism, paragraph):
            mechanism = ""
        around = self._around(found)
        told = (self._reported(item.event, around), mechanism, _argued(item.generalises, around))
        reasoning = " → ".join(part for part in told if part)
        return Evidence(
            evidence_id=evidence_id(self._article, found.start, found.end, self._part.number),
            item=self._part.number,
            quote=found.quote,
            quote_start=found.start,
            quote_end=found.end,
            anchor=found.anchor,
            claim=claim,
            stance=item.stance,
            reasoning=reasoning,
            reasoning_origin="model" if reasoning else "none",
            kind=item.kind,
            lens=item.lens,
            sectors=self._known_sectors(item.sectors),
            geographies=_known_geographies(item.geographies),
            actors=self._named_actors(item.actors),
            salience=micro(item.salience),
            terms=self._terms,
            mechanism=mechanism,
        )

    def _paragraph(self, found: Grounded) -> str:
        """The paragraph around the quote, never beyond the part: a claim must not lean on another item."""
        return paragraph_of(self._text, found.start - self._part.start, found.end - self._part.start)

    def _around(self, found: Grounded) -> str:
        """As much of the part around the quote as a window shows: what the model can have read with it."""
        start = found.start - self._part.start
        return self._text[max(0, start - _AROUND) : start + len(found.quote) + _AROUND]

    def _reported(self, text: str, source: str) -> str:
        """Return the sentences of `text` that `source` bears out."""
        language = self._article.language
        return _sentences_of(text, lambda said: not unsupported(said, source, language=language))

    def _known_sectors(self, given: Sequence[str]) -> tuple[str, ...]:
        known = (self._sectors.get(sector.strip().casefold(), "") for sector in given[:LOOKED_AT])
        return tuple(dict.fromkeys(sector for sector in known if sector))[:MOST_SECTORS]

    def _named_actors(self, given: Sequence[str]) -> tuple[str, ...]:
        """Names that the part has, the publisher's own left out, each once whatever its case."""
        own = self._article.publisher.casefold().removeprefix("the ")
        named: dict[str, str] = {}
        for actor in given[:LOOKED_AT]:
            name = plain(actor, MOST_ACTOR)
            folded = fold(name, casefold=True).text.strip()
            if name != name.lower() or not name.isascii():
                bare = folded.removeprefix("the ")
                if len(bare) > 1 and bare != own and self._has(folded):
                    named.setdefault(bare, name)
        return tuple(named.values())[:MOST_ACTORS]

    def _has(self, folded: str) -> bool:
        border = "" if any(sign >= "\u0e00" for sign in folded) else r"(?!\w)"  # no spaces between words there
        before = r"(?<!\w)" if border else ""
        return re.search(before + re.escape(folded) + border, self._folded) is not None


def _argued(text: str, source: str) -> str:
    """Return the sentences of `text` whose numbers and names `source` has."""
    return _sentences_of(text, lambda said: not _from_elsewhere(said, source))


def _sentences_of(text: str, holds: Callable[[str], bool]) -> str:
    told = plain(text, MOST_TOLD)
    return " ".join(told[a:b] for a, b in sentences(told) if holds(told[a:b]))


def _from_elsewhere(said: str, source: str) -> bool:
    """Whether general words have numbers or names that `source` lacks. Negations are their own: they only explain."""
    return any(what.startswith(("the number ", "the name ")) for what in unsupported(said, source, language=_GENERAL))


def micro(salience: int) -> int:
    """Return a model's 0 to 100 as millionths of one unit, at most MOST_SALIENCE."""
    return min(max(0, min(100, salience)) * 10_000, MOST_SALIENCE)


def _known_geographies(given: Sequence[str]) -> tuple[str, ...]:
    codes = (code.strip().upper() for code in given[:LOOKED_AT])
    named = (_ALSO_KNOWN.get(code, code) for code in codes)
    return tuple(dict.fromkeys(code for code in named if code in COUNTRIES))[:MOST_GEOGRAPHIES]
