"""Sums that only grow, of requests that have ended: what a counter may show.

Costs of open requests are reservations, which shrink when they are settled; `costs` has those too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from processors.analysts.llm.books import Books
from processors.analysts.llm.budget import MILLION
from processors.analysts.llm.costs import LOST_AFTER, BreakerView, LimitLeft, breakers, limits_left


@dataclass(frozen=True, slots=True)
class Ended:
    """One stage with one model. `spend` is in the currency of the prices."""

    stage: str
    model: str
    calls: int
    hits: int
    tokens_in: int
    tokens_out: int
    spend: float


@dataclass(frozen=True, slots=True)
class Counted:
    """Over all time. `failures` are by kind; requests of processes that were killed are `lost`."""

    ended: tuple[Ended, ...] = ()
    failures: dict[str, int] = field(default_factory=dict)
    under_way: int = 0
    limits: tuple[LimitLeft, ...] = ()
    breakers: tuple[BreakerView, ...] = ()


def counted(books_path: str, now: datetime) -> Counted:
    """Return the sums. Raises BadSetting for a file that is no such book."""
    if not Path(books_path).exists():
        return Counted()
    books = Books(books_path)
    try:
        with books.reading() as db:
            old = (now.timestamp() - LOST_AFTER,)
            ended = db.execute(
                "SELECT stage, model, sum(hit = 0), sum(hit), sum(tokens_in), sum(tokens_out), sum(cost) FROM calls "
                "WHERE result != 'open' OR at < ? GROUP BY stage, model ORDER BY stage, model",
                old,
            ).fetchall()
            results = dict(
                db.execute(
                    "SELECT CASE WHEN result = 'open' AND at < ? THEN 'lost' ELSE result END AS what, count(*) "
                    "FROM calls WHERE hit = 0 GROUP BY what",
                    old,
                ).fetchall()
            )
            limits = limits_left(db, books, now)
        return Counted(
            ended=tuple(Ended(row[0], row[1], row[2], row[3], row[4], row[5], row[6] / MILLION) for row in ended),
            failures={kind: count for kind, count in results.items() if kind not in ("ok", "open")},
            under_way=results.get("open", 0),
            limits=limits,
            breakers=breakers(books),
        )
    finally:
        books.close()
