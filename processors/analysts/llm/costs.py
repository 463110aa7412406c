"""What the language model has cost: read from the books alone, whether or not a run is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from processors.analysts.llm.books import Books
from processors.analysts.llm.breaker import Breaker
from processors.analysts.llm.budget import MILLION, day_scope, run_scope

LOST_AFTER = 900.0  # seconds after which an open request is of a process that was killed
DEAREST = 5


@dataclass(frozen=True, slots=True)
class Spend:
    """Sums over some rows. `spend` is in the currency of the prices; tokens and spend hold what is reserved too."""

    calls: int = 0  # requests to the server, failed ones too
    hits: int = 0  # calls answered from memory
    tokens_in: int = 0
    tokens_out: int = 0
    cached_tokens: int = 0  # part of tokens_in, as far as the server told
    spend: float = 0.0


@dataclass(frozen=True, slots=True)
class StageSpend:
    """What one stage spent with one model; `seconds` is the mean of answered requests."""

    stage: str
    model: str
    sums: Spend
    seconds: float


@dataclass(frozen=True, slots=True)
class ArticleSpend:
    """What one article (or question, or signal) cost over all its calls."""

    about: str
    calls: int
    spend: float


@dataclass(frozen=True, slots=True)
class LimitLeft:
    """One spend limit; values in money or whole tokens."""

    setting: str
    per: str  # "day" or "run"
    unit: str
    limit: float
    used: float  # with what is reserved
    left: float


@dataclass(frozen=True, slots=True)
class BreakerView:
    """A breaker that has something to tell. `of` says which requests; `since` is None while it is closed."""

    of: str
    state: str
    since: datetime | None
    why: str
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class CostReport:
    """All times are UTC. An empty report means that no model was ever asked."""

    since: datetime | None
    now: datetime
    total: Spend = field(default_factory=Spend)
    under_way: int = 0
    lost: int = 0  # requests of killed processes, counted at the most that they can have cost
    stages: tuple[StageSpend, ...] = ()
    articles: int = 0  # that extraction made requests for
    spend_per_article: float = 0.0  # mean, over extraction and embedding
    dearest: tuple[ArticleSpend, ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)  # by kind; "refusal" and "invalid" are answers, too
    run: str = ""
    limits: tuple[LimitLeft, ...] = ()
    breakers: tuple[BreakerView, ...] = ()
    last_error: str = ""
    read_back_to: datetime | None = None  # older articles wait


def costs(books_path: str, since: datetime | None, now: datetime) -> CostReport:
    """Return the report over requests made since `since` (aware). Raises BadSetting for a file that is no such book."""
    if not Path(books_path).exists():
        return CostReport(since, now)
    books = Books(books_path)
    try:
        return _report(books, since, now)
    finally:
        books.close()


def spent_in_run(books_path: str, run: str) -> Spend:
    """Return what one run has spent so far: requests, answers from memory, tokens, money."""
    if not Path(books_path).exists():
        return Spend()
    books = Books(books_path)
    try:
        with books.reading() as db:
            return _spend(db.execute(f"SELECT {_SUMS} FROM calls WHERE run = ?", (run,)).fetchone())  # noqa: S608
    finally:
        books.close()


_SUMS = (
    "coalesce(sum(hit = 0), 0), coalesce(sum(hit), 0), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0), "
    "coalesce(sum(cached), 0), coalesce(sum(cost), 0)"
)


def _report(books: Books, since: datetime | None, now: datetime) -> CostReport:
    start = since.timestamp() if since else 0.0
    with books.reading() as db:
        total = _spend(db.execute(f"SELECT {_SUMS} FROM calls WHERE at >= ?", (start,)).fetchone())  # noqa: S608
        stages = db.execute(
            f"SELECT stage, model, {_SUMS}, coalesce(avg(CASE WHEN result = 'ok' AND hit = 0 THEN seconds END), 0) "  # noqa: S608
            "FROM calls WHERE at >= ? GROUP BY stage, model ORDER BY stage, model",
            (start,),
        ).fetchall()
        old = now.timestamp() - LOST_AFTER
        results = db.execute(
            "SELECT CASE WHEN result = 'open' AND at < ? THEN 'lost' ELSE result END AS what, count(*) FROM calls "
            "WHERE at >= ? GROUP BY what ORDER BY what",
            (old, start),
        ).fetchall()
        articles, spent = db.execute(
            "SELECT count(DISTINCT CASE WHEN stage = 'extract' THEN about END), coalesce(sum(cost), 0) FROM calls "
            "WHERE at >= ? AND hit = 0 AND about != '' AND stage IN ('extract', 'embed')",
            (start,),
        ).fetchone()
        dearest = db.execute(
            "SELECT about, count(*), sum(cost) AS spend FROM calls WHERE at >= ? AND hit = 0 AND about != '' "
            "GROUP BY about HAVING spend > 0 ORDER BY spend DESC, about LIMIT ?",
            (start, DEAREST),
        ).fetchall()
        limits = limits_left(db, books, now)
    counted = dict(results)
    cutoff, error = books.cutoff(now), books.state("last_error")
    return CostReport(
        since=since,
        now=now,
        total=total,
        under_way=counted.pop("open", 0),
        lost=counted.pop("lost", 0),
        stages=tuple(StageSpend(row[0], row[1], _spend(row[2:8]), round(row[8], 3)) for row in stages),
        articles=articles,
        spend_per_article=spent / MILLION / articles if articles else 0.0,
        dearest=tuple(ArticleSpend(about, calls, spend / MILLION) for about, calls, spend in dearest),
        faults={kind: count for kind, count in counted.items() if kind != "ok"},
        run=str((books.state("limits") or {}).get("run", "")),
        limits=limits,
        breakers=breakers(books),
        last_error=str(error["text"]) if error else "",
        read_back_to=cutoff[0] if cutoff else None,
    )


def breakers(books: Books) -> tuple[BreakerView, ...]:
    """Return all breakers that have ever counted a failure, open ones first."""
    found = []
    for of, entry in books.states("breaker/").items():
        state = Breaker(**entry)
        since = datetime.fromtimestamp(state.since, UTC) if state.state != "closed" else None
        found.append(BreakerView(of, state.state, since, state.why, state.opened, state.closed))
    return tuple(sorted(found, key=lambda view: (view.state == "closed", view.of)))


def limits_left(db: Connection, books: Books, now: datetime) -> tuple[LimitLeft, ...]:
    """Return what is left of each limit at `now`, with what is reserved counted as used."""
    entry: dict[str, Any] = books.state("limits") or {"run": "", "limits": {}}
    found = []
    for setting, limit in entry["limits"].items():
        scope = day_scope(now) if limit["per"] == "day" else run_scope(entry["run"])
        row = db.execute("SELECT tokens, money FROM totals WHERE scope = ?", (scope,)).fetchone() or (0, 0)
        money = limit["unit"] == "money"
        most, used = limit["most"], row[1] if money else row[0]
        scale = MILLION if money else 1
        left = max(0, most - used)
        found.append(LimitLeft(setting, limit["per"], limit["unit"], most / scale, used / scale, left / scale))
    return tuple(found)


def _spend(row: tuple[Any, ...]) -> Spend:
    calls, hits, tokens_in, tokens_out, cached, micro = row
    return Spend(calls, hits, tokens_in, tokens_out, cached, micro / MILLION)
