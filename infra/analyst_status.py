"""Which analyst reads, and how its language model is: what `bellwether status` says of them."""

from __future__ import annotations

from typing import Any

from infra.clock import wall_clock
from infra.llm import books_path
from infra.settings import Settings
from processors.analysts.llm.costs import CostReport, costs

Row = dict[str, Any]


def analyst_name(settings: Settings) -> str:
    """Return the name of the extractor in force, as evidence carries it."""
    if not settings.uses_llm:
        from processors.analysts.lexical.extractor import NAME

        return NAME
    from processors.analysts.llm.extractor import PROMPT

    return f"llm/{settings.llm.model}/{PROMPT}"


def analyst_status(settings: Settings) -> Row:
    """Return `analyst`, and with a language model `llm`: breaker, what today has cost, the limits, what waits."""
    found: Row = {"analyst": analyst_name(settings)}
    if settings.uses_llm:
        found["llm"] = _llm(settings)
    return found


def _llm(settings: Settings) -> Row:
    now = wall_clock()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    report = costs(str(books_path(settings)), midnight, now)
    priced = set(settings.llm.models().values()) <= set(settings.llm.prices)
    row: Row = {
        "breaker": breaker_line(report),
        "calls today": report.total.calls,
        "tokens today": report.total.tokens_in + report.total.tokens_out,
    }
    if priced:
        row[f"{settings.llm.currency} today"] = round(report.total.spend, 6)
    for limit in report.limits:
        row[f"{limit.setting.removeprefix('llm.')} left"] = (
            round(limit.left, 6) if limit.unit == "money" else int(limit.left)
        )
    if report.read_back_to is not None:
        row["reading back to"] = report.read_back_to
    return row


def breaker_line(report: CostReport) -> str:
    """Return the breaker's state in words: `closed`, or which is open, since when and why."""
    bad = [view for view in report.breakers if view.state != "closed"]
    if not bad:
        return "closed"
    return "; ".join(
        f"{view.of} {view.state} since {view.since:%Y-%m-%d %H:%M} UTC ({view.why})" if view.since else view.state
        for view in bad
    )
