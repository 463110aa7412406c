"""Publishes again what was lost: articles without an outcome although all that was before them came through.

A slow extractor is no loss, so age alone proves nothing. The sweep follows one mark through the stream: the
end of `articles` must be behind `extract`, then the end of `proposals` behind the ledger, then the last commit
in the tables. What was stored before the mark and has no outcome after that never got through.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Final

from infra.kafka.progress import Offsets, Progress
from processors.app import app_id
from schemas.article import Article
from schemas.topics import ARTICLES, PROPOSALS
from sinks.clickhouse.articles import PAGE, ArticleStore, StoredArticle

log = logging.getLogger("bellwether.sweep")
_NAMED: Final = 20  # ids in one log line


class _Stage(Enum):
    EXTRACT = "extract"
    LEDGER = "ledger"
    SINKS = "sinks"


@dataclass(frozen=True, slots=True)
class _Mark:
    at: datetime  # stored before this (wall clock, UTC)
    stage: _Stage
    ends: Offsets  # what the stage must have committed
    commit: int = 0
    seen: Offsets | None = None  # the ledger's offsets when they last moved
    moved: datetime | None = None


@dataclass(frozen=True, slots=True)
class SweepParts:
    """What a sweep works with. `publish` and `give_up` are durable on return."""

    articles: ArticleStore
    progress: Progress
    last_commit: Callable[[], int]
    projected: Callable[[], int]
    publish: Callable[[Sequence[Article]], None]
    give_up: Callable[[Sequence[Article], str], None]
    now: Callable[[], datetime]
    asked: Callable[[], Collection[tuple[str, int]]] = tuple  # (article id, revision) that wait for a judge's answer


class Sweep:
    """Call it now and then, from one thread; each call looks how far the mark has come."""

    def __init__(self, parts: SweepParts, generation: str, *, attempts: int, stalled_seconds: float) -> None:
        """A ledger whose offsets stand still for `stalled_seconds` waits for an ordinal that was lost."""
        self._parts, self._generation = parts, generation
        self._attempts, self._stalled = attempts, stalled_seconds
        self._articles, self._proposals = ARTICLES.named(generation), PROPOSALS.named(generation)
        self._tried: dict[tuple[str, int], int] = {}
        self._mark: _Mark | None = None

    def __call__(self) -> int:
        """Move the mark on; return how many articles were published again. Raises Retryable."""
        parts, mark = self._parts, self._mark
        if mark is None:
            ends = parts.progress.ends(self._articles)
            self._mark = _Mark(parts.now(), _Stage.EXTRACT, ends)
        elif mark.stage is _Stage.EXTRACT:
            done = parts.progress.committed(app_id("extract", self._generation), self._articles)
            if _reached(done, mark.ends):
                ends = parts.progress.ends(self._proposals)
                self._mark = replace(mark, stage=_Stage.LEDGER, ends=ends)
        elif mark.stage is _Stage.LEDGER:
            self._look_at_ledger(mark)
        elif parts.projected() >= mark.commit:
            self._mark = None
            return self._publish_again(mark.at)
        return 0

    def _look_at_ledger(self, mark: _Mark) -> None:
        parts, now = self._parts, self._parts.now()
        done = parts.progress.committed(app_id("ledger", self._generation), self._proposals)
        if mark.seen != done or mark.moved is None:
            mark = replace(mark, seen=done, moved=now)
        assert mark.moved is not None
        stalled = (now - mark.moved).total_seconds() >= self._stalled
        if stalled or _reached(done, mark.ends):
            mark = replace(mark, stage=_Stage.SINKS, commit=parts.last_commit())
        self._mark = mark

    def _publish_again(self, before: datetime) -> int:
        asked = self._parts.asked()
        late = [stored.article for stored in self._pending() if stored.admitted_at < before]
        lost = [article for article in late if (article.article_id, article.revision) not in asked]
        again: list[Article] = []
        hopeless: list[Article] = []
        for article in lost:
            key = (article.article_id, article.revision)
            self._tried[key] = self._tried.get(key, article.attempt) + 1
            (again if self._tried[key] < self._attempts else hopeless).append(
                replace(article, attempt=self._tried[key])
            )
        if lost:
            log.warning(
                "%d articles had no outcome and are published again", len(again),
                extra={"article_ids": [article.article_id for article in again[:_NAMED]]},
            )  # fmt: skip
            self._parts.publish(again)
        for article in hopeless:
            log.warning(
                "article given up: no outcome after %d attempts", self._attempts,
                extra={"article_id": article.article_id, "revision": article.revision},
            )  # fmt: skip
        if hopeless:
            self._parts.give_up(hopeless, f"no outcome after {self._attempts} attempts")
        self._tried = {(a.article_id, a.revision): self._tried[a.article_id, a.revision] for a in lost}
        return len(again)

    def _pending(self) -> list[StoredArticle]:
        found: list[StoredArticle] = []
        while True:
            page = self._parts.articles.pending(self._generation, found[-1].seq if found else 0)
            found += page
            if len(page) < PAGE or len(found) >= _MOST:
                return found


_MOST: Final = 20_000  # articles in memory; the rest waits for the next sweep


def _reached(done: Offsets, ends: Offsets) -> bool:
    return all(done.get(partition, 0) >= end for partition, end in ends.items())
