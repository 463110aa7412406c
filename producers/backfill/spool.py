"""An external sort: drafts in, drafts out in order of event time, with memory that does not grow with their number.

The spool is a private temporary database of SQLite: a file without a name in SQLITE_TMPDIR, TMPDIR or /tmp
(https://sqlite.org/tempfiles.html), which is gone with its process, killed or not. It takes about as much space as the
articles' text and half as much again while sorting.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from producers.draft import Draft
from schemas.errors import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
PRAGMA temp_store = FILE;
CREATE TABLE drafts (
    n INTEGER PRIMARY KEY, at INTEGER, article TEXT, hash TEXT, characters INTEGER, body BLOB
);
CREATE TABLE stored (article TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a spool holds. `articles` are different ones, `revisions` further contents of them, `repeated` contents that
    came before; `stored` are articles (of `articles`) that the store has by their id. Times UTC, None of nothing.
    """

    articles: int
    revisions: int
    repeated: int
    stored: int
    first: datetime | None
    last: datetime | None

    @property
    def drafts(self) -> int:
        """How many were put in."""
        return self.articles + self.revisions + self.repeated


class Spool:
    """Drafts on disk. Used by one thread at a time. Raises BadInput when the disk is full."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")
        self._sorted = False

    def close(self) -> None:
        """Give the space back."""
        self._db.close()

    def add(self, draft: Draft) -> None:
        """Put one draft in, before the first look at any."""
        at = (draft.published_at - _EPOCH) // _MICROSECOND
        with _room():
            self._db.execute(
                "INSERT INTO drafts (at, article, hash, characters, body) VALUES (?, ?, ?, ?, ?)",
                (at, draft.article_id, draft.content_hash, len(draft.text), msgspec.json.encode(draft)),
            )

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM drafts").fetchone()[0])

    def lines(self) -> Iterator[bytes]:
        """Yield the drafts as JSON lines (see `decoded`): by event time, then by article id, then as they were put in.

        So the order of the sources decides only which of two contents of one article, both of the same moment, is the
        later one.
        """
        self._sort()
        for (body,) in self._rows("SELECT body FROM drafts ORDER BY at, article, n"):
            yield body + b"\n"

    def mark_stored(self, known: Callable[[list[str]], Iterable[str]], page: int = 5_000) -> None:
        """Note which articles are stored already; `known` returns those of some ids that are."""
        self._sort()
        rows = self._rows("SELECT DISTINCT article FROM drafts ORDER BY article")
        ids: list[str] = []
        for (article,) in rows:
            ids.append(article)
            if len(ids) >= page:
                self._note(known(ids))
                ids = []
        if ids:
            self._note(known(ids))

    def missing(self) -> Iterator[tuple[datetime, int]]:
        """Yield (published at, characters) of every article that was not marked as stored, each once."""
        self._sort()
        rows = self._rows(
            "SELECT max(at), characters FROM drafts WHERE article NOT IN (SELECT article FROM stored) GROUP BY article"
        )
        for at, characters in rows:
            yield _EPOCH + at * _MICROSECOND, characters

    def figures(self) -> Figures:
        """Return what is in the spool."""
        self._sort()
        with _room():
            drafts, first, last = self._db.execute("SELECT count(*), min(at), max(at) FROM drafts").fetchone()
            articles = self._number("SELECT count(*) FROM (SELECT DISTINCT article FROM drafts)")
            contents = self._number("SELECT count(*) FROM (SELECT DISTINCT article, hash FROM drafts)")
            stored = self._number("SELECT count(*) FROM stored")
        moments = [None if at is None else _EPOCH + at * _MICROSECOND for at in (first, last)]
        return Figures(articles, contents - articles, drafts - contents, stored, *moments)

    def _note(self, articles: Iterable[str]) -> None:
        with _room():
            self._db.executemany("INSERT OR IGNORE INTO stored VALUES (?)", [(one,) for one in articles])

    def _sort(self) -> None:
        if self._sorted:
            return
        with _room():
            self._db.execute("CREATE INDEX by_time ON drafts (at, article, n)")
            self._db.execute("CREATE INDEX by_article ON drafts (article, hash)")
        self._sorted = True

    def _number(self, sql: str) -> int:
        return int(self._db.execute(sql).fetchone()[0])

    def _rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        cursor = self._db.cursor()
        with _room():
            cursor.execute(sql)
        while True:
            with _room():
                found = cursor.fetchmany(200)
            if not found:
                return
            yield from found


def decoded(line: bytes) -> Draft:
    """Return the draft of one line of `Spool.lines`. Raises msgspec.DecodeError for anything else."""
    return _DECODER.decode(line)


_DECODER = msgspec.json.Decoder(Draft)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise BadInput(
            f"sorting by time failed ({error}): it needs about twice the space of the articles' text for temporary "
            "files; TMPDIR names another place for them"
        ) from None
