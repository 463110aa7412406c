"""`bellwether migrate`, the first half: a data folder's store into a ClickHouse server, whole or not at all.

The folder `moving` in the data folder has a backup to copy from and notes what is done, so that a move which was
interrupted goes on where it stopped. The data folder itself stays as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from infra.backup import backup
from infra.backup_files import Manifest, read_pieces, unsealed
from infra.embedded.folder import DataFolder
from infra.host import store_of
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
from sinks.clickhouse.transfer import TableShape, data_tables, paste, rows_in

Row = dict[str, Any]
FOLDER: Final = "moving"
_BACKUP, _NOTES = "backup", "notes.json"
_NOTHING: Final = Manifest("", "", 0, (), ())
_OWN: Final = frozenset({"meta", "policy"})  # what a role writes that was started once


@dataclass(frozen=True, slots=True)
class Move:
    """A move that is under way, or done: its folder, the backup's manifest, what the store said, what is done."""

    folder: Path
    manifest: Manifest
    expected: Row
    notes: Row

    @property
    def backup(self) -> Path:
        """Where the copy of the folder lies until everything is over there."""
        return self.folder / _BACKUP

    def note(self, **done: Any) -> None:
        """Remember durably what is done."""
        self.notes.update(done)
        fresh = self.folder / f"{_NOTES}.new"
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(self.notes, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / _NOTES)

    @property
    def finished(self) -> bool:
        """Whether everything is over there, and may have gone on since."""
        return bool(self.notes.get("finished"))


def begun(loaded: Loaded, folder: DataFolder, target: str) -> Move:
    """Begin a move of a folder that is held to `target`, or find the one that was interrupted.

    Raises BadInput when the folder was moved elsewhere, or was worked with after it had been moved, or when its notes
    cannot be read.
    """
    work = folder.path / FOLDER
    notes = notes_of(work, target)
    with store_of(loaded, folder) as store:
        CommitFollower(Projector(store, LIVE), ChdbCommitLog(store, LIVE)).catch_up()
        expected = json.loads(json.dumps(summary(store), default=str))
        changed = differences(notes["expected"], expected) if notes else []
        if notes.get("finished"):
            if changed:
                raise BadInput(
                    f"data: {folder.path} was moved before and has been worked with since: {'; '.join(changed)}. What "
                    "came since is in this folder alone; read its feeds over there, or move it to empty services anew "
                    f"(delete {work} first)"
                )
            return Move(work, _NOTHING, expected, notes)
        if not notes or changed:  # the first time, or the folder was worked with since
            shutil.rmtree(work / _BACKUP, ignore_errors=True)
            work.mkdir(mode=0o700, exist_ok=True)
            ours = notes.get("ours", False)
            notes = {"target": named(target) if ours else "", "expected": expected, "tables": [], "ours": ours}
        if not (work / _BACKUP).exists():
            for partial in work.glob(f".{_BACKUP}.*"):  # of a process that was killed
                shutil.rmtree(partial, ignore_errors=True)
            backup(store, loaded, work / _BACKUP, nullcontext())
    move = Move(work, unsealed(work / _BACKUP), expected, notes)
    move.note()
    return move


def filled(loaded: Loaded, move: Move, target: str) -> Store:
    """Return the open target once it says what the folder says. Raises BadInput, before anything is written, when it
    holds something else; Retryable when it does not answer; and BadInput when in the end it does not say the same."""
    store = open_store(target)
    try:
        migrate(store)
        if not move.notes["ours"]:
            held = [one.name for one in data_tables(store) if one.name not in _OWN and rows_in(store, one.name)]
            if held:
                raise BadInput(f"--to-store: holds data already ({', '.join(held)}); name an empty database")
            move.note(ours=True, target=named(target))  # not before: a mistyped target must not bind
        for table in move.manifest.tables:
            if table.name in move.notes["tables"]:
                continue
            if rows_in(store, table.name):  # of a try that was interrupted
                store.command(f"ALTER TABLE {table.name} DELETE WHERE 1 SETTINGS mutations_sync = 2")
            paste(store, TableShape(table.name, table.columns), read_pieces(move.backup / table.file))
            move.note(tables=[*move.notes["tables"], table.name])
        record_policy(store, policy_from(loaded.settings.policy))
        found = json.loads(json.dumps(summary(store), default=str))
        if told := differences(move.expected, found):
            raise BadInput(
                f"--to-store: does not say what the folder says: {'; '.join(told)}. Nothing was started; empty the "
                f"database, delete the folder {move.folder}, and give the command again"
            )
    except BaseException:
        store.close()
        raise
    return store


def notes_of(work: Path, target: str) -> Row:
    """Return what the folder `work` notes of a move to `target`, {} when none was begun.

    Raises BadInput when another target has been filled already, or the notes are damaged.
    """
    try:
        notes = json.loads((work / _NOTES).read_text("utf-8"))
        bound = bool(notes["ours"]) and notes["target"]
        if not isinstance(notes["expected"], dict) or not isinstance(notes["tables"], list):
            raise TypeError("no notes of a move")
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"data: {work / _NOTES} is damaged ({error}); delete {work} and begin anew, with an empty database and an "
            "empty Kafka"
        ) from error
    if bound and bound != named(target):
        raise BadInput(
            f"--to-store: a move to another store was begun; finish that one, or delete {work} to begin anew"
        )
    return dict(notes)


def named(target: str) -> str:
    """Return what stands for the place that a DSN names, whoever signs in there and with whatever password."""
    parts = urlsplit(target)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}/{parts.path.strip('/')}"
    return hashlib.sha256(place.encode()).hexdigest()[:16]
