"""What a signal's page offers an analyst: a session, a fresh key for its forms, and what the last command did."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Final

from starlette.requests import Request

from sinks.site.command_words import can_be_undone, fate, what
from sinks.site.ports import Row, Sources
from sinks.site.sessions import Session, Sessions

_COMMAND: Final = re.compile(r"[a-z]{1,4}-[0-9a-f]{16}")
_OTHERS: Final = 100


@dataclass(frozen=True, slots=True)
class Done:
    """A command as a page tells of it."""

    row: Row
    what: str
    fate: str
    undoable: bool


@dataclass(frozen=True, slots=True)
class Controls:
    """`session` is None for a visitor who is not signed in; `others` are signals to merge into, strongest first.

    `key` is new with every page: a form sent twice from one page gives one command.
    """

    session: Session | None
    key: str
    done: Done | None
    others: tuple[Row, ...] = ()


def told(row: Row) -> Done:
    """Return a command's row with its words."""
    return Done({"pending": False} | row, what(row), fate(row), can_be_undone(row))


class ControlRoom:
    """Makes the controls of a request."""

    def __init__(self, sources: Sources, sessions: Sessions) -> None:
        self._sources, self._sessions = sources, sessions

    def of(self, request: Request, signal_id: str = "") -> Controls:
        """Return the controls; with a signal's id also what it could be merged into."""
        session = self._sessions.of(request)
        if session is None:
            return Controls(None, "", None)
        others = self._others(signal_id) if signal_id else ()
        return Controls(session, secrets.token_urlsafe(12), self._done(request.query_params), others)

    def _done(self, query: Mapping[str, str]) -> Done | None:
        command_id = query.get("did", "")
        if self._sources.commands is None or not _COMMAND.fullmatch(command_id):
            return None
        rows = self._sources.commands(command_id=command_id)
        return told(rows[0] if rows else _pending(command_id))

    def _others(self, signal_id: str) -> tuple[Row, ...]:
        rows = self._sources.reader.listing(self._sources.now()).rows
        best = nsmallest(_OTHERS + 1, rows.values(), key=lambda row: (-row["strength"], row["signal_id"]))
        return tuple(row for row in best if row["signal_id"] != signal_id)[:_OTHERS]


def _pending(command_id: str) -> Row:
    return {
        "command_id": command_id, "action": "command", "signal_id": "", "title": "", "refused": "", "undone": False,
        "pending": True, "other_ids": [],
    }  # fmt: skip
