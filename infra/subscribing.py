"""Follows signal events of whatever the settings name: a data folder through the process that runs it, or Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

import httpx2
import msgspec

from infra.asking import door_of
from infra.embedded.folder import DataFolder
from infra.settings import Loaded
from schemas.errors import BadInput, FolderBusy, Retryable
from schemas.events import SignalEvent
from sinks.subscribe.client import subscribe
from sinks.subscribe.start import start_of
from sinks.subscribe.stored import BEGINNING, Cursor, CursorFile, follow
from sinks.where import Where

_FIELDS: Final = tuple(field.name for field in fields(SignalEvent))
LAST: Final = 2**31  # behind every event of a commit


class Asks(Protocol):
    """What answers questions by name: an Asker or a Door."""

    def __call__(self, name: str, arguments: dict[str, Any]) -> Any: ...


class AskedEvents:
    """Events as somebody answers for them. `every`: those of candidates that nobody published, too."""

    def __init__(self, ask: Asks, *, every: bool = False) -> None:
        self._ask, self._every = ask, every

    def events(self, after: Cursor, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        """See Source."""
        wanted = {"after_n": after[0], "after_i": after[1], "limit": limit, "published_only": not self._every}
        return [((row["n"], row["i"]), event_of(row)) for row in self._ask("events", wanted)]

    def position(self) -> Cursor:
        """See Source."""
        return int(self._ask("status", {})["projected"]), LAST


class RunningFolder:
    """Asks the process that holds a data folder, whichever it is by now. Raises Retryable while none does."""

    def __init__(self, path: Path) -> None:
        self._folder = DataFolder(path)

    def __call__(self, name: str, arguments: dict[str, Any]) -> Any:
        """See Asks."""
        try:
            door = door_of(self._folder)
        except FolderBusy as busy:  # by a command, say, which answers nobody
            raise Retryable(f"data: {busy}") from busy
        if door is None:
            raise Retryable(f"data: nobody runs {self._folder.path}")
        try:
            return door.ask(name, arguments)
        except httpx2.TransportError as error:  # it has just gone; another may come
            raise Retryable(f"data: {self._folder.path}: {type(error).__name__}") from error


def event_of(row: dict[str, Any]) -> SignalEvent:
    """Return the event in a row of JSON data."""
    return msgspec.convert({name: row[name] for name in _FIELDS}, SignalEvent)


def cursor_file(data: str, name: str) -> CursorFile:
    """Return where a follower of that name keeps its place. Raises BadInput for a name that is no file's."""
    if not name.replace("-", "").replace("_", "").isalnum() or len(name) > 60:
        raise BadInput(f"--cursor {name!r}: use letters, digits, - and _")
    return CursorFile(Path(data) / "cursors" / f"{name}.json")


def followed(
    loaded: Loaded, name: str, *, where: str = "", since: str = "now", idle: float | None = None
) -> Iterator[SignalEvent]:
    """Follow signal events under a name that is remembered: Kafka's when `kafka.bootstrap` is set, else the folder's.

    `since`: where a new name begins: "now", "beginning", a day or a time (ISO 8601, UTC unless it says otherwise).
    Raises BadInput.
    """
    at = start_of(since)
    kafka = loaded.settings.kafka
    if kafka.bootstrap:
        registry = kafka.registry.opened()
        start = at if at else "now"
        with subscribe(kafka.connection, name, where=where, since=start, idle=idle, registry=registry) as events:
            yield from events
        return
    yield from follow(
        AskedEvents(RunningFolder(Path(loaded.settings.data))),
        cursor=cursor_file(loaded.settings.data, name),
        start=BEGINNING if at else None,
        since=at if isinstance(at, datetime) else None,
        where=Where(where, "where") if where else None,
        idle=idle,
    )
