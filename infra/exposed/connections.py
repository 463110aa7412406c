"""Connections to the embedded store that can only read.

chDB has no users. A reader's question therefore gets a connection of its own (0.3 ms), which is made read-only before
it sees any of the reader's text: under `readonly = 1` no statement can set it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import chdb

from infra.exposed.refusal import SYNTAX_ERROR, Refused, from_engine


@contextmanager
def read_only(path: str, settings: Mapping[str, str], database: str) -> Iterator[Any]:
    """Open a connection to the engine of this process at `path`; its settings stand. Raises Refused."""
    connection: Any = chdb.connect(path)  # type: ignore[no-untyped-call]
    try:
        changes = ", ".join(f"{_name(name)} = '{_quoted(value)}'" for name, value in settings.items())
        run(connection, f"USE {_name(database)}", "Null")
        run(connection, f"SET {changes}", "Null")
        run(connection, "SET readonly = 1", "Null")
        yield connection
    finally:
        connection.close()


def run(connection: Any, sql: str, form: str, parameters: Mapping[str, str] | None = None) -> Any:
    """Run one statement; blocks. Raises Refused with the engine's words."""
    try:
        return connection.query(sql, form, params=dict(parameters) if parameters else None)
    except RuntimeError as error:
        raise from_engine(error) from error


def break_off(path: str, comment: str) -> None:
    """End whatever runs under the setting `log_comment`; it says so itself a moment later."""
    connection: Any = chdb.connect(path)  # type: ignore[no-untyped-call]
    try:
        run(connection, f"KILL QUERY WHERE Settings['log_comment'] = '{_quoted(comment)}'", "Null")
    finally:
        connection.close()


def escaped(text: str) -> str:
    """Return a text as a parameter's value is written."""
    for plain, written in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\0", "\\0")):
        text = text.replace(plain, written)
    return text


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,80}", name):
        raise Refused(SYNTAX_ERROR, f"{name[:80]!r} is no name. (SYNTAX_ERROR)")
    return name
