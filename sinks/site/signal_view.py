"""A signal as its page shows it: evidence by article, what was rejected apart, actors by count. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sinks.brief.class_line import tags
from sinks.site.ports import Row
from sinks.site.titling import renamers

SHOWN: Final = frozenset({"accepted", "provisional"})
EXTRACTS: Final = 3  # quotes that stand in for a missing analysis
MOST: Final = 300  # articles and events on one page; the JSON twin has all

# The origin of a reasoning in words; "none" has no text to label.
ORIGINS: Final[Mapping[str, str]] = {
    "model": "model: reasoned by a model, not said by the article",
    "extractive": "the article's own sentence",
    "imported": "imported",
}


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One source article and what it says about the signal. `is_copy`: syndicated, so no voice of its own."""

    article_id: str
    title: str
    url: str
    publisher: str
    published_at: Any
    is_copy: bool
    evidence: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """One sentence of an analysis with the quotes that carry it: (number, evidence id) each."""

    text: str
    cites: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class SignalView:
    """Everything on the page. `row` is what the reader returned; strengths are 0–10."""

    row: Row
    strength: float
    sectors: tuple[str, ...]
    geographies: tuple[str, ...]
    analysis: tuple[str, ...]  # paragraphs, when there are no cited sentences
    sentences: tuple[Cited, ...]
    written_by: str  # who wrote the analysis, "" without one
    titled_by: str
    analysts: tuple[str, ...]  # who took the evidence
    numbers: Mapping[str, int]  # of the quotes on the page, by evidence id, in the order of the page
    extracts: tuple[Row, ...]  # the strongest quotes, when there is no analysis
    actors: tuple[tuple[str, int], ...]
    articles: tuple[ArticleView, ...]
    supporting: int  # articles that support
    against: int  # articles that contradict
    article_count: int  # of both and of context, also those that are not on this page
    quoted_for: tuple[Row, ...]  # the strongest quotes of each side, at most one of a publisher family
    quoted_against: tuple[Row, ...]
    stories: tuple[Row, ...]
    not_counted: tuple[Row, ...]  # rejected and withdrawn evidence, never shown as evidence
    voices: tuple[tuple[str, float, float], ...]  # family, supporting and contradicting voice
    events: tuple[Row, ...]  # newest first


def view(row: Row) -> SignalView:
    """Return the view of a row of `Reader.signal`."""
    evidence = [one for one in row["evidence"] if one["status"] in SHOWN]
    articles = by_article(evidence)
    numbers = {one["evidence_id"]: at for at, one in enumerate((one for a in articles[:MOST] for one in a.evidence), 1)}
    sentences = cited(row["sentences"], numbers)
    analysis = tuple(part.strip() for part in row["analysis"].split("\n\n") if part.strip())
    written = bool(analysis or sentences)
    counts: Mapping[str, int] = row["actors"]
    return SignalView(
        row=row,
        strength=row["strength"],
        sectors=tags(row["sectors"]),
        geographies=tags(row["geographies"]),
        analysis=() if sentences else analysis,
        sentences=sentences,
        written_by=(row["narrator"] or row["analyst"]) if written else "",
        titled_by=_titled_by(row),
        analysts=tuple(row["counts"]["analysts"]),
        numbers=numbers,
        extracts=() if written else strongest(evidence, "supports"),
        actors=tuple((name, counts[name]) for name in tags(counts)),
        articles=articles,
        supporting=row["counts"]["supporting"],
        against=row["counts"]["against"],
        article_count=row["counts"]["articles"],
        quoted_for=strongest(evidence, "supports"),
        quoted_against=strongest(evidence, "contradicts"),
        stories=tuple(row["story_rows"]),
        not_counted=tuple(one for one in row["evidence"] if one["status"] not in SHOWN),
        voices=_voices(row["why"]),
        events=tuple(reversed(row["events"])),
    )


def _titled_by(row: Row) -> str:
    """Return who gave the title: the analyst who renamed the signal last, or who writes its words."""
    if not row["retitled"]:
        return str(row["narrator"] or row["analyst"])
    return next((by for by in reversed(renamers(row["events"])) if by), "an analyst")


def cited(sentences: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]) -> tuple[Cited, ...]:
    """Return the sentences with the numbers of the quotes on this page; a withdrawn quote has none."""
    return tuple(
        Cited(one["text"], tuple((numbers[cite], cite) for cite in one["cites"] if cite in numbers))
        for one in sentences
    )


def by_article(evidence: Sequence[Row]) -> tuple[ArticleView, ...]:
    """Return one view an article, in the order of the first row of each."""
    groups: dict[str, list[Row]] = {}
    for one in evidence:
        groups.setdefault(one["article_id"], []).append(one)
    return tuple(
        ArticleView(
            article_id=article_id,
            title=rows[0]["article_title"],
            url=rows[0]["article_url"],
            publisher=rows[0]["publisher"],
            published_at=rows[0]["published_at"],
            is_copy=all(one["is_copy"] for one in rows),
            evidence=tuple(sorted(rows, key=lambda one: (one["item"], one["quote_start"]))),
        )
        for article_id, rows in groups.items()
    )


def strongest(evidence: Sequence[Row], stance: str) -> tuple[Row, ...]:
    """Return the most salient quotes of a stance, at most one of a publisher family."""
    best: dict[str, Row] = {}
    for one in sorted(evidence, key=lambda one: (-one["salience"], one["evidence_id"])):
        if one["stance"] == stance and not one["is_copy"]:
            best.setdefault(one["family"], one)
    return tuple(best.values())[:EXTRACTS]


def _voices(why: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, float, float], ...]:
    supports, contradicts = why["supports"], why["contradicts"]
    rows = [(f, supports.get(f, 0.0), contradicts.get(f, 0.0)) for f in sorted({*supports, *contradicts})]
    return tuple(sorted(rows, key=lambda row: (-row[1], -row[2], row[0])))
