"""Answers a reader's questions from the embedded store, strictly reading.

Each question gets a read-only connection of its own. What the engine's own parser makes of its text is looked at in
`permitted`; what then runs is written from that tree.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from infra.exposed.connections import break_off, escaped, read_only, run
from infra.exposed.functions import open_functions
from infra.exposed.permitted import Rules, Statement, Tree, permitted
from infra.exposed.query_settings import COMMENT, Limits, admitted
from infra.exposed.refusal import NOT_ALLOWED, READONLY, SYNTAX_ERROR, UNKNOWN_FORMAT, Refused

DATABASE: Final = "bellwether"
# What was sent where may name people; the rest is on the pages.
HIDDEN: Final = frozenset({"deliveries", "meta", "schema_migrations"})
_OTHERS: Final = ("system", "information_schema", "INFORMATION_SCHEMA")
_NOT_AS_TREE: Final = "does not support JSON serialization"
_INLINE: Final = "INSERT with inline data"
# Statements about one table, as the engine's formatter begins them; the parser makes no tree of them.
_ABOUT_A_TABLE: Final = ("DESCRIBE TABLE ", "EXISTS TABLE ", "EXISTS VIEW ", "SHOW CREATE TABLE ", "SHOW CREATE VIEW ")
_FROM: Final = "SELECT * FROM "
_BARE: Final = frozenset({"type", "select", "tables"})
_NO_FORMATS: Final = frozenset({"Template", "Buffers", "MySQLWire", "PostgreSQLWire"})
_CATALOGUE: Final = (
    "SELECT name, alias_to, categories AS category, is_aggregate, origin::String AS origin FROM system.functions"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One statement with its parameters (as ClickHouse takes them: escaped text) and the settings it asks for."""

    sql: str
    database: str = ""
    default_format: str = "TabSeparated"
    parameters: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer in a format of ClickHouse's, and what reading them took; `elapsed` in seconds."""

    body: bytes
    format: str
    rows_read: int
    bytes_read: int
    elapsed: float


