"""Fakes of the producers' ports: a stream kept in a list, feed states in a dict, a clock that is set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from producers.fetch import Fetched
from producers.fetch_failed import FetchFailed
from producers.ports import FeedState, Known
from schemas.article import Article
from schemas.errors import Retryable

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@dataclass
class FakeIntake:
    """Stores what is admitted; `failures` makes so many calls of admit fail first."""

    articles: list[Article] = field(default_factory=list)
    orders: list[bool] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def known(self, article_ids: Sequence[str]) -> Mapping[str, Known]:
        found: dict[str, Known] = {}
        wanted = set(article_ids)
        for each in self.articles:
            if each.article_id in wanted:
                before = found.get(each.article_id)
                hashes = (before.hashes if before else frozenset()) | {each.content_hash}
                found[each.article_id] = Known(each.revision, each.content_hash, hashes)
        return found

    def recent(self, since: datetime) -> Iterable[Article]:
        return [each for each in self.articles if not each.revision and each.published_at >= since]

    def admit(self, articles: Sequence[Article], *, ordered: bool) -> int:
        if self.failures:
            raise self.failures.pop(0)
        have = {(each.article_id, each.revision) for each in self.articles}
        fresh = [each for each in articles if (each.article_id, each.revision) not in have]
        for each in fresh:
            self.articles.append(replace(each, ordinal=len(self.articles) + 1) if ordered else each)
            self.orders.append(ordered)
        return len(fresh)


@dataclass
class FakeFeedStore:
    """Feed states in memory, with every save in order."""

    states: dict[str, FeedState] = field(default_factory=dict)
    saves: list[FeedState] = field(default_factory=list)

    def load(self) -> Mapping[str, FeedState]:
        return dict(self.states)

    def save(self, state: FeedState) -> None:
        self.states[state.url] = state
        self.saves.append(state)


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class FakeFetcher:
    """Serves bytes by URL; an exception is raised instead. Counts what was asked for."""

    answers: dict[str, bytes | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def feed(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        return self._answer(url, "application/xml")

    async def page(self, url: str) -> Fetched:
        return self._answer(url, "text/html; charset=utf-8")

    def _answer(self, url: str, content_type: str) -> Fetched:
        self.asked.append(url)
        answer = self.answers.get(url, FetchFailed("404 Not Found", status=404))
        if isinstance(answer, Exception):
            raise answer
        return Fetched(url, answer, content_type, "", "", False, None, "")


def english(text: str) -> tuple[str, float]:
    """A detector that has not much imagination."""
    return "en", 1.0


def store_fails() -> Retryable:
    return Retryable("the store does not answer")
