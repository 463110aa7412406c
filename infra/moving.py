"""`bellwether migrate`, the first half: a data folder's store into a ClickHouse server, whole or not at all.

The folder `moving` in the data folder has a backup to copy from and notes what is done, so that a move which was
interrupted goes on where it stopped. The data folder itself stays as it was.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.backup import backup
from infra.backup_files import Manifest, read_pieces, unsealed
from infra.host import opened_store
from infra.policy import policy_from, record_policy
from infra.settings import Loaded
from infra.summing import differences, summary
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.project import Projector
from sinks.clickhouse.transfer import TableShape, paste, rows_in

Row = dict[str, Any]
FOLDER: Final = "moving"
_BACKUP, _NOTES = "backup", "notes.json"
_NOTHING: Final = Manifest("", "", 0, (), ())


@dataclass(frozen=True, slots=True)
class Move:
    """A move that is under way, or done: its folder, the backup's manifest, what the store said, what is done."""

    folder: Path
    manifest: Manifest
    expected: Row
    notes: Row

    def note(self, **done: Any) -> None:
        """Remember durably what is done."""
        self.notes.update(done)
        fresh = self.folder / f"{_NOTES}.new"
        fresh.write_text(json.dumps(self.notes), "utf-8")
        fresh.replace(self.folder / _NOTES)

    @property
    def finished(self) -> bool:
        """Whether everything is over there, and may have gone on since."""
        return bool(self.notes.get("finished"))


def begun(loaded: Loaded, target: str) -> Move:
    """Begin a move of the configured folder to `target`, or find the one that was interrupted.

    Raises BadInput when the folder holds nothing or was moved elsewhere; FolderBusy while a process works with it.
    """
    folder = Path(loaded.settings.data)
    if not (folder / "store").exists():
        raise BadInput(f"data: there is nothing in {folder} to move")
    work = folder / FOLDER
    with opened_store(loaded) as (_, store):
        CommitFollower(Projector(store, LIVE), ChdbCommitLog(store, LIVE)).catch_up()
        expected = json.loads(json.dumps(summary(store), default=str))
        notes = _notes(work, target)
        if notes.get("finished"):
            return Move(work, _NOTHING, notes["expected"], notes)
        if notes.get("expected") != expected:  # the first time, or the folder was worked with since
            shutil.rmtree(work / _BACKUP, ignore_errors=True)
            work.mkdir(mode=0o700, exist_ok=True)
            notes = {"target": _named(target), "expected": expected, "tables": [], "ours": bool(notes)}
        if not (work / _BACKUP).exists():
            backup(store, loaded, work / _BACKUP, nullcontext())
    move = Move(work, unsealed(work / _BACKUP), expected, notes)
    move.note()
    return move


def filled(loaded: Loaded, move: Move, target: str) -> Store:
    """Return the open target once it says what the folder says. Raises BadInput, before anything is written, when it
    holds something else; Retryable when it does not answer; and BadInput when in the end it does not say the same."""
    store = open_store(target)
    try:
        if move.finished:
            return store
        migrate(store)
        if not move.notes["ours"]:
            held = [name for name in ("commits", "articles", "signals") if rows_in(store, name)]
            if held:
                raise BadInput(f"--to-store: holds data already ({', '.join(held)}); name an empty database")
            move.note(ours=True)
        for table in move.manifest.tables:
            if table.name in move.notes["tables"]:
                continue
            if rows_in(store, table.name):  # of a try that was interrupted
                store.command(f"ALTER TABLE {table.name} DELETE WHERE 1 SETTINGS mutations_sync = 2")
            pieces = read_pieces(move.folder / _BACKUP / table.file)
            paste(store, TableShape(table.name, table.columns), pieces)
            move.note(tables=[*move.notes["tables"], table.name])
        migrate(store)
        record_policy(store, policy_from(loaded.settings.policy))
        found = json.loads(json.dumps(summary(store), default=str))
        if told := differences(move.expected, found):
            raise BadInput(f"--to-store: does not say what the folder says: {'; '.join(told)}. Nothing was started; "
                           "empty the database, delete the folder `moving`, and give the command again")  # fmt: skip
    except BaseException:
        store.close()
        raise
    return store


def _notes(work: Path, target: str) -> Row:
    try:
        notes: Row = json.loads((work / _NOTES).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    if notes["target"] != _named(target):
        raise BadInput(
            f"--to-store: a move to another store was begun; finish that one, or delete {work} to begin anew"
        )
    return notes


def _named(target: str) -> str:
    """Return what stands for a DSN: it may hold a password, so only a hash of it is kept."""
    return hashlib.sha256(target.encode()).hexdigest()[:16]
