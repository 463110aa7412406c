"""Publishes again what was deferred, now and then and newest first: its service or its money may be there by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from infra.settings import Stream
from schemas.article import Article
from sinks.clickhouse.articles import StoredArticle


class DeferredArticles(Protocol):
    """The part of ArticleStore that is used here."""

    def deferred(self, generation: str, limit: int) -> list[StoredArticle]: ...


class Deferred:
    """Call it often, from one thread; it does something every `stream.deferred_seconds`."""

    def __init__(
        self,
        articles: DeferredArticles,
        generation: str,
        sizes: Stream,
        publish: Callable[[Sequence[Article]], None],
        monotonic: Callable[[], float],
    ) -> None:
        self._articles, self._generation, self._publish = articles, generation, publish
        self._sizes, self._monotonic, self._last = sizes, monotonic, monotonic()

    def __call__(self) -> int:
        """Return how many articles were published again. Raises Retryable."""
        if self._monotonic() - self._last < self._sizes.deferred_seconds:
            return 0
        self._last = self._monotonic()
        rows = self._articles.deferred(self._generation, self._sizes.window_articles)
        if rows:
            self._publish([row.article for row in rows])
        return len(rows)
