"""What an analyst asks of the ledger: merge, split, rename, dismiss, restore, pin, unpin, reject-evidence, undo.

Whoever may use the data folder may give commands: there is no token here. On real services, whoever has the settings
of Kafka and ClickHouse.
"""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from infra.asking import asking, door_of
from infra.commands import commands_report
from infra.commands.look import print_json
from infra.commands.options import AsJson, Data, settings_for
from infra.control import to_json
from infra.embedded.folder import DataFolder
from infra.host import opened_host, opened_store
from infra.settings import Loaded
from schemas.errors import BadInput

Row = dict[str, Any]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept and shown.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who asks; reader.name or your login name otherwise.")]
Key = Annotated[str, typer.Option("--key", metavar="TEXT", help="The same key and words: the same command, once.")]
SignalId = Annotated[str, typer.Argument(metavar="ID", help="The signal.")]

_OF_ONE_SIGNAL: Final = {
    "dismiss": "Take a signal out of sight.",
    "pin": "Keep a signal as it is: it does not fade, and nothing but an analyst merges or divides it.",
    "unpin": "Give a pinned signal back to the clock.",
}


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (merge, split, rename):
        app.command()(command)
    # `restore` is in keeping.py: the same word brings a backup back.
    for action, help_text in _OF_ONE_SIGNAL.items():
        app.command(action, help=help_text)(of_one_signal(action))
    app.command()(undo)
    app.command()(commands)
    app.command("reject-evidence")(reject_evidence)


def merge(
    signal_id: SignalId,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The signal that stays.")],
    reason: Reason = "",
    by: By = "",
    key: Key = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Let one signal go up in another."""
    _give(data, json, "merge", by=by, reason=reason, key=key, signal_id=signal_id, into=into)


def split(
    signal_id: SignalId,
    part: Annotated[list[str], typer.Option("--part", metavar="TITLE=EV,EV…", help="A new signal; give two or more.")],
    reason: Reason = "",
    by: By = "",
    key: Key = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Divide a signal; evidence that no part names goes with the first one."""
    parts = [read_part(text) for text in part]
    _give(data, json, "split", by=by, reason=reason, key=key, signal_id=signal_id, parts=parts)


def rename(
    signal_id: SignalId,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="At most 110 characters.")],
    reason: Reason = "",
    by: By = "",
    key: Key = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Give a signal a title that no narrator changes."""
    _give(data, json, "rename", by=by, reason=reason, key=key, signal_id=signal_id, title=title)


def of_one_signal(action: str) -> Callable[..., None]:
    """Return the command for an action that names a signal and nothing else."""

    def command(
        signal_id: SignalId, reason: Reason = "", by: By = "", key: Key = "", data: Data = None, json: AsJson = False
    ) -> None:
        _give(data, json, action, by=by, reason=reason, key=key, signal_id=signal_id)

    return command


restore = of_one_signal("restore")  # for keeping.py


def reject_evidence(
    signal_id: SignalId,
    evidence_id: Annotated[str, typer.Argument(metavar="EVIDENCE_ID", help="`bellwether signal ID` lists them.")],
    reason: Reason = "",
    by: By = "",
    key: Key = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Take one evidence out of a signal's sums; the same words do not come in again."""
    _give(data, json, "reject-evidence", by=by, reason=reason, key=key, signal_id=signal_id, evidence_id=evidence_id)


def undo(
    command_id: Annotated[str, typer.Argument(metavar="COMMAND_ID", help="`bellwether commands` lists them.")],
    reason: Reason = "",
    by: By = "",
    key: Key = "",
    data: Data = None,
    json: AsJson = False,
) -> None:
    """Take back what a command, or the watchman, did."""
    _give(data, json, "undo", by=by, reason=reason, key=key, undoes=command_id)


def commands(
    command_id: Annotated[str, typer.Argument(metavar="[ID]", help="One command, with what it caused.")] = "",
    signal_id: Annotated[str, typer.Option("--signal", metavar="ID", help="Those that concern a signal.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 200,
    data: Data = None,
    json: AsJson = False,
) -> None:
    """What was asked of the ledger, by whom and why, and what became of it; newest first."""
    loaded = settings_for(data)
    with asking(loaded) as asker:
        found = asker.ask("commands", command_id=command_id, signal_id=signal_id, limit=limit)
    if json:
        print_json(found)
    elif command_id:
        commands_report.one(found[0])
    else:
        commands_report.many(found)


def read_part(text: str) -> tuple[str, list[str]]:
    """Return title and evidence ids of `Title=ev-…,ev-…`. A title may hold "=": the last one counts."""
    title, equals, ids = text.rpartition("=")
    if not equals:
        return text, []
    return title, [one.strip() for one in ids.split(",") if one.strip()]


def who(loaded: Loaded, by: str) -> str:
    """Return who asks: as told, the reader, or the login name."""
    if by.strip() or loaded.settings.reader.name.strip():
        return by.strip() or loaded.settings.reader.name.strip()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _give(data: str | None, json: bool, action: str, *, by: str, **given: Any) -> None:
    loaded = settings_for(data)
    done = give(loaded, action, by=who(loaded, by), **given)
    print_json(done) if json else commands_report.given(done)
    if done["refused"] or done["pending"]:
        raise typer.Exit(1)


def give(loaded: Loaded, action: str, **given: Any) -> Row:
    """Give a command through the process that holds the folder, or by holding it; return its row as JSON data."""
    folder = DataFolder(Path(loaded.settings.data))
    door = door_of(folder)
    asked = {"action": action, **given}
    if door is not None:
        found: Row = door.ask("command", asked)
        return found
    if loaded.settings.kafka.bootstrap and loaded.settings.on_server:
        from infra.kafka.commands import opened_commanding

        with (
            opened_store(loaded) as (_, store),
            opened_commanding(loaded.settings.kafka.connection, store) as commanding,
        ):
            return _as_json(commanding.give(**asked))
    if not folder.exists():
        raise BadInput(f"data: there is nothing in {folder.path} yet; `bellwether run` or `bellwether ingest` fills it")
    return _as_json(asyncio.run(_by_ourselves(loaded, asked)))


async def _by_ourselves(loaded: Loaded, asked: Row) -> Row:
    async with opened_host(loaded) as host:
        found: Row = await asyncio.to_thread(host.desk.answer, "command", asked)
        return found


def _as_json(row: Row) -> Row:
    found: Row = msgspec.json.decode(to_json(row))
    return found
