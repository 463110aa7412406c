"""Evidence: one observation from one article, as an analyst proposes it and as the ledger commits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from schemas.article import Count, Id
from schemas.vocabulary import Basis, EvidenceStatus, Kind, Lens, ReasoningOrigin, Stance

Tag = Annotated[str, Meta(min_length=1, max_length=120)]
Micro = Annotated[int, Meta(ge=0, le=1_000_000)]  # millionths of one unit of salience


@dataclass(frozen=True, slots=True)
class Evidence:
    """A grounded observation: `quote == article.text[quote_start:quote_end]` and `anchor in quote`."""

    evidence_id: Id  # derived from article, revision and offsets
    item: Count  # 0, or the number of the round-up's item it was taken from
    quote: Annotated[str, Meta(min_length=1, max_length=4000)]
    quote_start: Count
    quote_end: Count
    anchor: Annotated[str, Meta(min_length=1, max_length=300)]
    claim: Annotated[str, Meta(min_length=1, max_length=600)]
    stance: Stance
    reasoning: Annotated[str, Meta(max_length=4000)]
    reasoning_origin: ReasoningOrigin
    kind: Kind
    lens: Lens
    sectors: Annotated[tuple[Tag, ...], Meta(max_length=8)]
    geographies: Annotated[tuple[Tag, ...], Meta(max_length=12)]
    actors: Annotated[tuple[Tag, ...], Meta(max_length=20)]
    salience: Micro
    # Retrieval features of the item, not of the quote alone: term -> occurrences. At most 80 terms.
    terms: dict[str, float]
    # The mechanism in general words, without names and numbers: where evidence from different stories meets.
    mechanism: Annotated[str, Meta(max_length=600)] = ""
    embedding: Annotated[bytes, Meta(max_length=32_768)] = b""  # of claim and mechanism: float32, little-endian
    embedding_model: Annotated[str, Meta(max_length=200)] = ""  # "" exactly when `embedding` is empty


@dataclass(frozen=True, slots=True)
class Embedding:
    """A vector of one evidence's claim and mechanism: float32, little-endian, `dimension` of them."""

    evidence_id: Id
    model: Annotated[str, Meta(min_length=1, max_length=200)]
    dimension: Count
    vector: Annotated[bytes, Meta(max_length=32_768)]


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """One sentence of an analysis with the evidence ids that carry it."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    cites: Annotated[tuple[str, ...], Meta(max_length=20)]


@dataclass(frozen=True, slots=True)
class RejectedQuote:
    """A quote that an analyst gave and the article does not contain, or that breaks another rule."""

    quote: Annotated[str, Meta(max_length=4000)]
    reason: Annotated[str, Meta(min_length=1, max_length=600)]


@dataclass(frozen=True, slots=True)
class MatchScore:
    """One candidate that an evidence was compared with: score 0 to 1, and the features it was made from."""

    story_id: str  # "" for a thesis
    signal_id: str
    score: float
    features: dict[str, float]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Membership: one evidence as committed, with the story and the signal it counts for.

    `micro` is what it adds to its signal's mass; 0 for copies, context and rejected rows.
    """

    evidence_id: Id
    article_id: Id
    revision: Count
    external_id: str
    article_url: str
    article_title: str
    publisher: str
    family: str
    published_at: datetime
    story_id: str
    signal_id: str
    status: EvidenceStatus
    basis: Basis
    reason: str  # why it was rejected or withdrawn; for accepted rows the deciding feature of the match
    is_copy: bool
    micro: Micro
    item: Count
    quote: str
    quote_start: Count
    quote_end: Count
    anchor: str
    claim: str
    stance: Stance
    reasoning: str
    reasoning_origin: ReasoningOrigin
    kind: Kind
    lens: Lens
    sectors: tuple[str, ...]
    geographies: tuple[str, ...]
    actors: tuple[str, ...]
    salience: Micro
    analyst: str
    mechanism: str = ""
    # UTC day it counts from, in days since 1970: that of its first publication, whatever date a revision claims.
    day: int = 0
    candidates: tuple[MatchScore, ...] = ()  # the best three it was compared with; `reason` names the deciding feature
