"""`bellwether tail`: signal events as they happen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from infra.asking import Asker, asking
from infra.commands import tables
from infra.commands.options import AsJson, Data, settings_for
from infra.subscribing import LAST, AskedEvents, Asks, RunningFolder, cursor_file
from sinks.subscribe.start import start_of
from sinks.subscribe.stored import BEGINNING, Cursor, follow
from sinks.where import Where


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(tail)


def tail(
    data: Data = None,
    where: Annotated[str, typer.Option("--where", metavar="CEL", help="Only events for which this holds.")] = "",
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="beginning, now, a UTC day, a time, or a commit's number.")
    ] = "",
    cursor: Annotated[
        str, typer.Option("--group", "--cursor", metavar="NAME", help="Go on where the last `tail` of this name was.")
    ] = "",
    json: AsJson = False,
    wait: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more.")] = True,
    every: Annotated[bool, typer.Option("--all", help="Events of unpublished candidates too.")] = False,
) -> None:
    """Print signal events as they happen, by default beginning with the last ones."""
    condition = Where(where) if where else None
    loaded = settings_for(data)
    with asking(loaded) as asker:
        # Whoever runs the folder may be followed by another, as `tail -F` follows a name.
        ask = RunningFolder(Path(loaded.settings.data)) if asker.door is not None else _once(asker)
        source = AskedEvents(ask, every=every)
        place = cursor_file(loaded.settings.data, cursor) if cursor else None
        start, first = _beginning(since, source)
        # A folder that nobody runs does not change while we hold it.
        idle = None if wait and asker.door is not None else 0.0
        for event in follow(source, cursor=place, start=start, where=condition, since=first, idle=idle):
            row = msgspec.to_builtins(event, builtin_types=(datetime,))
            print(msgspec.json.encode(event).decode() if json else tables.event_line(row), flush=True)


def _once(asker: Asker) -> Asks:
    return lambda name, arguments: asker.ask(name, **arguments)


def _beginning(since: str, source: AskedEvents) -> tuple[Cursor | None, datetime | None]:
    """Return the cursor to begin after, and the time before which events are passed over."""
    if since.isdecimal() and len(since) < 8:
        return (int(since), LAST), None
    if not since:
        return (max(0, source.position()[0] - 50), LAST), None
    at = start_of(since)
    return (BEGINNING if at else None), at if isinstance(at, datetime) else None
