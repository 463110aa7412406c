"""What was deferred is published again, but not all the time."""

from __future__ import annotations

from collections.abc import Sequence

from infra.kafka.deferred import Deferred
from infra.settings import Stream
from schemas.article import Article
from sinks.clickhouse.articles import StoredArticle
from tests.builders import T0, article


class Shelf:
    """Two deferred articles."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    def deferred(self, generation: str, limit: int) -> list[StoredArticle]:
        self.limits.append(limit)
        return [StoredArticle(number, T0, article(number)) for number in (2, 1)]


def test_every_so_often_and_no_more_than_the_window_holds() -> None:
    shelf, clock = Shelf(), [100.0]
    published: list[Article] = []

    def publish(articles: Sequence[Article]) -> None:
        published.extend(articles)

    again = Deferred(shelf, "live", Stream(deferred_seconds=60, window_articles=7), publish, lambda: clock[0])
    assert again() == 0
    clock[0] += 59
    assert again() == 0
    clock[0] += 1
    assert again() == 2
    assert published == [article(2), article(1)]
    assert again() == 0
    assert shelf.limits == [7]
