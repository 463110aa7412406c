"""`bellwether verify`: whether everything that is stored follows from the commits."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from infra.asking import Asker, asking
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, Generation, settings_for
from infra.commands.tables import console
from schemas.topics import LIVE

Row = dict[str, Any]
_PAUSE: Final = 0.1
_SHOWN: Final = 200  # differences in the table


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(verify)


def verify(
    data: Data = None,
    json: AsJson = False,
    generation: Generation = LIVE,
    decide: Annotated[
        bool, typer.Option("--decide", help="Also make every decision again that says what it was made on.")
    ] = False,
) -> None:
    """Fold all commits from nothing and compare everything stored with them; status 1 when anything differs."""
    with asking(settings_for(data), generation) as asker, _shown() as show:
        report = _awaited(asker, show, decide=decide)
    if json:
        print_json(report)
    else:
        _tell(report)
    if report["count"]:
        raise typer.Exit(1)


def _awaited(asker: Asker, show: Callable[[Row], None], *, decide: bool) -> Row:
    job = asker.ask("verify", decide=decide)["job"]
    try:
        while True:
            state = asker.ask("verifying", job=job)
            if "report" in state:
                report: Row = state["report"]
                return report
            if state["progress"]:
                show(state["progress"])
            time.sleep(_PAUSE)
    except KeyboardInterrupt:
        asker.ask("verifying", job=job, stop=True)
        raise


def _tell(report: Row) -> None:
    print(summary(report))
    if not report["count"]:
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("kind", "id", "field", "by the commits", "stored"):
        table.add_column(column, overflow="fold")
    for one in report["differences"][:_SHOWN]:
        table.add_row(*(escape(one[name]) for name in ("kind", "id", "field", "expected", "found")))
    console().print(table)
    if report["count"] > _SHOWN:
        print(f"… and {report['count'] - _SHOWN:,} more; --json prints the first 10,000")


def summary(report: Row) -> str:
    """Return the report in one line."""
    found = f"{report['count']:,} differences" if report["count"] else "no difference"
    parts = [
        f"{report['generation']}: {found} in {report['commits']:,} commits, {report['events']:,} events, "
        f"{report['evidence']:,} evidence, {report['signals']:,} signals ({report['seconds']:.1f} s)"
    ]
    if report["decide"]:
        parts.append(f"{report['decided']:,} decided again")
    for name, words in (
        ("unrecorded", "commits do not say what they were decided on"),
        ("elsewhere", "were decided under a policy of another version"),
        ("without_words", "come out otherwise since words were taken down"),
        ("not_retraced", "events are older than what strengths are retraced from"),
        ("not_in_tables", "commits are not in the tables yet"),
    ):
        if report[name]:
            parts.append(f"{report[name]:,} {words}")
    return "; ".join(parts)


@contextmanager
def _shown() -> Iterator[Callable[[Row], None]]:
    from rich.console import Console

    with Bar(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(), transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True),
    ) as bar:  # fmt: skip
        task = bar.add_task("commits", total=1)

        def show(progress: Row) -> None:
            bar.update(task, description=progress["step"], total=progress["total"], completed=progress["done"])

        yield show
