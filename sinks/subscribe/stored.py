"""Signal events as a store has them, followed with a cursor in a file: for the embedded mode, whose broker forgets."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from schemas.errors import BadInput, Retryable
from schemas.events import SignalEvent
from sinks.where import Where

T = TypeVar("T")
Cursor = tuple[int, int]  # (n, i) of an event: the order of commitment
BEGINNING: Final[Cursor] = (0, 0)
_PAGE: Final = 500


class Source(Protocol):
    """Where events are asked for, in order of commitment."""

    def events(self, after: Cursor, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        """Return the next events after the cursor. May raise Retryable, while the other side is away."""
        ...

    def position(self) -> Cursor:
        """Return a cursor behind all that there is now. May raise Retryable."""
        ...


class CursorFile:
    """A place in the order of events, kept in a file; replaced in one step, so that it is whole after a kill."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Cursor | None:
        """Return the place, None if there is none yet. Raises BadInput for a file that holds something else."""
        try:
            kept = json.loads(self._path.read_text("utf-8"))
            return int(kept["n"]), int(kept["i"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{self._path}: holds no cursor; remove it to begin anew") from error

    def save(self, cursor: Cursor) -> None:
        """Keep the place durably. Raises Retryable."""
        part = self._path.with_name(f".{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as file:
                json.dump({"n": cursor[0], "i": cursor[1]}, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        except OSError as error:
            raise Retryable(f"{self._path}: the cursor cannot be kept: {error.strerror}") from error


def follow(
    source: Source,
    *,
    cursor: CursorFile | None = None,
    start: Cursor | None = None,
    where: Where | None = None,
    since: datetime | None = None,
    poll: float = 0.5,
    idle: float | None = None,
) -> Iterator[SignalEvent]:
    """Yield events for which the condition holds, for ever, or until `idle` seconds (0: at once) brought none.

    Begins where `cursor` is, else after `start`, else with what comes now. An event counts as handled, and the cursor
    goes on, when the next one is asked for. `since` (aware): only events of that time and later. While the source is
    away it is asked again. Raises BadInput.
    """
    at = cursor.load() if cursor is not None else None
    if at is None:
        at = start if start is not None else _patiently(source.position, poll)
        if cursor is not None:
            cursor.save(at)  # should it end before its first event, the next one misses none
    quiet_since = time.monotonic()
    while True:
        page = _patiently(partial(source.events, at, _PAGE), poll)
        for place, event in page:
            if (since is None or event.at >= since) and (where is None or where.holds(event)):
                quiet_since = time.monotonic()
                yield event
                if cursor is not None:
                    cursor.save(place)
            at = place
        if page and cursor is not None:
            cursor.save(at)  # behind those that the condition passed over
        if not page:
            if idle is not None and time.monotonic() - quiet_since >= idle:
                return
            time.sleep(poll)


def _patiently(ask: Callable[[], T], poll: float) -> T:
    while True:
        try:
            return ask()
        except Retryable:
            time.sleep(max(poll, 0.1))
