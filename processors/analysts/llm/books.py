"""The books of the language model: answers that were paid for, what each request cost, and what the processes share.

One SQLite file in WAL mode, used by several processes and threads at a time. A killed process loses nothing that was
committed; after a power failure the last transactions may be missing (`synchronous=NORMAL`), the file stays whole.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from schemas.errors import BadSetting, Retryable

VERSION = 1
BUSY = 15.0  # seconds to wait for another process's transaction, which takes milliseconds
_TABLES = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, model TEXT, prompt TEXT, body TEXT, at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, model TEXT, body BLOB, at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shared (key TEXT PRIMARY KEY, body TEXT, at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recorded (key TEXT PRIMARY KEY, body TEXT, at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, body TEXT, at REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (scope TEXT PRIMARY KEY, tokens INTEGER, money INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls (
  id INTEGER PRIMARY KEY, at REAL, day TEXT, run TEXT, stage TEXT, model TEXT, prompt TEXT, about TEXT, chars INTEGER,
  tokens_in INTEGER, tokens_out INTEGER, cached INTEGER, cost INTEGER, hit INTEGER, result TEXT, seconds REAL);
CREATE INDEX IF NOT EXISTS calls_at ON calls (at);
CREATE INDEX IF NOT EXISTS calls_open ON calls (at) WHERE result = 'open';
"""


class Books:
    """The file. Every method may be called from any thread; SQLite's errors while in use come out as Retryable.

    Raises BadSetting (`llm.books: …`) when the file cannot be opened, read or written, or is something else.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise
        except sqlite3.Error as error:
            raise BadSetting(
                f"llm.books: {path} cannot be used ({error}); name a file that can be written, or move this one away"
            ) from None

    def close(self) -> None:
        """Close the file; later calls raise Retryable."""
        with self._lock:
            self._db.close()

    # answers

    def cached(self, key: str) -> str | None:
        """Return the model's raw answer to the request with this key."""
        return self._body("answers", key)

    def keep(self, key: str, model: str, prompt: str, body: str) -> None:
        """Keep a raw answer for good."""
        with self.writing() as db:
            db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", (key, model, prompt, body, time.time()))

    def vectors(self, keys: list[str]) -> dict[str, bytes]:
        """Return the kept vectors among `keys`."""
        with self.reading() as db:
            found = (db.execute("SELECT key, body FROM vectors WHERE key = ?", (key,)).fetchone() for key in keys)
            return {row[0]: row[1] for row in found if row}

    def keep_vectors(self, model: str, vectors: dict[str, bytes]) -> None:
        """Keep vectors by the key of their text and model."""
        with self.writing() as db:
            rows = [(key, model, body, time.time()) for key, body in vectors.items()]
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

    def shared(self, key: str) -> str | None:
        """Return what an article that says nearly the same has shared under this key."""
        return self._body("shared", key)

    def share(self, key: str, body: str) -> None:
        """Share an extraction with near-duplicates; the first one stays."""
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO shared VALUES (?, ?, ?)", (key, body, time.time()))

    def answer(self, question_id: str) -> str | None:
        """Return the recorded answer to a question."""
        return self._body("recorded", question_id)

    def record_answer(self, question_id: str, body: str) -> None:
        """Record a question's answer, so that a replay gives the same; the first one stays."""
        with self.writing() as db:
            db.execute("INSERT OR IGNORE INTO recorded VALUES (?, ?, ?)", (question_id, body, time.time()))

    # what the processes share

    def state(self, key: str) -> dict[str, Any] | None:
        """Return one entry of the state."""
        body = self._body("state", key)
        return None if body is None else json.loads(body)

    def states(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Return the entries whose key begins so, without the prefix."""
        with self.reading() as db:
            rows = db.execute("SELECT key, body FROM state WHERE key GLOB ? ORDER BY key", (prefix + "*",)).fetchall()
        return {key[len(prefix) :]: json.loads(body) for key, body in rows}

    def set_state(self, key: str, value: dict[str, Any]) -> None:
        """Replace one entry of the state."""
        self.change(key, lambda _: value)

    def change(self, key: str, step: Callable[[dict[str, Any] | None], dict[str, Any]]) -> dict[str, Any]:
        """Replace an entry by `step` of it, atomically; return the new one."""
        with self.writing() as db:
            new = step(self.state(key))
            db.execute("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", (key, json.dumps(new), time.time()))
        return new

    def read_back_to(self, when: datetime | None, until: datetime) -> None:
        """Let calls about articles dated before `when` wait until `until` (both aware). None lifts it."""
        oldest = None if when is None else when.timestamp()
        self.set_state("read_back_to", {"when": oldest, "until": until.timestamp()})

    def cutoff(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Return (when, until) of the cutoff that holds at `now`."""
        entry = self.state("read_back_to")
        if entry is None or entry["when"] is None or entry["until"] <= now.timestamp():
            return None
        return datetime.fromtimestamp(entry["when"], UTC), datetime.fromtimestamp(entry["until"], UTC)

    def slot(self, per_minute: int, now: float) -> float:
        """Take the next of so many slots a minute; return the seconds until it comes. All processes share them."""
        gap = 60.0 / per_minute
        taken = 0.0

        def next_one(entry: dict[str, Any] | None) -> dict[str, Any]:
            nonlocal taken
            planned = float(entry["next"]) if entry else now
            taken = planned if now < planned < now + 600 else now  # a clock that was set back does not lock it
            return {"next": taken + gap}

        self.change("pace", next_one)
        return taken - now

    # SQLite

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reads. SQLite's errors become Retryable."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise Retryable(f"llm.books: {self.path}: {error}") from None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction, undone when the block raises."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _body(self, table: str, key: str) -> str | None:
        with self.reading() as db:
            row = db.execute(f"SELECT body FROM {table} WHERE key = ?", (key,)).fetchone()  # noqa: S608
        return None if row is None else str(row[0])

    def _open(self) -> None:
        self._retried("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        fault = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if fault != "ok":
            raise sqlite3.DatabaseError(f"it is damaged: {fault}")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise sqlite3.DatabaseError(f"it is of version {found}, from a newer Bellwether")
        self._db.execute("BEGIN IMMEDIATE")
        for statement in _TABLES.split(";"):
            self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("COMMIT")

    def _retried(self, statement: str) -> None:
        # Going over to WAL does not wait for other connections as everything else does.
        for _ in range(100):
            try:
                self._db.execute(statement)
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                time.sleep(0.05)
        self._db.execute(statement)
