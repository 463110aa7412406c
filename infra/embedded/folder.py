"""The data folder: one process holds it at a time; others find the holder's door through it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import Any

from infra.locked import is_locked
from schemas.errors import BadSetting, FolderBusy


class DataFolder:
    """A folder with `lock`, `control.json` (where the holder answers, its broker and store too if it is exposed; mode
    600) and `store/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @property
    def store_dsn(self) -> str:
        """The DSN of the embedded store in this folder."""
        return f"chdb://{(self.path / 'store').absolute()}"

    def exists(self) -> bool:
        """Say whether anything was ever stored here."""
        return (self.path / "store").exists()

    def hold(self, patience: float = 20.0) -> None:
        """Take the folder, waiting up to `patience` seconds for a command that only looks into it.

        Raises FolderBusy when a process that answers at its door has it, or when patience is at an end;
        BadSetting when the folder cannot be used.
        """
        until = time.monotonic() + patience
        while not self._try_to_hold():
            if self.door() is not None:
                raise FolderBusy(f"another process works with {self.path}; stop it, or ask it with the other commands")
            if time.monotonic() > until:
                raise FolderBusy(f"another process holds {self.path} and does not answer; wait until it has ended")
            time.sleep(0.1)

    def must_be_whole(self) -> None:
        """Raise BadSetting when a restore into this folder was interrupted."""
        if self.restoring():
            raise BadSetting(
                f"data: a restore into {self.path} has not come to its end; give the same `bellwether restore` again"
            )

    def restoring(self) -> bool:
        """Say whether a restore was begun and has not ended."""
        return (self.path / "restoring").exists()

    def begin_restore(self) -> None:
        """Until `end_restore` nobody works with what is here."""
        (self.path / "restoring").touch(mode=0o600)

    def end_restore(self) -> None:
        """Everything is here."""
        (self.path / "restoring").unlink()

    def _try_to_hold(self) -> bool:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadSetting(f"data: the folder {self.path} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        (self.path / "control.json").unlink(missing_ok=True)  # of a process that was killed
        return True

    def is_held_elsewhere(self) -> bool:
        """Say whether another process has the folder."""
        try:
            return is_locked(self.path / "lock")
        except OSError as error:
            raise BadSetting(f"data: the folder {self.path} cannot be used: {error.strerror}") from error

    def announce(self, door: dict[str, Any]) -> None:
        """Write where this process answers, readable by its user alone."""
        path = self.path / "control.json"
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(door), "utf-8")
        fresh.replace(path)

    def door(self) -> dict[str, Any] | None:
        """Return what the holder announced, None while it has not."""
        try:
            found: dict[str, Any] = json.loads((self.path / "control.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def release(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            (self.path / "control.json").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
