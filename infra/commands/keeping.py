"""Commands that keep what there is: backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infra.asking import asking
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.restore import restore as run_restore
from schemas.errors import BadInput


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE.tar|DIR", help="A new file, or a new folder.")],
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Copy everything that the data folder knows, also while `run` works with it."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("backup", target=str(target.absolute()))
    if json:
        print_json(found)
    else:
        rows = sum(found["tables"].values())
        print(f"{found['file']}: {len(found['tables'])} tables, {rows} rows, up to commit {found['last_commit']}")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE.tar|DIR", help="What `backup` wrote.")],
    data: Data = None,
    force: Annotated[bool, typer.Option("--force", help="Put aside what the folder holds; it is renamed.")] = False,
    json: AsJson = False,
) -> None:
    """Fill an empty data folder from a backup; the next start goes on from there."""
    if not source.exists():
        raise BadInput(f"{source}: there is no such file or folder")
    found = run_restore(settings_for(data), source, force=force)
    if json:
        print_json(found)
        return
    print(f"{found['data']}: as of {found['made_at']}, commit {found['last_commit']}")
    for path in found["put_aside"]:
        print(f"what was there is {path} now")
