"""`bellwether dead-letters`: list, show, replay, drop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from infra.asking import asking, door_of
from infra.clock import wall_clock
from infra.commands import analyst
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.commands.tables import console, shown_time
from infra.control import to_json
from infra.embedded.folder import DataFolder
from infra.host import opened_host
from infra.settings import Loaded
from schemas.errors import BadInput
from sinks.clickhouse.dead_letters import Chosen

Row = Mapping[str, Any]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Single letters.")]
Stage = Annotated[str, typer.Option("--stage", metavar="STAGE", help="A stage, or its first part: extract, sink …")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Those whose reason holds these words.")]
Every = Annotated[bool, typer.Option("--all", help="All that nothing was done with yet.")]
_LONGEST: Final = 60  # characters of a reason in a table


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    group = typer.Typer(no_args_is_help=True, help="Records that could not be processed: list, show, replay, drop.")
    group.command("list")(listed)
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("drop")(drop)
    app.add_typer(group, name="dead-letters")


def listed(
    ids: Ids = None,
    stage: Stage = "",
    reason: Reason = "",
    every: Annotated[bool, typer.Option("--all", help="Also those that were replayed or dropped.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """How many there are, by stage and reason, then the newest with age and origin."""
    chosen = {"ids": ids or [], "stage": stage, "reason": reason, "done": every or bool(ids)}
    with asking(settings_for(data)) as asker:
        found = asker.ask("dead_letters", limit=limit, **chosen)
    print_json(found) if json else _tell(found)


def show(dead_letter_id: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, json: AsJson = False) -> None:
    """One letter with its bytes, decoded where that is possible, and what was done with it."""
    with asking(settings_for(data)) as asker:
        found = asker.ask("dead_letter", dead_letter_id=dead_letter_id)
    print_json(found) if json else _tell_one(found)


def replay(
    ids: Ids = None,
    stage: Stage = "",
    reason: Reason = "",
    every: Every = False,
    again: Annotated[bool, typer.Option("--again", help="Also those with which something was done already.")] = False,
    by: analyst.By = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Put letters back on their way, and say what became of each; twice does nothing."""
    chosen = _named(ids, stage, reason, every=every) | {"done": again}
    loaded = settings_for(data)
    rows = _replayed(loaded, {"by": analyst.who(loaded, by), "again": again, **chosen})
    if json:
        print_json(rows)
        return
    _tell_done(rows)


