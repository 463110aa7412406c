"""Reserve before a request, settle after it: how the spend limits hold over all processes that share the books.

A reservation is the request's own row, with the most that it can cost. It is made in the transaction that checks the
limits, so what is spent and what is reserved never add up to more than a limit. Settling puts the real cost into the
row. When a process dies its open rows stay at their bound: the request may have reached the server and been billed.
Such rows are never cleaned away; they show as "lost" in the costs, and the day's end frees the day's limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.books import Books
from processors.analysts.llm.budget import (
    Amount,
    Limit,
    Usage,
    amount,
    bound,
    day_scope,
    fits,
    limits,
    price_of,
    refusal,
    run_scope,
    shown,
    spent_of,
    until_midnight,
)
from schemas.errors import Retryable

OPEN = "open"  # the result of a request that has not come back
SOON = 5.0  # seconds after which requests under way may have been settled below their bound


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the accounts see it. `sent` is in bytes, `chars` the size of the data without instructions."""

    stage: str
    model: str
    prompt: str
    about: str
    chars: int
    sent: int
    max_output: int
    dated: datetime | None = None


class Accounts:
    """The purse of one run. Money and tokens are integers throughout."""

    def __init__(self, books: Books, config: LlmConfig) -> None:
        self._books, self._config = books, config

    def publish_limits(self, now: datetime) -> None:
        """Write the limits down where `costs` finds them."""
        given = [replace(limit, scope=limit.scope.split()[0]) for limit in limits(self._config, now)]
        entry = {limit.setting: {"per": limit.scope, "unit": limit.unit, "most": limit.most} for limit in given}
        self._books.set_state("limits", {"run": self._config.run, "limits": entry})

    def reserve(self, asked: Asked, now: datetime) -> int:
        """Reserve the most that the request can cost; return its row. Raises Retryable when a limit does not allow it.

        A request belongs to the UTC day in which it is reserved.
        """
        usage = bound(asked.sent, asked.max_output)
        wanted = amount(usage, price_of(self._config, asked.model))
        with self._books.writing() as db:
            for limit in limits(self._config, now):
                row = db.execute("SELECT tokens, money FROM totals WHERE scope = ?", (limit.scope,)).fetchone()
                spent = Amount(*row) if row else Amount()
                if not fits(limit, spent, wanted):
                    if fits(limit, self._without_open(limit, spent, now), wanted):
                        text = f"{limit.setting}: what is left of the limit is reserved by requests under way"
                        raise Retryable(text, after=SOON)
                    text = f"{refusal(limit, wanted)} (used or reserved: {shown(limit, spent_of(limit, spent))})"
                    raise Retryable(text, after=until_midnight(now) if limit.scope.startswith("day") else None)
            self._add(now, self._config.run, wanted)
            return self._row(asked, now, usage, wanted.money, hit=False, result=OPEN)

    def settle(self, row: int, model: str, usage: Usage | None, result: str, seconds: float) -> None:
        """Put the real cost into an open row: `usage` as told, or None to keep what was reserved as spent."""
        with self._books.writing() as db:
            found = db.execute(
                "SELECT day, run, tokens_in + tokens_out, cost FROM calls WHERE id = ? AND result = ?", (row, OPEN)
            ).fetchone()
            if found is None:
                return
            day, run, tokens, money = found
            if usage is None:
                db.execute("UPDATE calls SET result = ?, seconds = ? WHERE id = ?", (result, seconds, row))
                return
            real = amount(usage, price_of(self._config, model))
            for scope in (f"day {day}", run_scope(run)):
                db.execute(
                    "UPDATE totals SET tokens = tokens + ?, money = money + ? WHERE scope = ?",
                    (real.tokens - tokens, real.money - money, scope),
                )
            db.execute(
                "UPDATE calls SET tokens_in = ?, tokens_out = ?, cached = ?, cost = ?, result = ?, seconds = ? "
                "WHERE id = ?",
                (usage.input, usage.output, usage.cached, real.money, result, seconds, row),
            )

    def hit(self, asked: Asked, now: datetime) -> None:
        """Note that a call was answered without a request."""
        with self._books.writing():
            self._row(asked, now, Usage(0, 0), 0, hit=True, result="ok")

    def _without_open(self, limit: Limit, spent: Amount, now: datetime) -> Amount:
        # Rows older than this belong to dead processes and stay spent.
        since = now.timestamp() - self._config.deadline
        with self._books.reading() as db:
            tokens, money = db.execute(
                "SELECT coalesce(sum(tokens_in + tokens_out), 0), coalesce(sum(cost), 0) FROM calls "
                "WHERE result = 'open' AND at > ? AND ? IN ('day ' || day, 'run ' || run)",
                (since, limit.scope),
            ).fetchone()
        return Amount(spent.tokens - tokens, spent.money - money)

    def _add(self, now: datetime, run: str, wanted: Amount) -> None:
        with self._books.reading() as db:
            for scope in (day_scope(now), run_scope(run)):
                db.execute(
                    "INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (scope) DO UPDATE SET "
                    "tokens = tokens + excluded.tokens, money = money + excluded.money",
                    (scope, wanted.tokens, wanted.money),
                )

    def _row(self, asked: Asked, now: datetime, usage: Usage, money: int, *, hit: bool, result: str) -> int:
        day = day_scope(now).removeprefix("day ")
        with self._books.reading() as db:
            cursor = db.execute(
                "INSERT INTO calls (at, day, run, stage, model, prompt, about, chars, tokens_in, tokens_out, cached, "
                "cost, hit, result, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, 0)",
                (now.timestamp(), day, self._config.run, asked.stage, asked.model, asked.prompt, asked.about,
                 asked.chars, usage.input, usage.output, money, hit, result),
            )  # fmt: skip
            return int(cursor.lastrowid or 0)
