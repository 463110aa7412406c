"""The door on real Kafka: an article is stored in ClickHouse first, then produced with confirmation.

Kafka keeps what is produced, so there is no window: a slow extractor shows as lag. What was stored but not
produced (a crash between the two, or Kafka away) has no outcome and is published by the sweep.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from producers.ports import Known
from schemas.article import Article
from schemas.codec import encode
from schemas.errors import Retryable
from schemas.topics import ARTICLES
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.stated import StatedPages

log = logging.getLogger("bellwether.intake")
_AT_ONCE = 100  # articles that are read again in one call
_NAMED = 20  # ids in one log line


class ConfirmingSender(Protocol):
    """processors.emit.Emitter fits."""

    def send(self, topic: str, value: bytes, key: bytes) -> None:
        """Buffer one message."""
        ...

    def flush_now(self) -> None:
        """Wait until everything sent is safe. Raises Retryable."""
        ...


class KafkaIntake:
    """Implements producers.ports.Intake. Thread-safe within the process; one process of a cluster admits."""

    def __init__(self, store: Store, emitter: ConfirmingSender, generation: str) -> None:
        self._store, self._emitter = store, emitter
        self._topic = ARTICLES.named(generation)
        self._lock = threading.RLock()
        self._stated = StatedPages(store)

    def known(self, article_ids: Sequence[str]) -> Mapping[str, Known]:
        """See producers.ports.Intake."""
        found = ArticleStore(self._store).known(article_ids)
        return {article_id: Known(k.revision, k.content_hash, k.hashes) for article_id, k in found.items()}

    def recent(self, since: datetime) -> Iterable[Article]:
        """See producers.ports.Intake."""
        return ArticleStore(self._store).recent(since)

    def admit(self, articles: Sequence[Article], *, ordered: bool) -> int:
        """See producers.ports.Intake; never blocks for long."""
        with self._lock:
            # A fresh one each time: the sinks write articles too, and its numbering is its own memory.
            stored_articles = ArticleStore(self._store)
            known = stored_articles.known([article.article_id for article in articles])
            newest = {article_id: found.revision for article_id, found in known.items()}
            fresh = [article for article in articles if newest.get(article.article_id, -1) < article.revision]
            fresh = self._stated.attached(fresh)
            if ordered:
                ordinal = stored_articles.max_ordinal()
                fresh = [replace(a, ordinal=ordinal + i) for i, a in enumerate(fresh, start=1)]
            admitted = [row.article for row in stored_articles.put(fresh)]
            try:
                self.publish(admitted)
            except Retryable as error:  # they are stored, so the same call would skip them
                log.warning(
                    "%d stored articles wait for the sweep: %s", len(admitted), error,
                    extra={"article_ids": [article.article_id for article in admitted[:_NAMED]]},
                )  # fmt: skip
            return len(admitted)

    def read_again(self) -> int:
        """Admit stored articles again, as their next revision, that imported pages quote by now; return how many.

        Called now and then: pages are imported by another process.
        """
        with self._lock:
            version, lacking = self._stated.behind()
            again = list(lacking)
            for start in range(0, len(again), _AT_ONCE):
                self.admit(again[start : start + _AT_ONCE], ordered=False)
            self._stated.caught_up(version)
            return len(again)

    def publish(self, articles: Iterable[Article]) -> None:
        """Produce `articles` and wait until Kafka has them. Raises Retryable."""
        for article in articles:
            self._emitter.send(self._topic, encode(article), article.article_id.encode())
        self._emitter.flush_now()
