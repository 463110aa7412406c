"""Made-up news for measuring speed: a seeded generator whose words are distributed as in real text.

A vocabulary of 50,000 content words and 20,000 names whose frequencies fall by rank as B. Mandelbrot's refinement of
Zipf's law says (1 / (rank + q)^s; "An informational theory of the statistical structure of language", 1953). Without
function words real news starts flat (the commonest content word is in a fifth of the articles), so q is large. A
storyline has a dozen words and a few names of its own, drawn from the rarer ones; an item mixes them with the rest.
Any item can be made by itself and is the same in every run: `item(storyline, number)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate, islice, product
from random import Random
from typing import Final

from processors.decisions.ids import extraction_proposal
from schemas.evidence import Evidence
from schemas.proposal import Extraction, Proposal

WORDS: Final = 50_000
NAMES: Final = 20_000
_COMMON: Final = 300  # so many of the commonest words are no storyline's own
_CONSONANTS: Final = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "st", "t", "v", "z")
_SYLLABLES: Final = tuple(c + v for c, v in product(_CONSONANTS, ("a", "e", "i", "o", "u")))
_PUBLISHERS: Final = 2_000
_PLACES: Final = ("US", "CN", "GB", "DE", "IN", "FR", "JP", "BR")
_COMMITTED: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Shape:
    """How an item is made up, in occurrences of content words."""

    own: int  # of its storyline's words
    names: int
    others: int

    @property
    def content_words(self) -> int:
        """How many content words an item has."""
        return self.own + self.names + self.others


SHAPES: Final = {
    10: Shape(own=4, names=2, others=4),  # a headline of about 10 content words
    120: Shape(own=20, names=8, others=38),  # an item of 120 words; the rest are function words
}


class MadeNews:
    """Items of as many storylines as one likes, all of one shape."""

    def __init__(self, shape: Shape, seed: int = 7) -> None:
        self._shape, self._seed = shape, seed
        made = ["".join(parts) for parts in islice(product(_SYLLABLES, repeat=3), WORDS + NAMES)]
        Random(seed).shuffle(made)  # so that neighbouring ranks are not neighbouring words
        self._words, self._names = made[:WORDS], [name.capitalize() for name in made[WORDS:]]
        self._words_by_rank = _cumulative(WORDS, q=20.0, s=1.07)
        self._rarer = self._words[_COMMON:]
        self._rarer_by_rank = [total - self._words_by_rank[_COMMON - 1] for total in self._words_by_rank[_COMMON:]]
        self._names_by_rank = _cumulative(NAMES, q=50.0, s=1.0)
        self._publishers_by_rank = _cumulative(_PUBLISHERS, q=5.0, s=1.0)
        self._theme = lru_cache(maxsize=4)(self._theme_of)

    def _theme_of(self, storyline: int) -> tuple[list[str], list[str]]:
        chance = chances(self._seed, storyline)
        words = chance.choices(self._rarer, cum_weights=self._rarer_by_rank, k=12)
        return words, chance.choices(self._names, cum_weights=self._names_by_rank, k=4)

    def item(self, storyline: int, number: int, at: datetime, *, ordinal: int) -> Proposal:
        """Return item `number` of a storyline as the proposal that its extraction makes."""
        words, names = self._theme(storyline)
        chance, shape = chances(self._seed, storyline, number + 1), self._shape
        said = chance.choices(words, k=shape.own)
        said += chance.choices(self._words, cum_weights=self._words_by_rank, k=shape.others)
        named = chance.choices(names, k=shape.names)
        terms: dict[str, float] = {}
        for term in (*said, *(name.lower() for name in named)):
            terms[term] = terms.get(term, 0.0) + 1.0
        quote = " ".join((*named[:2], *said[:18]))
        publisher = f"Paper {chance.choices(range(_PUBLISHERS), cum_weights=self._publishers_by_rank)[0]}"
        article_id = article_id_of(storyline, number)
        actors = tuple(dict.fromkeys(named[:3]))
        return Proposal(
            proposal_id=extraction_proposal(article_id, 0),
            generation="live",
            kind="extraction",
            proposed_at=_COMMITTED,
            extraction=Extraction(
                article_id=article_id, revision=0, external_id=article_id, url=f"https://news.example/{article_id}",
                title=" ".join((*named[:2], *said[:8])), publisher=publisher, family=publisher.lower(), language="en",
                published_at=at, date_flag="ok", ordinal=ordinal, copy_of="", analyst="made-up", outcome="accepted",
                reason="", rejected=(),
                evidence=(
                    Evidence(
                        evidence_id=evidence_id_of(storyline, number), item=0, quote=quote, quote_start=0,
                        quote_end=len(quote), anchor=quote[:20], claim=" ".join((*named[:2], *said[:8])),
                        stance="supports", reasoning="", reasoning_origin="none",
                        kind=("structural", "cyclical", "event")[storyline % 3], lens="investment",
                        sectors=("energy",), geographies=(_PLACES[storyline % len(_PLACES)],), actors=actors,
                        salience=chance.randrange(200_000, 700_000), terms=terms,
                    ),
                ),
            ),
        )  # fmt: skip


def article_id_of(storyline: int, number: int) -> str:
    """Return the id of an item's article."""
    return f"{storyline:010d}{number:010d}"


def evidence_id_of(storyline: int, number: int) -> str:
    """Return the id of an item's one evidence."""
    return f"e{article_id_of(storyline, number)}"


def storyline_of(proposal: Proposal) -> int:
    """Return the storyline that a made-up proposal belongs to."""
    assert proposal.extraction is not None
    return int(proposal.extraction.article_id[:10])


def chances(*numbers: int) -> Random:
    """Return a generator of chance that depends on these numbers, each below 2^32, and on nothing else."""
    seed = 0
    for number in numbers:
        seed = (seed << 32) + number
    return Random(seed)


def _cumulative(count: int, q: float, s: float) -> list[float]:
    """Return the cumulative frequencies of the ranks 1 to `count`."""
    return list(accumulate(1.0 / (rank + q) ** s for rank in range(1, count + 1)))
