"""The content of a brief, as its `body` carries it in JSON: one item a signal, its quotes, and the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

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


@dataclass(frozen=True, slots=True)
class BriefItem:
    """One signal of the brief. Strengths are 0–10 "as then known"; `happened` are sentences."""

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


@dataclass(frozen=True, slots=True)
class BriefBody:
    """Everything that a brief says. The window is event time (since, until]; counts are of that window."""

    since: datetime
    until: datetime
    score: float
    articles: int
    candidates: int
    items: tuple[BriefItem, ...]


def encode_body(body: BriefBody) -> str:
    """Return the body as JSON; times in ISO 8601 with Z."""
    return msgspec.json.encode(body).decode()


def decode_body(text: str) -> BriefBody:
    """Read a stored body. Raises msgspec.ValidationError or msgspec.DecodeError when it is none."""
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
        families=len(row["families"]),
        stories=len(row["stories"]),
        articles=row["articles"],
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
        )
        for event in latest
    )
