"""What the page of a comparison shows at a time: which list, which part of it, and curves in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sinks.site.ports import Compared, Row

PER: Final = 25  # rows of a list on a page
EVIDENCE: Final = 100  # of each side on a page of one signal
_DAYS: Final = 60  # lines of the table beside a curve
LISTS: Final = ("changed", "opened", "missing", "divided", "joined", "articles", "misfits")


@dataclass(frozen=True, slots=True)
class Address:
    """Which comparison is shown, and which part of it."""

    a: str
    b: str
    what: str = "changed"
    page: int = 1
    signal: str = ""

    def query(self, **other: Any) -> str:
        """Return the query of this address, with some of it otherwise; what is usual is left out."""
        values = {"a": self.a, "b": self.b, "what": self.what, "page": self.page, "signal": self.signal} | other
        usual = {"what": "changed", "page": 1, "signal": ""}
        return "?" + urlencode({name: value for name, value in values.items() if usual.get(name) != value})


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a list: the page `number` of `pages`, of `total` rows; the first one is row `first` (from 1)."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int
    first: int


def part(rows: Sequence[Row], page: int, per: int = PER) -> Part:
    """Return the rows of a page; one that does not exist is the nearest that does."""
    return _part(len(rows), page, per, lambda first: rows[first : first + per])


def listed(found: Compared, what: str, page: int, other_outcomes: Any) -> Part:
    """Return a page of one of LISTS. `other_outcomes(limit, offset)` reads the articles, which may be many."""
    if what == "articles":
        total = found.summary["articles"]["changed"]
        return _part(total, page, PER, lambda first: other_outcomes(PER, first))
    if what == "misfits":
        sides = (found.summary["a"], found.summary["b"])
        return part([row | {"generation": one["name"]} for one in sides for row in one["misfits"]], page)
    return part(getattr(found, "pairs" if what == "changed" else what), page)


def counts(summary: Mapping[str, Any]) -> dict[str, int]:
    """Return how many rows each of LISTS has."""
    signals = summary["signals"]
    return {
        **{name: signals[name] for name in LISTS[:5]},
        "articles": summary["articles"]["changed"],
        "misfits": sum(len(summary[key]["misfits"]) for key in ("a", "b")),
    }


def by_day(
    a: Sequence[tuple[datetime, float]], b: Sequence[tuple[datetime, float]]
) -> list[tuple[datetime, float | None, float | None]]:
    """Return the strengths at the end of each day (UTC) with a step, None before the first; some days of many."""
    days: dict[Any, tuple[datetime, float | None, float | None]] = {}
    level: list[float | None] = [None, None]
    steps = sorted([(at, 0, value) for at, value in a] + [(at, 1, value) for at, value in b], key=lambda one: one[0])
    for at, side, value in steps:
        level[side] = value
        days[at.date()] = (at, level[0], level[1])
    rows = list(days.values())
    if len(rows) <= _DAYS:
        return rows
    return [rows[number * (len(rows) - 1) // (_DAYS - 1)] for number in range(_DAYS)]


def _part(total: int, page: int, per: int, rows: Any) -> Part:
    pages = max(1, -(-total // per))
    number = min(max(page, 1), pages)
    first = (number - 1) * per
    return Part(rows(first), number, pages, total, first + 1)