class Engine:
    """Any number of threads may ask. Build it while the store is open, and close it before the store."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path, self._limits = str(path.resolve()), limits
        self._closed, self._under_way, self._idle = False, 0, threading.Condition()
        with read_only(self._path, limits.settings(), DATABASE) as connection:

            def rows(sql: str) -> list[dict[str, Any]]:
                return [json.loads(line) for line in connection.query(sql, "JSONEachRow").bytes().splitlines()]

            functions = open_functions(
                rows(_CATALOGUE),
                (row["name"] for row in rows("SELECT name FROM system.aggregate_function_combinators")),
            )
            views = rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
            self._rules = Rules(functions, DATABASE, frozenset(row["name"] for row in views), HIDDEN)
            formats = rows("SELECT name FROM system.formats WHERE is_output")
            self._formats = {row["name"].lower(): row["name"] for row in formats if row["name"] not in _NO_FORMATS}
            (about,) = rows("SELECT version() AS version, timezone() AS timezone")
        self.version: str = about["version"]
        self.timezone: str = about["timezone"]

    def answer(self, question: Question) -> Answer:
        """Return the whole answer; blocks. Raises Refused."""
        with self._idle:
            self._under_way += 1
        try:
            self._check_open()
            answer = self._answer(question)
            self._check_open()  # what was broken off may look like an answer without rows
        except Refused:
            self._check_open()
            raise
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()
        return answer

    def _check_open(self) -> None:
        if self._closed:
            raise Refused(394, "The process is ending. (QUERY_WAS_CANCELLED)") from None

    def _answer(self, question: Question) -> Answer:
        current = _database(question.database)
        with read_only(self._path, self._limits.settings(), current) as connection:
            statement, prefix = self._permitted(connection, question.sql, current)
            text = prefix + _rendered(connection, statement.tree).removeprefix(_FROM if prefix else "")
        wanted = statement.format or question.default_format
        form = self._formats.get(wanted.lower())
        if form is None:
            raise Refused(UNKNOWN_FORMAT, f"Unknown format {wanted[:100]}. (UNKNOWN_FORMAT)")
        settings = admitted({**question.settings, **statement.settings}, self._limits)
        with read_only(self._path, settings, current) as connection:
            result = run(connection, text, form, question.parameters)
            return Answer(bytes(result.bytes() or b""), form, result.rows_read(), result.bytes_read(), result.elapsed())

    def close(self, patience: float = 10.0) -> None:
        """Take no more questions and break off those under way; returns when none is, or after `patience` seconds."""
        until = time.monotonic() + patience
        with self._idle:
            self._closed = True
        # Again and again: one that was still being looked at has not begun yet.
        while not self._is_idle(0.0) and time.monotonic() < until:
            break_off(self._path, COMMENT)
            self._is_idle(0.1)

    def _is_idle(self, seconds: float) -> bool:
        with self._idle:
            return self._idle.wait_for(lambda: self._under_way == 0, seconds)

    def _permitted(self, connection: Any, sql: str, current: str) -> tuple[Statement, str]:
        """Return what may run, and the words it begins with if those are about a table."""
        try:
            return permitted(_tree(connection, sql), self._rules, current), ""
        except Refused as refused:
            if _INLINE in refused.words:
                raise Refused(
                    READONLY, "Cannot execute query in readonly mode: nothing is inserted. (READONLY)"
                ) from None
            if _NOT_AS_TREE not in refused.words:
                raise
        text = run(connection, "SELECT formatQuerySingleLine({q:String})", "TSVRaw", {"q": escaped(sql)})
        written = text.bytes().decode().rstrip("\n")
        for prefix in _ABOUT_A_TABLE:
            if written.startswith(prefix):
                tree = _tree(connection, _FROM + written.removeprefix(prefix))
                statement = permitted(tree, self._rules, current)
                if not _is_bare(statement.tree):
                    raise Refused(SYNTAX_ERROR, "Syntax error: one table is expected. (SYNTAX_ERROR)")
                return statement, prefix
        begin = written.partition(" ")[0][:40]
        raise Refused(NOT_ALLOWED, f"Such a statement ({begin} …) is not open to readers. (ACCESS_DENIED)")


def _database(name: str) -> str:
    if name in ("", "default", DATABASE):  # what clients ask for when nobody told them
        return DATABASE
    if name in _OTHERS:
        return name
    raise Refused(81, f"Database {name[:100]} does not exist. (UNKNOWN_DATABASE)")


def _tree(connection: Any, sql: str) -> Tree:
    found = run(connection, "SELECT parseQueryToJSON({q:String})", "TSVRaw", {"q": escaped(sql)})
    try:
        tree: Tree = json.loads(found.bytes())
    except UnicodeDecodeError as error:
        raise Refused(48, "A literal is no UTF-8; write unhex('…'). (NOT_IMPLEMENTED)") from error
    except (ValueError, RecursionError) as error:
        raise Refused(306, "Too deep for a reader's question. (TOO_DEEP_RECURSION)") from error
    return tree


def _rendered(connection: Any, tree: Tree) -> str:
    given = {"j": escaped(json.dumps(tree))}
    found: bytes = run(connection, "SELECT formatQueryFromJSON({j:String})", "TSVRaw", given).bytes()
    return found.decode().rstrip("\n")


def _is_bare(tree: Tree) -> bool:
    """Say whether it is `SELECT * FROM` one table or subquery and nothing else."""
    parts = (tree.get("list_of_selects") or {}).get("children") or [{}]
    tables = (parts[0].get("tables") or {}).get("children") or []
    return (
        len(parts) == 1
        and set(parts[0]) == _BARE
        and len(tables) == 1
        and set(tables[0]) == {"type", "table_expression"}
    )
