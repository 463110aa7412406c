"""Commands about generations: replay, generations."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from infra.asking import asking, door_of
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.say import say
from infra.commands.tables import console
from infra.embedded.folder import DataFolder
from infra.generations.progress import Progress
from infra.generations.running import replay as run_replay
from infra.generations.wanted import Wanted
from infra.generations.wanted import wanted as wanted_replay
from infra.host import opened_store
from infra.settings import Loaded, changed
from schemas.errors import BadInput


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(replay)
    group = typer.Typer(no_args_is_help=False, help="History under other settings: list, show, drop.")
    group.callback(invoke_without_command=True)(listed)
    group.command("show")(show)
    group.command("drop")(drop)
    app.add_typer(group, name="generations")


def replay(
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of publication, UTC.")],
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day, included.")],
    stage: Annotated[
        str,
        typer.Option(help="articles: read them anew; extractions: decide on them anew; proposals: take every answer."),
    ] = "articles",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the replay, e.g. policy.half_life_event=14."),
    ] = None,
    name: Annotated[str, typer.Option("--name", help="Of the shadow generation.")] = "",
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes that read; 0: as stream.workers says.")] = 0,
    rate: Annotated[float, typer.Option(min=0, metavar="N", help="At most N articles a second; 0: no limit.")] = 0.0,
    spend: Annotated[float, typer.Option(min=0, metavar="MONEY", help="Stop before more is spent; 0: no limit.")] = 0.0,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Run recorded history once more, into a shadow generation beside the live one; what was stopped goes on."""
    loaded = settings_for(data)
    wanted = wanted_replay(first, last, name, stage, given or (), workers=workers, rate=rate, spend=spend)
    changed(loaded, wanted.settings)  # a wrong setting is said at once, wherever the replay runs
    folder = DataFolder(Path(loaded.settings.data))
    door = door_of(folder)
    if door is None and not folder.exists() and not loaded.settings.on_server:
        raise BadInput(f"data: there is nothing in {folder.path} to replay")
    with _interruptible() as stopped, _shown(wanted.name, loaded) as show:
        if door is not None:
            summary = door.replay(wanted, show, stopped.is_set)
        else:
            with opened_store(loaded) as (_, store):
                summary = asyncio.run(run_replay(store, loaded, wanted, show, stopped.is_set))
    if json:
        print_json(summary)
    else:
        _tell(summary, wanted)
    if not summary["complete"]:
        raise typer.Exit(1)


def listed(context: typer.Context, data: Data = None, json: AsJson = False) -> None:
    """List the generations: what each was made of, how much it holds, how many bytes it takes."""
    if context.invoked_subcommand is not None:
        return
    with asking(settings_for(data)) as asker:
        rows = asker.ask("generations")
    if json:
        print_json(rows)
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("generation", "state", "articles", "signals", "published", "MB", "made of"):
        table.add_column(column, justify="right" if column in ("articles", "signals", "published", "MB") else "left")
    for row in rows:
        table.add_row(
            row["name"], row["state"], f"{row['articles']:,}", f"{row['signals']:,}", f"{row['published']:,}",
            f"{row['bytes'] / 1e6:,.1f}", row["made_of"],
        )  # fmt: skip
    console().print(table)


def show(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Show one generation, with the commands that no longer fit in it."""
    with asking(settings_for(data)) as asker:
        row = asker.ask("generation", of=name)
    if json:
        print_json(row)
        return
    print(f"{row['name']}: {row['state']}, {row['made_of']}")
    print(f"{row['articles']:,} articles, {row['signals']:,} signals, {row['published']:,} published")
    _tell_misfits(row["misfits"])


def drop(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    data: Data = None,
) -> None:
    """Delete a shadow generation with all it holds. The live one cannot be dropped."""
    with asking(settings_for(data)) as asker:
        asker.ask("drop_generation", of=name)
    print(f"{name}: dropped")


def _tell(summary: dict[str, Any], wanted: Wanted) -> None:
    print(
        f"generation {summary['generation']}: {summary['articles']:,} articles in {summary['seconds']:,.1f} s "
        f"({summary['articles_per_second']:,.0f} a second), {summary['evidence']:,} evidence, "
        f"{summary['signals']:,} signals, {summary['published']:,} published"
    )
    llm = summary["llm"]
    if llm["calls"] or llm["from_memory"]:
        print(f"language model: {llm['calls']:,} calls, {llm['from_memory']:,} answers from memory")
    if summary["unanswered"]:
        print(f"{summary['unanswered']:,} questions had no answer; policy decided on them")
    _tell_misfits(summary["misfits"])
    if summary["complete"]:
        print(f"look with --generation {wanted.name}")
    else:
        print("stopped; the same command goes on from here")


def _tell_misfits(misfits: list[dict[str, Any]]) -> None:
    if misfits:
        print(f"{len(misfits)} commands no longer fit:")
    for one in misfits:
        print(f"  {one['command_id']} {one['action']} of “{one['title']}”: {one['refused']}")


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Let the first Ctrl-C, or a SIGTERM, end the replay after its batch; the second one ends at once."""
    stopped = threading.Event()

    def ask(number: int, frame: Any) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        say("stopping after the batch at hand; once more to end at once")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _shown(name: str, loaded: Loaded) -> Iterator[Any]:
    from rich.console import Console

    currency = loaded.settings.llm.currency if loaded.settings.uses_llm else ""
    with Bar(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rest]}"), TimeElapsedColumn(),
        transient=True, disable=not sys.stderr.isatty(), console=Console(stderr=True),
    ) as bar:  # fmt: skip
        task = bar.add_task(name, total=None, rest="")

        def show(progress: Progress) -> None:
            bar.update(task, total=progress.total, completed=progress.done, rest=progress.line(currency))

        yield show
