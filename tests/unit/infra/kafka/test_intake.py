"""The door on Kafka stores first, and a role says what it lacks."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from infra.kafka.intake import KafkaIntake
from infra.kafka.roles import run_role
from infra.kafka_settings import Kafka
from infra.settings import Settings
from infra.settings import Store as StoreSettings
from schemas.article import Article
from schemas.codec import decode
from schemas.errors import BadSetting, Retryable
from schemas.topics import LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.stated import StatedPages
from tests.builders import article
from tests.saved_pages import stated


class FakeEmitter:
    """Keeps what it is sent; may be out of order."""

    def __init__(self) -> None:
        self.sent: list[Article] = []
        self.broken = False

    def send(self, topic: str, value: bytes, key: bytes) -> None:
        self.sent.append(decode(value, Article))

    def flush_now(self) -> None:
        if self.broken:
            raise Retryable("Kafka is away")


def test_articles_are_stored_produced_and_numbered_once(store: Store) -> None:
    emitter = FakeEmitter()
    intake = KafkaIntake(store, emitter, LIVE)
    assert intake.admit([article(1, ordinal=0), article(2, ordinal=0)], ordered=True) == 2
    assert intake.admit([article(2, ordinal=0), article(3, ordinal=0)], ordered=True) == 1
    assert intake.admit([article(3, revision=1)], ordered=False) == 1
    assert [(each.article_id, each.ordinal) for each in emitter.sent[:3]] == [
        (article(n).article_id, n) for n in (1, 2, 3)
    ]
    assert intake.known([article(3).article_id])[article(3).article_id].revision == 1
    assert len(list(intake.recent(article(1).published_at))) == 3


def test_without_kafka_articles_are_admitted_and_wait_for_the_sweep(store: Store) -> None:
    emitter = FakeEmitter()
    emitter.broken = True
    assert KafkaIntake(store, emitter, LIVE).admit([article(1)], ordered=False) == 1
    assert [row.article for row in ArticleStore(store).pending(LIVE)] == [article(1)]


def test_pages_that_another_process_imports_reach_stored_and_new_articles(store: Store) -> None:
    emitter = FakeEmitter()
    intake = KafkaIntake(store, emitter, LIVE)
    intake.admit([article(1, title="A plant that lives on scrap"), article(2)], ordered=False)
    assert intake.read_again() == 0
    StatedPages(store).save(stated(), "page.txt", article(1).fetched_at)
    assert intake.read_again() == 1
    assert intake.read_again() == 0
    intake.admit([article(3, title="Scrap sets the price")], ordered=False)
    assert [(a.article_id, a.revision, len(a.imported)) for a in emitter.sent[2:]] == [
        (article(1).article_id, 1, 1),
        (article(3).article_id, 0, 1),
    ]
    assert KafkaIntake(store, emitter, LIVE).read_again() == 0


@pytest.mark.parametrize(
    ("role", "settings", "words"),
    [
        ("dance", Settings(), "there is no 'dance'"),
        ("ledger", Settings(), "kafka.bootstrap"),
        ("site", Settings(), "store.dsn"),
        ("sinks", Settings(kafka=Kafka(bootstrap="127.0.0.1:1")), "store.dsn"),
        ("feeds", Settings(kafka=Kafka(bootstrap="127.0.0.1:1"), store=StoreSettings(dsn=SecretStr("x"))), "store.dsn"),
    ],
)
def test_a_role_says_what_it_lacks(role: str, settings: Settings, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        run_role(role, settings)
