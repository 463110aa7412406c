"""How a command reaches a data folder: through the process that holds it, or by opening it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from infra.control import to_json
from infra.desk import Desk
from infra.door import Door
from infra.embedded.folder import DataFolder
from infra.host import opened_desk
from infra.settings import Loaded
from schemas.errors import BadInput, FolderBusy
from schemas.topics import LIVE
from sinks.clickhouse.export import Format


class Asker:
    """Same answers, whoever gives them."""

    def __init__(self, generation: str, desk: Desk | None = None, door: Door | None = None) -> None:
        self.generation, self.door = generation, door
        self._desk = desk.of(generation) if desk else None

    def ask(self, name: str, **arguments: Any) -> Any:
        """Return the answer as plain JSON data."""
        if self.door is not None:
            return self.door.ask(name, arguments, self.generation)
        assert self._desk is not None
        return msgspec.json.decode(to_json(self._desk.answer(name, arguments)))

    def export(self, kind: str, form: Format, out: IO[bytes] | Path) -> None:
        """Write an export to a file, which appears whole or not at all, or to a stream."""
        if self.door is None:
            assert self._desk is not None
            self._desk.export(kind, cast(Any, out), form)
        elif isinstance(out, Path):
            partial = out.with_name(f".{out.name}.part")
            try:
                with partial.open("wb") as file:
                    self.door.export(kind, form, file, self.generation)
                partial.replace(out)
            except OSError as error:
                raise BadInput(f"cannot write {out}: {error.strerror}") from error
            finally:
                partial.unlink(missing_ok=True)
        else:
            self.door.export(kind, form, out, self.generation)


def door_of(folder: DataFolder, seconds: float = 20.0) -> Door | None:
    """Return the door of the process that holds `folder`, waiting while it starts; None once nobody holds it.

    Raises FolderBusy when the holder does not answer in time.
    """
    until = time.monotonic() + seconds
    while folder.is_held_elsewhere():
        announced = folder.door()
        if announced is not None:
            return Door(announced)
        if time.monotonic() > until:
            raise FolderBusy(f"another process holds {folder.path} and does not answer; wait until it has ended")
        time.sleep(0.1)
    return None


@contextmanager
def asking(loaded: Loaded, generation: str = LIVE) -> Iterator[Asker]:
    """Open the way to the configured folder. Raises BadInput when nothing was ever stored there."""
    folder = DataFolder(Path(loaded.settings.data))
    door = door_of(folder)
    if door is not None:
        yield Asker(generation, door=door)
        return
    if not folder.exists() and not loaded.settings.store.dsn.get_secret_value():
        raise BadInput(f"data: there is nothing in {folder.path} yet; `bellwether run` or `bellwether ingest` fills it")
    with opened_desk(loaded) as desk:
        yield Asker(generation, desk=desk)
