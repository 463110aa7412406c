"""Commands that put articles in: ingest. (`run` and `demo` are in running.py.)"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra.asking import door_of
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.embedded.folder import DataFolder
from infra.host import opened_host
from infra.ingesting import IngestJob
from infra.settings import Loaded
from schemas.errors import BadInput


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(ingest)


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
    report = _through_the_door(folder, file) if folder.is_held_elsewhere() else _by_ourselves(loaded, file)
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
    if report["failure"]:
        raise BadInput(f"{file}: {report['failure']}")


def _through_the_door(folder: DataFolder, file: str) -> dict[str, Any]:
    source: IO[bytes] = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115
    report: dict[str, Any] = {}
    with source, _progress() as bar:
        task = bar.add_task(file, total=None, rest="")
        for state in door_of(folder).ingest(source):
            _show(bar, task, state["progress"])
            report = state.get("report", report)
    return report


def _by_ourselves(loaded: Loaded, file: str) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        async with opened_host(loaded) as host:
            job = IngestJob()
            source: Path | IO[bytes] = sys.stdin.buffer if file == "-" else Path(file)
            with _progress() as bar:
                task = bar.add_task(file, total=None, rest="")
                running = asyncio.create_task(asyncio.to_thread(host.runner.run, source, job))
                while not running.done():
                    await asyncio.wait({running}, timeout=0.2)
                    _show(bar, task, job.snapshot())
            return running.result()

    return asyncio.run(work())


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
