"""A signal as its page shows it: evidence by article, what was rejected apart, actors by count. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sinks.brief.class_line import tags
from sinks.site.ports import Components, Row

SHOWN: Final = frozenset({"accepted", "provisional"})
EXTRACTS: Final = 3  # quotes that stand in for a missing analysis
MOST: Final = 300  # articles and events on one page; the JSON twin has all

# The origin of a reasoning in words; "none" has no text to label.
ORIGINS: Final[Mapping[str, str]] = {
    "model": "reasoned by a model",
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
class SignalView:
    """Everything on the page. `row` is what the reader returned; strengths are 0–10."""

    row: Row
    strength: float
    sectors: tuple[str, ...]
    geographies: tuple[str, ...]
    analysis: tuple[str, ...]  # paragraphs
    extracts: tuple[Row, ...]  # the strongest quotes, when there is no analysis
    actors: tuple[tuple[str, int], ...]
    articles: tuple[ArticleView, ...]
    against: int  # articles that contradict
    stories: tuple[Row, ...]
    not_counted: tuple[Row, ...]  # rejected and withdrawn evidence, never shown as evidence
    voices: tuple[tuple[str, float, float], ...]  # family, supporting and contradicting voice
    events: tuple[Row, ...]  # newest first


def view(row: Row, strength: float, components: Components) -> SignalView:
    """Return the view of a row of `Reader.signal`."""
    evidence = [one for one in row["evidence"] if one["status"] in SHOWN]
    articles = by_article(evidence)
    analysis = tuple(part.strip() for part in row["analysis"].split("\n\n") if part.strip())
    counts: Mapping[str, int] = row["actors"]
    return SignalView(
        row=row,
        strength=strength,
        sectors=tags(row["sectors"]),
        geographies=tags(row["geographies"]),
        analysis=analysis,
        extracts=() if analysis else strongest(evidence),
        actors=tuple((name, counts[name]) for name in tags(counts)),
        articles=articles,
        against=sum(any(one["stance"] == "contradicts" for one in a.evidence) for a in articles),
        stories=tuple(row["story_rows"]),
        not_counted=tuple(one for one in row["evidence"] if one["status"] not in SHOWN),
        voices=_voices(components),
        events=tuple(reversed(row["events"])),
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


def strongest(evidence: Sequence[Row]) -> tuple[Row, ...]:
    """Return the most salient supporting quotes, at most one of a publisher family."""
    best: dict[str, Row] = {}
    for one in sorted(evidence, key=lambda one: (-one["salience"], one["evidence_id"])):
        if one["stance"] == "supports" and not one["is_copy"]:
            best.setdefault(one["family"], one)
    return tuple(best.values())[:EXTRACTS]


def _voices(components: Components) -> tuple[tuple[str, float, float], ...]:
    families = sorted({*components.supports, *components.contradicts})
    rows = [(f, components.supports.get(f, 0.0), components.contradicts.get(f, 0.0)) for f in families]
    return tuple(sorted(rows, key=lambda row: (-row[1], -row[2], row[0])))
