"""`bellwether brief`: the morning read, in every form, and the sums behind it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from infra.asking import asking
from infra.commands import tables
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from schemas.errors import BadInput, Retryable

TERMS = ("published", "contradicted", "turned", "move", "families")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(brief)


def brief(
    data: Data = None,
    day: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help="A day of the reader's.")] = "",
    json: AsJson = False,
    html: Annotated[bool, typer.Option("--html", help="Print the HTML page.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the worthiness sums; compose, keep and send nothing.")
    ] = False,
    mail: Annotated[bool, typer.Option("--mail", help="Mail it to brief.mail.recipients, once a day.")] = False,
    again: Annotated[bool, typer.Option("--again", help="With --mail: although it was sent before.")] = False,
) -> None:
    """The morning read of a day, or why there is none."""
    loaded = settings_for(data)
    if dry_run and (html or markdown):
        raise BadInput("--dry-run: shows sums and no brief; leave --html and --markdown away")
    if again and not mail:
        raise BadInput("--again: goes with --mail")
    if mail and not loaded.settings.brief.mail.host:
        raise BadInput("--mail: brief.mail.host names no mail server; see docs/operations.md")
    if mail:
        with asking(loaded) as asker:
            said = asker.ask("deliver", day=day, only="mail:", again=again)
        print_json(said) if json else show_deliveries(said)
        return
    with asking(loaded) as asker:
        found = asker.ask("worthiness" if dry_run else "brief", day=day)
    if json:
        print_json(found)
    elif dry_run:
        show_sums(found)
    elif html or markdown:
        sys.stdout.write(found["html" if html else "markdown"])
    else:
        tables.brief(found, loaded.settings.reader.profile().times)
        if not found["recorded"]:
            print("Composed now for a day that had none; it was not kept.")


def show_deliveries(said: Sequence[Mapping[str, Any]]) -> None:
    """Print what became of the brief on each channel. Raises Retryable when it failed on any."""
    for row in said:
        state = "nothing worth saying, so nothing to send" if row["state"] == "not wanted" else row["state"]
        print(f"{row['channel']}: {state}" + (f": {row['error']}" if row["error"] else ""))
    if any(row["state"] == "failed" for row in said):
        raise Retryable("the brief could not be delivered to all")


def show_sums(found: Mapping[str, Any]) -> None:
    """Print the sums as a table, best first."""
    out = tables.console()
    table = Table(box=None, pad_edge=False)
    for name in ("total", *TERMS, "factor", "place", "signal"):
        table.add_column(name, justify="left" if name in ("place", "signal") else "right")
    for row in found["signals"]:
        terms = [f"{row['points'][term]:.2f}" if term in row["points"] else "–" for term in TERMS]
        place, title = row["place"], escape(f"{row['title']} ({row['signal_id']})")
        table.add_row(f"{row['total']:.2f}", *terms, f"{row['factor']:.2f}", place, title)
    out.print(table if found["signals"] else "No listed signal had an event since the last brief.")
    verdict = "worth saying" if found["worth_saying"] else "nothing worth saying"
    out.print(f"\n{found['date']}: {verdict}, score {found['score']:.2f}, needed {found['threshold']:.2f}")
    for reason in found["reasons"]:
        out.print(escape(f"  - {reason}"))
    out.print("Nothing was kept or sent.")
