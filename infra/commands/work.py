"""Commands that put articles in: ingest. (`run` and `demo` are in running.py.)"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra.analyst_status import analyst_name
from infra.asking import door_of
from infra.commands.admitting import by_ourselves, through_the_door
from infra.commands.backfill import backfill
from infra.commands.estimating import announce_file, deferral
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.embedded.folder import DataFolder
from schemas.errors import BadInput


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(ingest)
    app.command()(backfill)
    app.command()(worker)


def ingest(
    file: Annotated[str, typer.Argument(metavar="FILE.jsonl[.gz]", help="`-` reads standard input.")],
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Publish articles from JSON lines, in their order, and wait until each has its outcome."""
    loaded = settings_for(data)
    if file != "-" and not Path(file).is_file():
        raise BadInput(f"{file}: there is no such file")
    folder = DataFolder(Path(loaded.settings.data))
    door = door_of(folder)
    if door is not None:
        known = partial(door.ask, "known")
        analyst = str(door.ask("status", {})["analyst"])
        announce_file(loaded.settings, analyst, file, lambda ids: known({"article_ids": ids}))
        source: IO[bytes] = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115
        with _progress() as bar:
            report = through_the_door(door, source, partial(_show, bar, bar.add_task(file, total=None, rest="")))
    else:
        announce = partial(announce_file, loaded.settings, analyst_name(loaded.settings), file)
        with _progress() as bar:
            show = partial(_show, bar, bar.add_task(file, total=None, rest=""))
            report = by_ourselves(loaded, sys.stdin.buffer if file == "-" else Path(file), announce, show)
    for error in report["errors"]:
        print(f"{file}:{error['number']}: {error['reason']}", file=sys.stderr)
    if report["refused"] > len(report["errors"]):
        print(f"… and {report['refused'] - len(report['errors'])} more lines", file=sys.stderr)
    if json:
        print_json(report)
    else:
        print(
            f"{report['lines']} lines: {report['admitted']} articles admitted ({report['revisions']} revisions, "
            f"{report['copies']} syndicated copies), {report['unchanged']} already known, {report['refused']} refused; "
            f"outcomes: {', '.join(f'{k} {v}' for k, v in sorted(report['outcomes'].items())) or 'none new'}"
        )
    if report["deferred"]:
        say(deferral(report["deferred"], report["deferred_because"]))
    if report["failure"]:
        raise BadInput(f"{file}: {report['failure']}")


def worker(
    role: Annotated[
        str, typer.Argument(metavar="ROLE", help="extract, ledger, publish, judge, revise, sinks, feeds, site or brief")
    ],
) -> None:
    """Run one role on real Kafka and ClickHouse, as docker-compose.yml does."""
    from infra.kafka.roles import run_role

    sys.exit(run_role(role, settings_for(None).settings))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rest]}"), TimeElapsedColumn(),
        transient=True, disable=not sys.stderr.isatty(), console=_stderr(),
    )  # fmt: skip


def _stderr() -> Any:
    from rich.console import Console

    return Console(stderr=True)


def _show(bar: Progress, task: Any, state: dict[str, Any]) -> None:
    waiting = state.get("waiting", 0) + state.get("on_their_way", 0)
    said = f"{state['lines']} lines, {state['admitted']} admitted, {waiting} under way, {state['refused']} refused"
    fraction = state.get("fraction")
    bar.update(task, total=1.0 if fraction is not None else None, completed=fraction or 0.0, rest=said)
