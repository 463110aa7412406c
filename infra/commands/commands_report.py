"""Commands and what became of them, as people read them in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from infra.commands.tables import console, event_line, shown_time
from sinks.site.command_words import can_be_undone, fate, what

Row = Mapping[str, Any]


def given(row: Row) -> None:
    """Print what became of a command that was just given; what did not work out goes to standard error."""
    if row["pending"]:
        told = (
            f"{row['command_id']} is given, but not committed yet: nothing commits at the moment, or it takes longer. "
            f"`bellwether commands {row['command_id']}` tells what becomes of it"
        )
        print(f"bellwether: {told}", file=sys.stderr)
        return
    if row["refused"]:
        print(f"bellwether: refused: {row['refused']} ({row['command_id']})", file=sys.stderr)
        return
    again = " (given before; it is the same command)" if row["repeated"] else ""
    console().print(f"{row['command_id']}: {what(row)}{again}", markup=False)
    for event in row["events"]:
        console().print(f"  {event_line(event)}", markup=False)
    if can_be_undone(row):
        console().print(f"`bellwether undo {row['command_id']}` takes it back", markup=False)
    elif row["undone"]:
        console().print(f"  {fate(row)}", markup=False)


def one(row: Row) -> None:
    """Print one command with what it caused."""
    out = console()
    out.print(f"{row['command_id']}  {shown_time(row['at'])}  by {row['by']}", markup=False)
    out.print(f"{row['signal_id']}  {row['title']}: {what(row)}", markup=False)
    out.print(f"why: {row['reason'] or 'no reason given'}", markup=False)
    out.print(fate(row), markup=False)
    for event in row["events"]:
        out.print(f"  {event_line(event)}", markup=False)


def many(rows: Sequence[Row]) -> None:
    """Print the list."""
    if not rows:
        console().print("No command yet: `bellwether --help` names them, `bellwether merge` for one.", markup=False)
        return
    table = Table(box=None, pad_edge=False)
    for name in ("when", "command", "by", "signal", "what", "why", "became of it"):
        table.add_column(name)
    for row in rows:
        table.add_row(
            shown_time(row["at"]), row["command_id"], escape(row["by"]), escape(row["signal_id"]), escape(what(row)),
            escape(row["reason"] or "–"), escape(fate(row)),
        )  # fmt: skip
    console().print(table)
