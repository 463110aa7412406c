"""The embedded door: store first, publish within the window, sweep what is late."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.embedded.intake import EmbeddedIntake, WindowSize
from schemas.article import Article
from schemas.codec import decode
from schemas.errors import Retryable
from sinks.clickhouse.articles import StoredArticle, StoredRevision
from tests import builders

AT = datetime(2026, 4, 1, tzinfo=UTC)


class Shelf:
    """Stored articles in memory; `settled` are those with an outcome."""

    def __init__(self) -> None:
        self.rows: list[StoredArticle] = []
        self.settled: set[tuple[str, int]] = set()
        self.put_off: set[str] = set()

    def put(self, articles: Sequence[Article]) -> list[StoredArticle]:
        fresh = [StoredArticle(len(self.rows) + i, AT, a) for i, a in enumerate(articles, start=1)]
        self.rows += fresh
        return fresh

    def known(self, article_ids: Sequence[str]) -> Mapping[str, StoredRevision]:
        found: dict[str, StoredRevision] = {}
        for row in self.rows:
            if row.article.article_id in article_ids:
                hashes = found[row.article.article_id].hashes if row.article.article_id in found else frozenset()
                content = row.article.content_hash
                found[row.article.article_id] = StoredRevision(row.article.revision, content, hashes | {content})
        return found

    def recent(self, since: datetime) -> Iterable[Article]:
        return [row.article for row in self.rows]

    def max_ordinal(self) -> int:
        return max((row.article.ordinal for row in self.rows), default=0)

    def last_seq(self) -> int:
        return len(self.rows)

    def deferred(self, generation: str, limit: int) -> list[StoredArticle]:
        return [row for row in self.rows if row.article.article_id in self.put_off][:limit]

    def pending(self, generation: str, after_seq: int, limit: int, next_ordinal: int = 0) -> list[StoredArticle]:
        waiting = [
            row
            for row in self.rows
            if row.seq > after_seq and (row.article.article_id, row.article.revision) not in self.settled
        ]
        return waiting[:limit]


class Sent:
    """Stands in for the emitter: remembers what was published, in order."""

    def __init__(self) -> None:
        self.articles: list[Article] = []

    def send(self, topic: str, value: bytes, key: bytes | None = None, headers: Any = None) -> None:
        assert topic == "bellwether.articles"
        self.articles.append(decode(value, Article))

    def flush_now(self, seconds: float = 30.0) -> None:
        pass

    def ids(self) -> list[str]:
        return [article.article_id for article in self.articles]


class Door:
    """An intake with its surroundings."""

    def __init__(self, shelf: Shelf | None = None, size: WindowSize | None = None) -> None:
        self.shelf, self.sent, self.now, self.given_up = shelf or Shelf(), Sent(), 0.0, list[tuple[str, str]]()
        self.intake = EmbeddedIntake(
            self.shelf,
            self.sent,  # type: ignore[arg-type]
            "live",
            size or WindowSize(articles=2, sweep_seconds=10),
            lambda: self.now,
            lambda article, reason: self.given_up.append((article.article_id, reason)),
        )


def articles(*numbers: int) -> list[Article]:
    return [replace(builders.article(n), ordinal=0) for n in numbers]


def test_ordinals_go_on_without_a_gap_and_stored_articles_are_skipped() -> None:
    door = Door(size=WindowSize(articles=50))
    assert door.intake.admit(articles(1, 2), ordered=True) == 2
    assert door.intake.admit(articles(2, 3), ordered=True) == 1
    assert door.intake.admit(articles(4), ordered=False) == 1
    assert [article.ordinal for article in door.sent.articles] == [1, 2, 3, 0]
    again = Door(door.shelf, WindowSize(articles=50))
    again.intake.admit(articles(5), ordered=True)
    assert door.shelf.rows[-1].article.ordinal == 4


def test_the_window_opens_as_outcomes_come() -> None:
    door = Door()
    door.intake.admit(articles(1, 2, 3, 4), ordered=True)
    first, second, third, fourth = (a.article_id for a in articles(1, 2, 3, 4))
    assert door.sent.ids() == [first, second]
    assert not door.intake.idle()
    door.intake.settled([(second, 0)])
    assert door.sent.ids() == [first, second, third]
    door.intake.settled([(first, 0), (third, 0), (fourth, 0)])
    assert door.sent.ids() == [first, second, third, fourth]
    door.intake.settled([(fourth, 0)])
    assert door.intake.idle()


def test_after_a_restart_what_has_no_outcome_is_published_again_in_order() -> None:
    before = Door(size=WindowSize(articles=50))
    before.intake.admit(articles(*range(1, 8)), ordered=True)
    before.shelf.settled = {(a.article_id, 0) for a in articles(2, 5)}
    after = Door(before.shelf)
    assert not after.intake.idle()
    after.intake.start()
    while not after.intake.idle():
        waiting = after.sent.articles[-2:]
        done = [(a.article_id, a.revision) for a in waiting]
        after.shelf.settled |= set(done)
        after.intake.settled(done)
    assert after.sent.ids() == [a.article_id for a in articles(1, 3, 4, 6, 7)]


def test_admit_blocks_while_the_stream_is_full_and_goes_on_when_it_is_not() -> None:
    door = Door()
    admitted = threading.Event()

    def admit() -> None:
        for number in range(1, 21):
            door.intake.admit(articles(number), ordered=True)
        admitted.set()

    threading.Thread(target=admit, daemon=True).start()
    assert not admitted.wait(0.3), "nothing has an outcome, so not all can have been let in"
    while not admitted.wait(0.01) or not door.intake.idle():
        done = [(a.article_id, a.revision) for a in door.sent.articles]
        door.shelf.settled |= set(done)
        door.intake.settled(done)
    assert door.sent.ids() == [a.article_id for a in articles(*range(1, 21))]


def test_what_is_late_is_published_again_and_given_up_at_the_last_attempt() -> None:
    door = Door(size=WindowSize(articles=5, sweep_seconds=10, attempts=3))
    door.intake.admit(articles(1), ordered=True)
    attempts = []
    for _ in range(4):
        door.now += 11
        assert door.intake.sweep() == 1
        attempts.append(door.sent.articles[-1].attempt)
    assert attempts == [1, 2, 2, 2]
    assert [reason for _, reason in door.given_up] == ["no outcome after 3 attempts"] * 2
    door.intake.settled([(articles(1)[0].article_id, 0)])
    door.now += 11
    assert door.intake.sweep() == 0
    assert door.intake.idle()


def test_an_article_larger_than_the_window_still_passes_alone() -> None:
    door = Door(size=WindowSize(articles=5, bytes=1000))
    large = replace(articles(1)[0], text="word " * 1000)
    door.intake.admit([large, *articles(2)], ordered=True)
    assert door.sent.ids() == [large.article_id]
    door.intake.settled([(large.article_id, 0)])
    assert len(door.sent.ids()) == 2


def test_a_slow_analyst_makes_nothing_late_while_something_moves() -> None:
    door = Door(size=WindowSize(articles=5, sweep_seconds=10))
    door.intake.admit(articles(1, 2, 3), ordered=False)
    door.now += 9
    door.intake.settled([(articles(1)[0].article_id, 0)])
    door.now += 9  # 18 s on the way, but the last one left 9 s ago
    assert door.intake.sweep() == 0
    door.now += 2
    assert door.intake.sweep() == 2


def test_what_many_others_have_overtaken_is_late() -> None:
    door = Door(size=WindowSize(articles=2, sweep_seconds=10))
    door.intake.admit(articles(1), ordered=False)
    for number in range(2, 8):
        door.intake.admit(articles(number), ordered=False)
        door.now += 3
        door.intake.settled([(articles(number)[0].article_id, 0)])
    assert door.intake.sweep() == 1


def test_what_was_deferred_is_published_again_and_nothing_waits_for_it() -> None:
    door = Door(size=WindowSize(articles=5))
    door.intake.admit(articles(1, 2), ordered=True)
    keys = [(a.article_id, 0) for a in articles(1, 2)]
    door.intake.settled(keys)
    door.shelf.settled, door.shelf.put_off = set(keys), {keys[1][0]}
    assert door.intake.retry_deferred() == 1
    assert door.sent.ids()[-1] == keys[1][0]
    assert door.intake.idle()


class Treacherous(Shelf):
    """Stores, and then says that it could not."""

    fail = True

    def put(self, articles: Sequence[Article]) -> list[StoredArticle]:
        stored = super().put(articles)
        if self.fail:
            self.fail = False
            raise Retryable("the connection broke after the insert")
        return stored


def test_what_was_stored_although_the_store_said_no_is_published_all_the_same() -> None:
    door = Door(Treacherous(), WindowSize(articles=50))
    with pytest.raises(Retryable):
        door.intake.admit(articles(1, 2), ordered=True)
    assert door.intake.admit(articles(1, 2), ordered=True) == 0  # the door tries again
    assert not door.intake.idle()
    door.intake.admit(articles(3), ordered=True)
    assert [(a.article_id, a.ordinal) for a in door.sent.articles] == [
        (a.article_id, number) for number, a in enumerate(articles(1, 2, 3), start=1)
    ]


def test_what_waits_for_a_judge_leaves_the_window_and_is_not_swept() -> None:
    door = Door()
    a1, a2, a3 = (article.article_id for article in articles(1, 2, 3))
    door.intake.admit(articles(1, 2, 3), ordered=False)
    assert len(door.sent.articles) == 2
    door.intake.asked([(a1, 0), ("unknown", 0)])
    assert door.sent.ids() == [a1, a2, a3], "its place is free"
    door.intake.settled([(a2, 0), (a3, 0)])
    assert not door.intake.idle(), "it has no outcome yet"
    assert door.intake.counts()["asked"] == 1
    door.now = 1_000.0
    assert door.intake.sweep() == 0
    door.intake.settled([(a1, 0)])
    assert door.intake.idle()


def test_what_waited_for_a_judge_before_a_restart_is_not_read_again() -> None:
    door = Door()
    a1, a2, a3 = (article.article_id for article in articles(1, 2, 3))
    door.intake.admit(articles(1, 2, 3), ordered=False)
    door.shelf.settled = {(a3, 0)}
    again = Door(door.shelf)
    again.intake.expect([(a1, 0), (a3, 0)])  # a3 has its outcome: nobody waits for it
    again.intake.start()
    assert again.sent.ids() == [a2]
    again.intake.settled([(a2, 0), (a1, 0)])
    assert again.intake.idle()
