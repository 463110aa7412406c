"""The content of a brief, as its `body` carries it in JSON: one item a signal, its quotes, and the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from schemas.codec import learn
from sinks.brief.class_line import tags
from sinks.brief.happened import happened


@dataclass(frozen=True, slots=True)
class BriefQuote:
    """One quote, verbatim, with where it was published. `url` is as stored: check it before linking."""

    quote: str
    anchor: str
    stance: str
    publisher: str
    url: str
    article_title: str
    published_at: datetime
    evidence_id: str = ""
    analyst: str = ""  # who took it from the article
    claim: str = ""


@dataclass(frozen=True, slots=True)
class ProseSentence:
    """One sentence that a narrator wrote about an item; `cites` are evidence ids of the item's quotes."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BriefItem:
    """One signal of the brief. Strengths are 0–10 "as then known"; `happened` are sentences of ours."""

    signal_id: str
    title: str
    state: str
    basis: str
    is_new: bool
    kind: str
    lens: str
    sectors: tuple[str, ...]
    geographies: tuple[str, ...]
    strength_before: float
    strength_after: float
    happened: tuple[str, ...]
    quotes: tuple[BriefQuote, ...]
    contradicting: tuple[BriefQuote, ...]
    families: int
    stories: int
    articles: int
    prose: tuple[ProseSentence, ...] = ()
    written_by: str = ""  # who wrote the prose
    narrator: str = ""  # who wrote the title; "" for the opening evidence's own words
    contested: bool = False  # when the brief was composed, more spoke against it than for it
    told_on: str = ""  # the day of the brief that told of it before, with `strength_before`; "" for the last brief
    interests: tuple[str, ...] = ()  # of the reader, that it touches

    @property
    def all_quotes(self) -> tuple[BriefQuote, ...]:
        """Every quote in the order in which a reader meets them."""
        return self.quotes + self.contradicting


@dataclass(frozen=True, slots=True)
class MoverLine:
    """A signal that is told of in one line."""

    signal_id: str
    title: str
    strength_before: float
    strength_after: float
    happened: str
    contested: bool = False


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Something to watch: `question` in our words, `fragments` of quotes in theirs, `cites` the evidence of each."""

    question: str
    fragments: tuple[str, ...]
    cites: tuple[str, ...]
    signal_id: str


@dataclass(frozen=True, slots=True)
class BriefBody:
    """Everything that a brief says. The window is event time (since, until]; counts are of that window."""

    since: datetime
    until: datetime
    score: float
    articles: int
    candidates: int
    items: tuple[BriefItem, ...]
    note: str = ""  # why there is no prose although somebody was to write it
    lead: tuple[ProseSentence, ...] = ()  # about the first item
    lines: tuple[MoverLine, ...] = ()
    watch: tuple[OpenQuestion, ...] = ()
    dropped: int = 0  # signals that had no place at all
    changes_since: datetime | None = None  # when changes go further back than `since`: nothing was told from then on

    def number(self, item: BriefItem, at: int) -> int:
        """Return the number of an item's quote: quotes are counted from 1 through the whole brief."""
        before = 0
        for each in self.items:
            if each.signal_id == item.signal_id:
                break
            before += len(each.all_quotes)
        return before + at + 1

    def cited(self, cites: Sequence[str]) -> tuple[int, ...]:
        """Return the numbers of the quotes with these evidence ids, in the order of the brief."""
        ids = [quote.evidence_id for item in self.items for quote in item.all_quotes]
        return tuple(number for number, evidence_id in enumerate(ids, 1) if evidence_id and evidence_id in cites)


def encode_body(body: BriefBody) -> str:
    """Return the body as JSON; times in ISO 8601 with Z."""
    return msgspec.json.encode(body).decode()


def decode_body(text: str) -> BriefBody:
    """Read a stored body. Raises msgspec.ValidationError or msgspec.DecodeError when it is none."""
    learn(BriefBody)
    return msgspec.json.decode(text.encode(), type=BriefBody)


def item(row: Mapping[str, Any]) -> BriefItem:
    """Return the item for one row of `Reader.brief_inputs(...)["signals"]`."""
    quotes = [_from_evidence(quote) for quote in row["quotes"]]
    against = [quote for quote in quotes if quote.stance == "contradicts"]
    return BriefItem(
        signal_id=row["signal_id"],
        title=row["title"],
        state=row["state"],
        basis=row["basis"],
        is_new=any(event["kind"] == "published" for event in row["window"]),
        kind=row["kind"],
        lens=row["lens"],
        sectors=tags(row["sectors"]),
        geographies=tags(row["geographies"]),
        strength_before=row["strength_before"],
        strength_after=row["strength_after"],
        happened=happened(row),
        quotes=tuple(quote for quote in quotes if quote.stance != "contradicts"),
        contradicting=tuple(against) or _from_events(row["window"]),
        families=row["family_count"],
        stories=row["story_count"],
        articles=row["articles"],
        narrator=row.get("narrator", ""),
        contested=row.get("contested", False),
        told_on=row.get("told_on", ""),
        interests=tuple(row.get("touched", ())),
    )


def _from_evidence(row: Mapping[str, Any]) -> BriefQuote:
    return BriefQuote(
        quote=row["quote"],
        anchor=row["anchor"],
        stance=row["stance"],
        publisher=row["publisher"],
        url=row["article_url"],
        article_title=row["article_title"],
        published_at=row["published_at"],
        evidence_id=row["evidence_id"],
        analyst=row["analyst"],
        claim=row.get("claim", ""),
    )


def _from_events(window: Sequence[Mapping[str, Any]]) -> tuple[BriefQuote, ...]:
    """A contradiction is never crowded out by stronger quotes: its event carries the words."""
    latest = [event for event in window if event["kind"] == "contradicted" and event["quote"]][-1:]
    return tuple(
        BriefQuote(
            quote=event["quote"],
            anchor=event["anchor"],
            stance="contradicts",
            publisher=event["publisher"],
            url=event["url"],
            article_title="",
            published_at=event["at"],
            evidence_id=event["evidence_id"],
            analyst=event.get("analyst", ""),
        )
        for event in latest
    )
