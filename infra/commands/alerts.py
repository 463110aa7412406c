"""`bellwether alerts`: what was told to whom, whether the channels work, and what the rules would have told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape

from infra.asking import asking
from infra.clock import wall_clock
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.tables import console, shown_time
from schemas.errors import Retryable

Row = Mapping[str, Any]
alerts = typer.Typer(no_args_is_help=True, help="What was told to whom, whether channels work, what rules would tell.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.add_typer(alerts, name="alerts")


@alerts.command("list")
def list_alerts(
    data: Data = None,
    undelivered: Annotated[bool, typer.Option("--undelivered", help="Only those that wait or were given up.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 30,
    json: AsJson = False,
) -> None:
    """The rules in force and the newest alerts, each with what became of it on every channel."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("alerts", limit=limit, undelivered=undelivered)
    if json:
        print_json(found)
        return
    out = console()
    for rule in found["rules"]:
        out.print(escape(f"rule {rule['name']}: {rule['when']}{_terms(rule)}"))
    out.print(escape(f"channels: {', '.join(found['channels']) or 'none; alerts are kept and not sent'}\n"))
    for fault in found["faults"]:
        said = f"rule {fault['rule']} could not be applied {fault['times']} times, last {shown_time(fault['at'])}"
        out.print(escape(f"{said}: {fault['error']}"))
    for row in found["alerts"]:
        show(row, [f"{each['channel']} {each['state']}" for each in row["deliveries"]] or [row["error"]])
    if not found["alerts"]:
        out.print("No alert yet.")


@alerts.command("test")
def try_them(
    channel: Annotated[str, typer.Option("--channel", metavar="NAME", help="Only this one.")] = "",
    json: AsJson = False,
) -> None:
    """Send an alert that says it is a test, on every channel or on one; nothing is kept."""
    from infra.alerting import try_channels

    rows = try_channels(settings_for(None).settings.alerts, wall_clock(), channel)
    if json:
        print_json(rows)
    else:
        for row in rows:
            print(f"{row['channel']}: {'arrived' if row['delivered'] else row['error']}")
    if not all(row["delivered"] for row in rows):
        raise Retryable("the test did not arrive on every channel")


@alerts.command("dry-run")
def dry_run(
    since: Annotated[str, typer.Option("--since", metavar="DATE", help="A UTC day, or a time in ISO 8601.")],
    data: Data = None,
    when: Annotated[str, typer.Option("--when", metavar="CEL", help="A condition instead of the rules.")] = "",
    json: AsJson = False,
) -> None:
    """What the rules would have told since a day, had they been in force; nothing is sent or kept."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("alerts_dry_run", since=since, when=when)
    if json:
        print_json(found)
        return
    for row in found["alerts"]:
        held = f", held until {shown_time(row['not_before'])}" if row["not_before"] else ""
        show(row, [f"{row['ruling']}{held}{': ' + row['why'] if row['why'] else ''}"])
    for rule, error in found["faults"].items():
        console().print(escape(f"rule {rule} could not be applied: {error}"))
    console().print(f"{found['fired']} alerts of {found['events']:,} events; nothing was sent.")


def show(row: Row, became: Sequence[str]) -> None:
    """Print one alert in three lines."""
    out = console()
    moved = f"{row['strength_before']:.1f} → {row['strength_after']:.1f}"
    out.print(escape(f"{shown_time(row['at'])}  {moved}  {row['title']} ({row['signal_id']})"))
    if row["quote"]:
        out.print(escape(f"    “{row['quote']}” — {row['publisher']}"), style="dim")
    out.print(escape(f"    rule {row['rule']}: {'; '.join(became)}"), style="dim")


def _terms(rule: Row) -> str:
    terms = [f"{rule['min_families']} families or more"]
    if rule["channels"]:
        terms.append(f"to {', '.join(rule['channels'])}")
    if rule["quiet"]:
        terms.append(f"not {rule['quiet']}")
    if rule["cooldown_seconds"]:
        terms.append(f"once in {timedelta(seconds=rule['cooldown_seconds'])}")
    return f" ({', '.join(terms)})"
