"""The file of the book of alerts: SQLite with a write-ahead log, so that a write outlives the process at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final

from schemas.errors import Retryable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS cursors (generation TEXT PRIMARY KEY, n INTEGER NOT NULL, i INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alerts (
    alert_id TEXT PRIMARY KEY, rule TEXT NOT NULL, signal_id TEXT NOT NULL, fired_at INTEGER NOT NULL,
    body BLOB NOT NULL, suppressed TEXT NOT NULL,
    changed INTEGER NOT NULL DEFAULT 1, told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alerts_by_signal ON alerts (rule, signal_id, fired_at);
CREATE INDEX IF NOT EXISTS alerts_untold ON alerts (fired_at) WHERE told < changed;
CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (fired_at);
CREATE TABLE IF NOT EXISTS deliveries (
    alert_id TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, error TEXT NOT NULL,
    not_before INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (alert_id, channel)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faults (
    rule TEXT PRIMARY KEY, error TEXT NOT NULL, at INTEGER NOT NULL, times INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (channel, not_before) WHERE state = 'waiting';
"""


class BookFile:
    """One connection, used by one thread at a time. Calls raise Retryable."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        with _said():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def rows(self, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        """Return what a question finds, a dict a row."""
        with self._lock, _said(), closing(self._db.execute(sql, values)) as found:
            names = [each[0] for each in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction, which is kept when the block ends without an error."""
        with self._lock, _said():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def micros(at: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC. `at` must be aware."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def time_of(micros: int) -> datetime:
    """Return the time, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise Retryable(f"the book of alerts: {error}") from error
