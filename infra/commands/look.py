"""Commands that look inside: status, signals, signal, feeds, export, config."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer

from infra.asking import asking
from infra.commands import one_signal, tables, why_report
from infra.commands.options import AsJson, Data, Generation, settings_for
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.clickhouse.export import Format


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (status, signals, signal, feeds, export, config):
        app.command()(command)


def print_json(value: Any) -> None:
    """Print JSON data, indented, UTF-8."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def status(data: Data = None, json: AsJson = False, generation: Generation = LIVE) -> None:
    """How much there is, and whether anything waits."""
    with asking(settings_for(data), generation) as asker:
        found = asker.ask("status")
    print_json(found) if json else tables.status(found)


def signals(
    data: Data = None,
    json: AsJson = False,
    every: Annotated[bool, typer.Option("--all", help="Unpublished candidates too.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 1000,
    generation: Generation = LIVE,
) -> None:
    """The published signals, strongest first."""
    with asking(settings_for(data), generation) as asker:
        found = asker.ask("signals", published_only=not every, limit=limit)
    print_json(found) if json else tables.signals(found)


def signal(
    signal_id: str,
    data: Data = None,
    json: AsJson = False,
    why: Annotated[
        bool, typer.Option("--why", help="Explain its strength to the last digit, from events alone.")
    ] = False,
    at: Annotated[str, typer.Option("--at", metavar="DATE", help="With --why: as known by then.")] = "",
    evidence: Annotated[bool, typer.Option("--evidence", help="Also why each evidence was matched.")] = False,
    generation: Generation = LIVE,
) -> None:
    """One signal with its evidence and history."""
    if at and not why:
        raise BadInput("--at: goes with --why")
    with asking(settings_for(data), generation) as asker:
        found = asker.ask("why", signal_id=signal_id, at=at) if why else asker.ask("signal", signal_id=signal_id)
    if json:
        print_json(found)
    elif why:
        why_report.why(found)
    else:
        one_signal.signal(found, matches=evidence)


def feeds(data: Data = None, json: AsJson = False) -> None:
    """Every feed: is it well, what did it bring, when is it read next."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("feeds")
    print_json(found) if json else tables.feeds(found)


def export(
    kind: Annotated[str, typer.Argument(help="articles, evidence, stories, signals, signal-events or outcomes")],
    data: Data = None,
    form: Annotated[str, typer.Option("--format", help="jsonl or parquet")] = "jsonl",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Instead of standard output.")] = None,
    generation: Generation = LIVE,
) -> None:
    """Write everything of a kind, merges resolved."""
    if form not in ("jsonl", "parquet"):
        raise BadInput(f"--format {form}: choose jsonl or parquet")
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise BadInput("parquet is not for a terminal: name a file with --out")
    with asking(settings_for(data), generation) as asker:
        asker.export(kind, cast(Format, form), out or sys.stdout.buffer)


def config(data: Data = None, json: AsJson = False) -> None:
    """What is in force, and where each value came from. Secrets are masked."""
    rows = settings_for(data).rows()
    print_json(rows) if json else tables.settings(rows)
