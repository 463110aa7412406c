"""Stored articles: admitted once, pending until settled, found again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sinks.clickhouse.articles import ArticleStore, StoredRevision
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector
from tests.builders import article, commit, minutes, outcome

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def stored(store: Store) -> ArticleStore:
    return ArticleStore(store, lambda: NOW)


def test_a_revision_is_admitted_once(store: Store) -> None:
    articles = stored(store)
    first = articles.put([article(1), article(2), article(1)])
    assert [(s.seq, s.admitted_at, s.article) for s in first] == [(1, NOW, article(1)), (2, NOW, article(2))]
    assert articles.put([article(1)]) == []
    again = stored(store)  # a new process numbers on
    assert [s.seq for s in again.put([article(1, revision=1, content_hash="new"), article(2), article(3)])] == [3, 4]
    assert again.count() == 3
    assert again.max_ordinal() == 3
    known = again.known([article(1).article_id, article(2).article_id, "unknown", ""])
    assert known == {
        article(1).article_id: StoredRevision(1, "new", frozenset(("new", article(1).content_hash))),
        article(2).article_id: StoredRevision(0, article(2).content_hash, frozenset((article(2).content_hash,))),
    }
    assert again.known([]) == {}


def test_one_article_is_found_by_id_and_revision(store: Store) -> None:
    articles = stored(store)
    articles.put([article(1), article(1, revision=1, text="ü")])
    newest, oldest = articles.get(article(1).article_id), articles.get(article(1).article_id, 0)
    assert newest is not None
    assert newest.article.text == "ü"
    assert oldest is not None
    assert oldest.article == article(1)
    assert articles.get("nobody") is None


def test_pending_is_what_no_outcome_has_settled(store: Store) -> None:
    articles = stored(store)
    articles.put([article(1), article(2), article(3)])
    articles.put([article(1, revision=1), article(2, revision=1)])
    assert [s.seq for s in articles.pending("live")] == [1, 2, 3, 4, 5]
    Projector(store, "live").apply(
        [commit(1, outcomes=(outcome(1), outcome(2, revision=1, outcome="deferred", reason="money")))]
    )
    left = articles.pending("live")
    assert [(s.seq, s.article) for s in left] == [(3, article(3)), (4, article(1, revision=1))]
    assert [s.seq for s in articles.pending("live", after_seq=3)] == [4]
    assert [s.seq for s in articles.pending("live", limit=1)] == [3]
    assert len(articles.pending("shadow")) == 5


def test_recent_and_between_go_over_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.clickhouse.articles.PAGE", 3)
    articles = stored(store)
    order = [5, 3, 9, 1, 7, 2, 8, 4, 6]
    articles.put([article(number) for number in order])
    articles.put([article(9, revision=1)])
    assert [a.ordinal for a in articles.recent(minutes(4))] == [5, 9, 7, 8, 4, 6]
    assert list(articles.recent(minutes(100))) == []
    replayed = list(articles.between(minutes(2), minutes(9.1)))
    assert [(s.article.ordinal, s.article.revision) for s in replayed] == [
        (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (9, 1),
    ]  # fmt: skip
    assert [s.article.ordinal for s in articles.between(minutes(2), minutes(3))] == [2]
