"""Which signals the list shows: strength as of now, filtered by strength and words, strongest first. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sinks.brief.class_line import tags
from sinks.site.ports import Row


@dataclass(frozen=True, slots=True)
class Filter:
    """`least` is a strength from 0 to 10; every word of `words` must occur in title, scope or tags."""

    least: float = 0.0
    words: str = ""


def read_filter(query: Mapping[str, str]) -> Filter:
    """Read the GET parameters `min` and `q`; what makes no sense is ignored."""
    try:
        least = float(query.get("min", "") or 0.0)
    except ValueError:
        least = 0.0
    least = min(max(least, 0.0), 10.0) if math.isfinite(least) else 0.0
    return Filter(least, " ".join(query.get("q", "")[:200].split()))


def shown(rows: Iterable[Row], wanted: Filter) -> list[Row]:
    """Return the rows that fit, strongest first, each with `strength_now` and its tags in order."""
    found = []
    for row in rows:
        now = float(row["strength"])
        # As a reader sees it: a signal shown as 5.0 is not hidden by "at least 5".
        if round(now, 1) >= wanted.least and _fits(row, wanted.words):
            named = {"sector_names": tags(row["sectors"]), "geography_names": tags(row["geographies"])}
            found.append(row | {"strength_now": now} | named)
    return sorted(found, key=lambda row: (-row["strength_now"], row["signal_id"]))


def _fits(row: Row, words: str) -> bool:
    if not words:
        return True
    parts = (row["title"], row["scope"], row["kind"], row["lens"])
    text = " ".join((*parts, *row["sectors"], *row["geographies"], *row["actors"])).casefold()
    return all(word in text for word in words.casefold().split())