def drop(
    ids: Ids = None,
    stage: Stage = "",
    reason: Reason = "",
    every: Every = False,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why; it is kept and shown.")] = "",
    by: analyst.By = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --all: do not ask.")] = False,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Mark letters as dropped; nobody is told of them any more, and their bytes stay."""
    chosen = _named(ids, stage, reason, every=every)
    loaded = settings_for(data)
    with asking(loaded) as asker:
        if every and not yes:
            count = asker.ask("dead_letters", limit=1, **chosen)["letters"]
            typer.confirm(f"drop {count:,} dead letters?", abort=True, err=True)
        rows = asker.ask("drop_dead_letters", by=analyst.who(loaded, by), because=because, **chosen)
    if json:
        print_json(rows)
        return
    _tell_done(rows)


def _named(ids: Sequence[str] | None, stage: str, reason: str, *, every: bool) -> dict[str, Any]:
    if not (ids or stage or reason or every):
        raise BadInput("dead-letters: name letters by id, --stage or --reason, or take --all")
    if every and (ids or stage or reason):
        raise BadInput("dead-letters: --all goes without ids, --stage and --reason")
    return {"ids": list(ids or ()), "stage": stage, "reason": reason}


def _replayed(loaded: Loaded, asked: dict[str, Any]) -> list[Row]:
    """Replay through the process that holds the folder, by a stream of our own, or on the configured services."""
    folder = DataFolder(Path(loaded.settings.data))
    door = door_of(folder)
    if door is not None:
        found: list[Row] = door.ask("replay_dead_letters", asked)
        return found
    if loaded.settings.on_server:
        if not loaded.settings.kafka.bootstrap:
            raise BadInput(
                "kafka.bootstrap: dead letters go back onto the topics of a Kafka; name the one of the roles"
            )
        from infra.kafka.letters import opened_letter_desk

        chosen = {name: asked[name] for name in Chosen.__dataclass_fields__}
        with opened_letter_desk(loaded) as letters:
            rows = letters.replay(Chosen(**chosen), asked["by"], again=asked["again"])
    elif not folder.exists():
        raise BadInput(f"data: there is nothing in {folder.path}")
    else:
        rows = asyncio.run(_by_ourselves(loaded, asked))
    decoded: list[Row] = msgspec.json.decode(to_json(rows))
    return decoded


async def _by_ourselves(loaded: Loaded, asked: dict[str, Any]) -> list[dict[str, Any]]:
    async with opened_host(loaded) as host:
        found: list[dict[str, Any]] = await asyncio.to_thread(host.desk.answer, "replay_dead_letters", asked)
        return found


def _tell(found: Row) -> None:
    if not found["letters"]:
        print("no dead letter")
        return
    print(f"{found['letters']:,} dead letters")
    counts = Table(box=None, pad_edge=False)
    for name in ("letters", "stage", "reason", "newest"):
        counts.add_column(name, justify="right" if name == "letters" else "left")
    for row in found["counts"]:
        counts.add_row(f"{row['letters']:,}", row["stage"], escape(_cut(row["reason"])), _age(row["newest"]))
    console().print(counts)
    print()
    rows = Table(box=None, pad_edge=False)
    for name in ("id", "age", "origin", "stage", "bytes", "reason", "done"):
        rows.add_column(name, justify="right" if name == "bytes" else "left")
    for row in found["rows"]:
        done = f"{row['fate']} {row['became'] or row['because']}".strip()
        rows.add_row(
            row["dead_letter_id"], _age(row["at"]), _origin(row), row["stage"], f"{row['size']:,}",
            escape(_cut(row["reason"])), escape(done),
        )  # fmt: skip
    console().print(rows)
    if len(found["rows"]) < found["letters"]:
        print(f"the newest {len(found['rows']):,}; --limit shows more")


def _tell_one(row: Row) -> None:
    print(f"{row['dead_letter_id']}  {shown_time(row['at'])}  {row['stage']}")
    print(f"origin   {_origin(row)}, broker {row['incarnation']}, key {row['key']!r}")
    print(f"reason   {row['reason']}")
    mark = row["mark"]
    if mark:
        why = f" ({mark['reason']})" if mark["reason"] else ""
        after = mark["became"] or ("under way" if mark["fate"] == "replayed" else "")
        times = f", {mark['times']} times" if mark["times"] > 1 else ""
        print(f"{mark['fate']:<8} {shown_time(mark['at'])} by {mark['by']}{times}{why}{': ' + after if after else ''}")
    if row["decoded"] is None:
        print(f"decoded  not possible: {row['undecodable']}")
    else:
        print("decoded")
        print_json(row["decoded"])
    print(f"{row['size']:,} bytes{', the first 4,000' if row['size'] > 4000 else ''}")
    for start in range(0, len(row["hex"]), 64):
        print(f"{start // 2:08x}  {row['hex'][start : start + 64]}")


def _tell_done(rows: Sequence[Row]) -> None:
    if not rows:
        print("no dead letter is meant")
    for row in rows:
        became = row["became"] or ("under way" if row["done"] == "replayed" else "")
        print(f"{row['dead_letter_id']}  {row['done']}{': ' + became if became else ''}")


def _origin(row: Row) -> str:
    return f"{row['topic']}[{row['partition']}]@{row['offset']}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _age(at: str) -> str:
    seconds = max(0.0, (wall_clock() - datetime.fromisoformat(at)).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
