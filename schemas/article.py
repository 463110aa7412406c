"""The article: one published item, and the outcome that ends its way through the stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from schemas.vocabulary import DateFlag, OutcomeKind, TextOrigin

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class ImportedQuote:
    """A quote that an imported page gives under the title of this article. It weighs nothing until it is found.

    The words of the class are as the page states them, known to the vocabularies or not.
    """

    quote: Annotated[str, Meta(min_length=1, max_length=4000)]
    anchor: Annotated[str, Meta(max_length=300)]  # "" when the page gives none
    reasoning: Annotated[str, Meta(max_length=4000)]
    import_id: Id  # of the page
    kind: Annotated[str, Meta(max_length=120)] = ""
    lens: Annotated[str, Meta(max_length=120)] = ""
    sectors: Annotated[tuple[Annotated[str, Meta(max_length=120)], ...], Meta(max_length=40)] = ()
    geographies: Annotated[tuple[Annotated[str, Meta(max_length=120)], ...], Meta(max_length=40)] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """One revision of one published item.

    `text` is the stored, visible text: every quote is a span `[quote_start, quote_end)` of it, counted in
    Unicode code points. A headline without a body has its title as text. All times are UTC.
    """

    article_id: Id  # 20 hex digits, derived from the canonical URL or else the given id
    revision: Count  # 0 for the first content seen, +1 for each changed content
    url: Annotated[str, Meta(max_length=4096)]  # canonical; "" when the source gave none
    external_id: Annotated[str, Meta(max_length=1000)]  # the `id` that the source gave, "" if none
    title: Annotated[str, Meta(max_length=1000)]
    text: Annotated[str, Meta(max_length=400_000)]
    publisher: Annotated[str, Meta(max_length=300)]
    family: Annotated[str, Meta(max_length=300)]  # outlets of one family count as one voice
    language: Annotated[str, Meta(max_length=8)]  # ISO 639-1, "" when unknown
    published_at: datetime  # event time, clamped; see date_flag
    fetched_at: datetime
    date_flag: DateFlag
    text_origin: TextOrigin  # where `text` comes from: the feed, the page, only a teaser, or given by ingest
    note: Annotated[str, Meta(max_length=1000)]  # what went wrong on the way, in words ("" if nothing)
    feed_url: Annotated[str, Meta(max_length=4096)]
    content_hash: Annotated[str, Meta(max_length=64)]
    copy_of: Annotated[str, Meta(max_length=200)]  # article_id of the original when this is a syndicated copy
    ordinal: Count  # 1, 2, 3 … for articles that commit in order; 0 for live ones
    attempt: Count = 0  # how often it was published again because no outcome came
    # What imported pages quote from an article of this title; set at the door, so that it replays.
    imported: Annotated[tuple[ImportedQuote, ...], Meta(max_length=32)] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an article: exactly one per (generation, article); a revision's replaces the former one's."""

    article_id: Id
    revision: Count
    external_id: str
    outcome: OutcomeKind
    reason: str  # why it was rejected or deferred, or why nothing was taken from it; "" when accepted
    primary_story_id: str
    primary_signal_id: str
    story_ids: tuple[str, ...]
    signal_ids: tuple[str, ...]
    evidence_ids: tuple[str, ...]
    at: datetime  # event time of the article
