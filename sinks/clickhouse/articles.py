"""Stored articles: the embedded queue, the memory of what was seen, and the source of replays.

One writer at a time: `seq` is numbered in this process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from schemas.article import Article
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.rows import micros
from sinks.clickhouse.tables import ARTICLES

PAGE: Final = 500  # articles held in memory at a time


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with its number of admission (1, 2, 3 …) and the wall-clock time of it, in UTC."""

    seq: int
    admitted_at: datetime
    article: Article


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """The newest stored revision of an article."""

    revision: int
    content_hash: str
    hashes: frozenset[str]  # of every stored revision


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ArticleStore:
    """Articles of all generations; safe to use from several threads."""

    def __init__(self, store: Store, now: Callable[[], datetime] = _utc_now) -> None:
        self._store = store
        self._now = now
        self._lock = threading.Lock()
        self._last: int | None = None

    def put(self, articles: Sequence[Article]) -> list[StoredArticle]:
        """Store those whose (article_id, revision) is not stored yet; return them in the given order.

        They are durable then. Raises Retryable or StoreError when the store fails; the same call may be made
        again and stores only what is missing.
        """
        with self._lock:
            seen = self._revisions({article.article_id for article in articles})
            fresh: list[Article] = []
            for article in articles:
                pair = (article.article_id, article.revision)
                if pair not in seen:
                    seen.add(pair)
                    fresh.append(article)
            if not fresh:
                return []
            first = self._last_seq() + 1
            at = self._now()
            numbers = list(range(first, first + len(fresh)))
            self._last = None  # unknown until the insert is through
            data = ARTICLES.data(fresh, seq=numbers, admitted_at=micros(at))
            self._store.insert_columns(ARTICLES.table, ARTICLES.columns, data)
            self._last = numbers[-1]
            return [StoredArticle(seq, at, article) for seq, article in zip(numbers, fresh, strict=True)]

    def known(self, article_ids: Sequence[str]) -> dict[str, StoredRevision]:
        """Return the newest stored revision of those of `article_ids` that are stored."""
        found: dict[str, StoredRevision] = {}
        for ids in _pages(sorted(set(article_ids))):
            for row in self._store.query(
                "SELECT article_id, max(revision) AS newest, argMax(content_hash, revision) AS hash, "
                "groupUniqArray(content_hash) AS hashes "
                "FROM articles WHERE article_id IN {ids:Array(String)} GROUP BY article_id",
                {"ids": ids},
            ):
                found[row["article_id"]] = StoredRevision(row["newest"], row["hash"], frozenset(row["hashes"]))
        return found

    def get(self, article_id: str, revision: int | None = None) -> StoredArticle | None:
        """Return one revision of an article, the newest unless told; None if it is not stored."""
        rows = self._store.query(
            ARTICLES.select(
                "WHERE article_id = {id:String} AND ({r:Int64} < 0 OR revision = {r:Int64}) "
                "ORDER BY revision DESC LIMIT 1"
            ),
            {"id": article_id, "r": -1 if revision is None else revision},
        )
        return _stored(rows[0]) if rows else None

    def revisions(self, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], StoredArticle]:
        """Return the stored ones of these (article id, revision)."""
        found: dict[tuple[str, int], StoredArticle] = {}
        for page in _pages(sorted(set(keys))):
            pairs = [f"{revision}:{article_id}" for article_id, revision in page]
            for stored in self._page(
                "WHERE article_id IN {ids:Array(String)} AND concat(toString(revision), ':', article_id) "
                "IN {pairs:Array(String)}",
                {"ids": sorted({article_id for article_id, _ in page}), "pairs": pairs},
            ):
                found[stored.article.article_id, stored.article.revision] = stored
        return found

    def recent(self, since: datetime) -> Iterator[Article]:
        """Yield stored first revisions published at or after `since`, in the order they were admitted."""
        after = 0
        while True:
            page = self._page(
                "WHERE seq > {after:UInt64} AND revision = 0 "
                "AND published_at >= {since:DateTime64(6, 'UTC')} ORDER BY seq LIMIT {page:UInt32}",
                {"after": after, "since": since, "page": PAGE},
            )
            for stored in page:
                yield stored.article
            if len(page) < PAGE:
                return
            after = page[-1].seq

    def between(self, start: datetime, end: datetime) -> Iterator[StoredArticle]:
        """Yield every stored revision published in [start, end), in order of publication, then admission."""
        numbers = self._numbers(
            "SELECT seq FROM articles WHERE published_at >= {a:DateTime64(6, 'UTC')} "
            "AND published_at < {b:DateTime64(6, 'UTC')} ORDER BY published_at, seq",
            {"a": start, "b": end},
        )
        return self.by_seq(numbers)

    def pending(
        self, generation: str, after_seq: int = 0, limit: int = PAGE, next_ordinal: int = 0
    ) -> list[StoredArticle]:
        """Return up to `limit` stored revisions with seq > after_seq that no outcome has settled, by seq.

        An outcome settles its revision and the older ones; but whatever has an ordinal from `next_ordinal` on (if
        one is given) is waited for by the ledger, settled or not. As seen through the sinks: the caller waits until
        they have caught up.
        """
        numbers = self._numbers(
            "SELECT a.seq AS seq FROM articles AS a LEFT JOIN ("
            "  SELECT article_id, max(revision) AS settled FROM outcomes WHERE generation = {g:String}"
            "  GROUP BY article_id"
            ") AS o ON a.article_id = o.article_id "
            "WHERE a.seq > {after:UInt64} AND (o.article_id = '' OR o.settled < a.revision "
            "OR ({next:UInt64} > 0 AND a.ordinal >= {next:UInt64})) "
            "ORDER BY a.seq LIMIT {limit:UInt32}",
            {"g": generation, "after": after_seq, "limit": limit, "next": next_ordinal},
        )
        return list(self.by_seq(numbers))

    def deferred(self, generation: str, limit: int) -> list[StoredArticle]:
        """Return up to `limit` articles whose outcome is `deferred`, in the revision that waits, newest first."""
        numbers = self._numbers(
            "SELECT a.seq AS seq FROM articles AS a INNER JOIN ("
            "  SELECT article_id, argMax(outcome, n) AS last, argMax(revision, n) AS waits FROM outcomes"
            "  WHERE generation = {g:String} GROUP BY article_id"
            ") AS o ON a.article_id = o.article_id AND a.revision = o.waits "
            "WHERE o.last = 'deferred' ORDER BY a.published_at DESC, a.seq LIMIT {limit:UInt32}",
            {"g": generation, "limit": limit},
        )
        return list(self.by_seq(numbers))

    def by_seq(self, numbers: Sequence[int]) -> Iterator[StoredArticle]:
        """Yield the articles with these admission numbers, in the given order, a page at a time."""
        for page in _pages(numbers):
            found = {
                stored.seq: stored for stored in self._page("WHERE seq IN {seqs:Array(UInt64)}", {"seqs": list(page)})
            }
            for seq in page:
                yield found[seq]

    def stretch(self, first: int, last: int) -> list[StoredArticle]:
        """Return the stored revisions with first <= seq <= last, in order of admission."""
        where = "WHERE seq >= {a:UInt64} AND seq <= {b:UInt64} ORDER BY seq LIMIT 1 BY seq, article_id, revision"
        return self._page(where, {"a": first, "b": last})

    def max_ordinal(self) -> int:
        """Return the highest ordinal given so far, 0 if there is none."""
        return int(self._store.scalar("SELECT max(ordinal) FROM articles") or 0)

    def last_seq(self) -> int:
        """Return the highest number of admission, 0 if nothing is stored."""
        with self._lock:
            return self._last_seq()

    def count(self) -> int:
        """Return how many articles are stored, not counting their revisions."""
        return int(self._store.scalar("SELECT uniqExact(article_id) FROM articles") or 0)

    def _page(self, where: str, params: Mapping[str, Any]) -> list[StoredArticle]:
        return [_stored(row) for row in self._store.query(ARTICLES.select(where), params)]

    def _numbers(self, sql: str, params: Mapping[str, Any]) -> list[int]:
        return [row["seq"] for row in self._store.query(sql, params)]

    def _revisions(self, article_ids: set[str]) -> set[tuple[str, int]]:
        found: set[tuple[str, int]] = set()
        for ids in _pages(sorted(article_ids)):
            rows = self._store.query(
                "SELECT article_id, revision FROM articles WHERE article_id IN {ids:Array(String)}",
                {"ids": ids},
            )
            found.update((row["article_id"], row["revision"]) for row in rows)
        return found

    def _last_seq(self) -> int:
        if self._last is None:
            self._last = int(self._store.scalar("SELECT max(seq) FROM articles") or 0)
        return self._last


def _stored(row: Row) -> StoredArticle:
    return StoredArticle(row["seq"], row["admitted_at"], ARTICLES.read(row))


def _pages(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))
