"""Where an embedded stream takes its articles from: all that are stored, or a stretch of them for a replay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from schemas.article import Article
from sinks.clickhouse.articles import ArticleStore, StoredArticle, StoredRevision
from sinks.clickhouse.connect import Store


class Shelf(Protocol):
    """What the door needs of stored articles; see sinks.clickhouse.articles.ArticleStore."""

    def put(self, articles: Sequence[Article]) -> list[StoredArticle]: ...
    def known(self, article_ids: Sequence[str]) -> Mapping[str, StoredRevision]: ...
    def recent(self, since: datetime) -> Iterable[Article]: ...
    def max_ordinal(self) -> int: ...
    def last_seq(self) -> int: ...
    def pending(self, generation: str, after_seq: int, limit: int, next_ordinal: int) -> list[StoredArticle]: ...
    def deferred(self, generation: str, limit: int) -> list[StoredArticle]: ...


class ReplayShelf:
    """The stored articles published in [start, end), in recorded order, numbered 1, 2, 3 … for their shadow.

    Numbers follow from the stored order alone, so a replay that was stopped goes on with the same ones.
    """

    def __init__(self, store: Store, start: datetime, end: datetime) -> None:
        self._articles = ArticleStore(store)
        rows = store.query(
            "SELECT seq FROM articles WHERE published_at >= {a:DateTime64(6, 'UTC')} "
            "AND published_at < {b:DateTime64(6, 'UTC')} ORDER BY seq",
            {"a": start, "b": end},
        )
        self._ordinals = {int(row["seq"]): ordinal for ordinal, row in enumerate(rows, start=1)}

    def __len__(self) -> int:
        return len(self._ordinals)

    def put(self, articles: Sequence[Article]) -> list[StoredArticle]:
        """Refuse: a replay stores nothing."""
        raise TypeError("a replay admits no new articles")

    def known(self, article_ids: Sequence[str]) -> Mapping[str, StoredRevision]:
        """Return the stored revisions."""
        return self._articles.known(article_ids)

    def recent(self, since: datetime) -> Iterable[Article]:
        """Yield stored articles published since then."""
        return self._articles.recent(since)

    def max_ordinal(self) -> int:
        """Return how many articles the stretch has."""
        return len(self._ordinals)

    def last_seq(self) -> int:
        """Return the last number of admission in the stretch, 0 if it is empty."""
        return max(self._ordinals, default=0)

    def deferred(self, generation: str, limit: int) -> list[StoredArticle]:
        """Return nothing: what a replay defers is read again by replaying again."""
        return []

    def pending(self, generation: str, after_seq: int, limit: int, next_ordinal: int) -> list[StoredArticle]:
        """Return articles of the stretch without outcome in `generation`, by number of admission."""
        found: list[StoredArticle] = []
        while len(found) < limit:
            # The stored ordinals are the live generation's: here every article has its place in the stretch.
            page = self._articles.pending(generation, after_seq, limit)
            found += [
                replace(row, article=replace(row.article, ordinal=self._ordinals[row.seq]))
                for row in page
                if row.seq in self._ordinals
            ]
            if len(page) < limit:
                break
            after_seq = page[-1].seq
        return found[:limit]
