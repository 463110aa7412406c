"""A backlog before it is read by a language model: what it will cost, what today's limits leave, how far back to go.

The newest articles are read first: those that fit into what is left of the limits. Older ones are deferred, and read
on the following days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from infra.llm import money
from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.books import Books
from processors.analysts.llm.costs import CostReport
from processors.analysts.llm.estimate import Estimate, estimate

_UNDER: Final = "read_back_to_under"  # the limits that the date was chosen under


@dataclass(frozen=True, slots=True)
class Waiting:
    """One article that will be read: when it was published (UTC), and its characters."""

    published_at: datetime
    characters: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What the whole backlog may cost, and how many of the newest articles fit into what is left now.

    `left` are the limits that were looked at, as (setting, unit, what is left). `back_to` is None when all fit.
    """

    whole: Estimate
    fit: int
    left: tuple[tuple[str, str, float], ...]
    back_to: datetime | None


def plan(waiting: Sequence[Waiting], config: LlmConfig, report: CostReport) -> Plan:
    """Return how far back to read. Articles of the same moment are read or deferred together."""
    newest = sorted(waiting, key=lambda one: one.published_at, reverse=True)
    lengths = [one.characters for one in newest]
    left = tuple((limit.setting, limit.unit, limit.left) for limit in report.limits)
    whole = estimate(lengths, config)
    fit, most = 0, len(newest)
    if _fits(whole, left):
        fit = most
    while fit < most:  # the cost grows with the number, so halving finds it
        middle = (fit + most + 1) // 2
        fit, most = (middle, most) if _fits(estimate(lengths[:middle], config), left) else (fit, middle - 1)
    if fit == len(newest):
        return Plan(whole, fit, left, None)
    while fit > 0 and newest[fit - 1].published_at == newest[fit].published_at:
        fit -= 1
    back_to = newest[fit - 1].published_at if fit else newest[0].published_at + timedelta(microseconds=1)
    return Plan(whole, fit, left, back_to)


def hold_back(made: Plan, config: LlmConfig, report: CostReport) -> datetime | None:
    """Let articles that do not fit wait until the next UTC day; return the date back to which is read now.

    An earlier backlog's date stands when it is later: what was kept for those articles is not spent on these.
    """
    if made.back_to is None:
        return report.read_back_to
    back_to = max(made.back_to, report.read_back_to) if report.read_back_to else made.back_to
    tomorrow = report.now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    books = Books(config.books)
    try:
        books.read_back_to(back_to, tomorrow)
        books.set_state(_UNDER, _limits(config))
    finally:
        books.close()
    return back_to


def reconsider(config: LlmConfig) -> None:
    """Lift the date of an earlier backlog when the limits are no longer those that it was chosen under."""
    if not Path(config.books).exists():
        return
    books = Books(config.books)
    try:
        if books.state("read_back_to") is not None and books.state(_UNDER) != _limits(config):
            books.read_back_to(None, datetime.now(UTC))
    finally:
        books.close()


def _limits(config: LlmConfig) -> dict[str, float | None]:
    return {
        name: getattr(config, name) for name in ("money_per_day", "money_per_run", "tokens_per_day", "tokens_per_run")
    }


def told(made: Plan, currency: str, back_to: datetime | None) -> list[str]:
    """Return the estimate in lines for people."""
    whole = made.whole
    tokens = whole.tokens_in + whole.tokens_out
    price = f" ≈ {money(whole.money, currency)}" if whole.money is not None else " (llm.prices names no price for it)"
    basis = "a first guess" if whole.basis == "defaults" else whole.basis
    lines = [f"{whole.articles:,} articles ≈ {tokens:,} tokens{price}, {basis}; {_left(made.left, currency)}"]
    if made.back_to is not None and back_to is not None:
        days = f", about {whole.days} days in all" if whole.days and whole.days > 1 else ""
        lines.append(
            f"not all of it fits: reading the newest {made.fit:,} now, back to {back_to:%Y-%m-%d %H:%M} UTC; "
            f"{whole.articles - made.fit:,} older ones are deferred and read on the next days{days}"
        )
    return lines


def _fits(cost: Estimate, left: tuple[tuple[str, str, float], ...]) -> bool:
    spent = {"tokens": float(cost.tokens_in + cost.tokens_out), "money": cost.money or 0.0}
    return all(spent[unit] <= rest for _, unit, rest in left)


def _left(left: tuple[tuple[str, str, float], ...], currency: str) -> str:
    if not left:
        return "no limit is set"
    parts = [
        f"{money(rest, currency) if unit == 'money' else f'{int(rest):,} tokens'} ({setting})"
        for setting, unit, rest in left
    ]
    return f"the limits leave {' and '.join(parts)}"
