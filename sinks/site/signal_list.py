"""Which signals the list shows and in which order: a filter and a sort key from the address, a page at a time. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sinks.brief.class_line import tags
from sinks.site.ports import Row

PER_PAGE: Final = 50
MOST_PER_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asked for; "" and 0 ask for nothing.

    `least` is a strength from 0 to 10; every word of `words` must occur in title, scope, class or actors; `page` counts
    from 1.
    """

    least: float = 0.0
    words: str = ""
    kind: str = ""
    lens: str = ""
    sector: str = ""
    geography: str = ""
    sort: str = "strength"
    page: int = 1
    per: int = PER_PAGE

    def query(self, **changed: Any) -> str:
        """Return the query of the address that asks for this, with some of it changed; "" for the whole list."""
        wanted = replace(self, **{"page": 1, **changed})
        parts = {
            "q": wanted.words,
            "kind": wanted.kind,
            "lens": wanted.lens,
            "sector": wanted.sector,
            "geography": wanted.geography,
            "min": f"{wanted.least:g}" if wanted.least else "",
            "sort": wanted.sort if wanted.sort != "strength" else "",
            "page": str(wanted.page) if wanted.page > 1 else "",
            "per": str(wanted.per) if wanted.per != PER_PAGE else "",
        }
        found = urlencode({name: value for name, value in parts.items() if value})
        return f"?{found}" if found else ""

    @property
    def narrows(self) -> bool:
        """Say whether it leaves anything out."""
        return bool(self.least or self.words or self.kind or self.lens or self.sector or self.geography)


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of the list. `facets` are the choices of each filter with how many signals have them, of all signals."""

    rows: tuple[Row, ...]
    total: int
    matching: int
    pages: int
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


def _newest(name: str) -> Callable[[Row], Any]:
    def key(row: Row) -> float:
        at: datetime = row[name]
        return -at.timestamp()

    return key


# Name → what it is called, and the key by which the first one comes first. Ties go by strength, then by id.
SORTS: Final[Mapping[str, tuple[str, Callable[[Row], Any]]]] = {
    "strength": ("strength", lambda row: -row["strength"]),
    "trend": ("move in a week", lambda row: -abs(_move(row))),
    "reinforced": ("last reinforced", _newest("last_reinforced")),
    "opened": ("newest", _newest("opened_at")),
    "families": ("publisher families", lambda row: -row["family_count"]),
    "articles": ("articles", lambda row: -row["articles"]),
    "title": ("title", lambda row: row["title"].casefold()),
}


def read_filter(query: Mapping[str, str]) -> Filter:
    """Read the parameters of the address; what makes no sense is ignored."""
    sort = query.get("sort", "")
    return Filter(
        least=_number(query.get("min", ""), 0.0, 10.0),
        words=" ".join(query.get("q", "")[:200].split()),
        kind=query.get("kind", "")[:40],
        lens=query.get("lens", "")[:40],
        sector=query.get("sector", "")[:120],
        geography=query.get("geography", "")[:10].upper(),
        sort=sort if sort in SORTS else "strength",
        page=int(_number(query.get("page", ""), 1, 1_000_000)),
        per=int(_number(query.get("per", ""), 1, MOST_PER_PAGE, PER_PAGE)),
    )


def shown(rows: Iterable[Row], wanted: Filter) -> Shown:
    """Return the page that `wanted` asks for; one behind the last is the last."""
    every = list(rows)
    fitting = [row for row in every if _fits(row, wanted)]
    fitting.sort(key=lambda row: (SORTS[wanted.sort][1](row), -row["strength"], row["signal_id"]))
    pages = max(1, math.ceil(len(fitting) / wanted.per))
    start = (min(wanted.page, pages) - 1) * wanted.per
    return Shown(tuple(fitting[start : start + wanted.per]), len(every), len(fitting), pages, _facets(every))


def _number(text: str, least: float, most: float, otherwise: float | None = None) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        return least if otherwise is None else otherwise
    return min(max(value, least), most)


def _move(row: Row) -> float:
    """Return the move in a week; one without a week behind it has moved by all it has."""
    trend = row.get("trend")
    return float(row["strength"] if trend is None else trend)


def _fits(row: Row, wanted: Filter) -> bool:
    return (
        # As a reader sees it: a signal shown as 5.0 is not hidden by "at least 5".
        round(float(row["strength"]), 1) >= wanted.least
        and (not wanted.kind or row["kind"] == wanted.kind)
        and (not wanted.lens or row["lens"] == wanted.lens)
        and (not wanted.sector or wanted.sector in row["sectors"])
        and (not wanted.geography or wanted.geography in row["geographies"])
        and (not wanted.words or _says(row, wanted.words.casefold().split()))
    )


def _says(row: Row, words: Sequence[str]) -> bool:
    parts = (row["title"], row["scope"], row["kind"], row["lens"], row["signal_id"])
    text = " ".join((*parts, *row["sectors"], *row["geographies"], *row["actors"])).casefold()
    return all(word in text for word in words)


def _facets(rows: Sequence[Row]) -> dict[str, tuple[tuple[str, int], ...]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "lens", "sector", "geography")}
    for row in rows:
        counts["kind"][row["kind"]] += 1
        counts["lens"][row["lens"]] += 1
        counts["sector"].update(row["sectors"].keys())
        counts["geography"].update(row["geographies"].keys())
    return {name: tuple((tag, found[tag]) for tag in tags(found) if tag) for name, found in counts.items()}
