"""`bellwether costs`: what the language model was asked, and what that cost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from infra.analyst_status import breaker_line
from infra.clock import wall_clock
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.tables import console
from infra.llm import books_path, money
from infra.llm_settings import LlmSettings
from processors.analysts.llm.costs import CostReport, Spend
from processors.analysts.llm.costs import costs as read_costs
from schemas.errors import BadInput


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(costs)


def costs(
    data: Data = None,
    json: AsJson = False,
    since: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="From this UTC day on; otherwise all of it.")] = "",
) -> None:
    """What the language model cost, by stage and by article. Works while `run` holds the folder, too."""
    from infra.commands.look import print_json

    settings = settings_for(data).settings
    path = books_path(settings)
    report = read_costs(str(path), _day(since), wall_clock())
    if json:
        print_json({"books": str(path), "currency": settings.llm.currency, "report": report})
    elif not path.exists():
        print(f"No language model was ever asked here: there is no {path}.")
    else:
        show(report, settings.llm, path)


def show(report: CostReport, llm: LlmSettings, path: Path) -> None:
    """Print the report as tables."""
    out, total = console(), report.total
    table = Table(box=None, pad_edge=False)
    for name in ("stage", "model", "calls", "from memory", "tokens in", "tokens out", "spent", "seconds"):
        table.add_column(name, justify="left" if name in ("stage", "model") else "right")
    for row in report.stages:
        table.add_row(row.stage, escape(row.model), *_numbers(row.sums, llm), f"{row.seconds:.2f}")
    table.add_row("together", "", *_numbers(total, llm), "")
    out.print(table)
    spent = f", {money(report.spend_per_article, llm.currency)} an article" if _priced(llm) else ""
    out.print(f"\n{report.articles:,} articles asked about{spent}")
    if _priced(llm):
        for one in report.dearest:
            out.print(escape(f"  {money(one.spend, llm.currency)}  {one.about} ({one.calls} calls)"))
    else:
        out.print("Money is not counted: llm.prices names no price for every model in use.")
    for limit in report.limits:
        used, most = _amount(limit.used, limit.unit, llm), _amount(limit.limit, limit.unit, llm)
        out.print(f"{limit.setting}: {used} of {most} used, {_amount(limit.left, limit.unit, llm)} left")
    out.print(escape(f"breaker: {breaker_line(report)}"))
    if report.faults:
        out.print("faults: " + ", ".join(f"{kind} {count}" for kind, count in report.faults.items()))
    if report.lost:
        out.print(f"{report.lost} requests of killed processes are counted at the most that they can have cost")
    if report.read_back_to is not None:
        out.print(f"articles of before {report.read_back_to:%Y-%m-%d %H:%M} UTC wait for the next day")
    if report.last_error:
        out.print(escape(f"last error: {report.last_error}"))
    out.print(escape(f"books: {path}"))


def in_one_line(report: CostReport, llm: LlmSettings) -> str:
    """Return the whole report in one line."""
    total = report.total
    spent = f", {money(total.spend, llm.currency)}" if _priced(llm) else ""
    tokens = total.tokens_in + total.tokens_out
    return f"language model: {total.calls:,} calls, {total.hits:,} answers from memory, {tokens:,} tokens{spent}"


def _numbers(sums: Spend, llm: LlmSettings) -> tuple[str, ...]:
    spent = money(sums.spend, llm.currency) if _priced(llm) else "–"
    return f"{sums.calls:,}", f"{sums.hits:,}", f"{sums.tokens_in:,}", f"{sums.tokens_out:,}", spent


def _amount(value: float, unit: str, llm: LlmSettings) -> str:
    return money(value, llm.currency) if unit == "money" else f"{int(value):,} tokens"


def _priced(llm: LlmSettings) -> bool:
    return set(llm.models().values()) <= set(llm.prices)


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--since {text}: write a day as YYYY-MM-DD") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
