"""Which topics are asked for, and what is said when the cluster cannot give them."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.kafka.topics import FILLING, cluster_id, create_topics, wanted_topics
from schemas.errors import BadSetting, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.topics import CATALOGUE

X = KafkaConnection("x")


class FakeAdmin:
    """A cluster of some brokers with some topics; `refuses` maps a topic to an error code."""

    def __init__(self, brokers: int = 1, topics: dict[str, int] | None = None, **refuses: int) -> None:
        self.topics = dict(topics or {})
        self.made: dict[str, Any] = {}
        self._brokers, self._refuses = brokers, refuses
        self.answers = True

    def __call__(self, config: dict[str, Any]) -> FakeAdmin:
        return self

    def list_topics(self, topic: str | None, timeout: float) -> Any:
        if not self.answers:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        topics = {name: SimpleNamespace(partitions=range(count)) for name, count in self.topics.items()}
        return SimpleNamespace(topics=topics, brokers=range(self._brokers), cluster_id="c-1")

    def poll(self, timeout: float) -> int:
        return 0

    def create_topics(self, wanted: list[Any], operation_timeout: float) -> dict[str, Future[None]]:
        answers: dict[str, Future[None]] = {}
        for topic in wanted:
            answers[topic.topic] = Future()
            code = self._refuses.get(topic.topic.removeprefix("bellwether."))
            if code is None:
                self.made[topic.topic] = topic
                self.topics[topic.topic] = topic.num_partitions
                answers[topic.topic].set_result(None)
            else:
                answers[topic.topic].set_exception(KafkaException(KafkaError(code)))
        return answers


def test_every_topic_and_the_changelog_is_made_once() -> None:
    admin = FakeAdmin(brokers=5)
    created = create_topics(X, make=admin)
    assert set(created) == {topic.name for topic in CATALOGUE} | {"bellwether-ledger-heads-changelog"}
    assert create_topics(X, make=admin) == []
    commits, signals = admin.made["bellwether.commits"], admin.made["bellwether.signals"]
    assert (commits.num_partitions, commits.replication_factor) == (1, 3)
    assert commits.config["retention.ms"] == "-1"
    assert commits.config["min.insync.replicas"] == "2"
    assert signals.config["cleanup.policy"] == "compact"
    assert admin.made["bellwether-ledger-heads-changelog"].config["cleanup.policy"] == "compact"
    assert admin.made["bellwether.questions"].config["retention.ms"] == str(7 * 86_400_000)


def test_a_shadow_has_its_own_topics_but_the_public_ones() -> None:
    names = {topic.name for topic in wanted_topics("g2")}
    assert {"bellwether.commits.g2", "bellwether.signal-events", "bellwether-ledger.g2-heads-changelog"} <= names


def test_another_role_may_be_quicker() -> None:
    assert "bellwether.alerts" not in create_topics(X, make=FakeAdmin(alerts=KafkaError.TOPIC_ALREADY_EXISTS))


@pytest.mark.parametrize(
    ("admin", "words"),
    [
        (FakeAdmin(topics={"bellwether.commits": 3}), "has 3 partitions and must have 1"),
        (FakeAdmin(alerts=KafkaError.CLUSTER_AUTHORIZATION_FAILED), "cannot be created"),
    ],
)
def test_what_cannot_work_is_said(admin: FakeAdmin, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        create_topics(X, make=admin)


def test_more_partitions_than_the_default_are_fine() -> None:
    assert "bellwether.articles" not in create_topics(X, make=FakeAdmin(topics={"bellwether.articles": 12}))


def test_topics_that_are_being_filled_are_for_who_fills_them_alone() -> None:
    admin = FakeAdmin(topics={FILLING: 1})
    with pytest.raises(BadSetting, match="being filled"):
        create_topics(X, make=admin)
    assert admin.made == {}
    assert "bellwether.commits" in create_topics(X, filling=True, make=admin)


def test_a_silent_cluster_may_answer_later() -> None:
    admin = FakeAdmin()
    admin.answers = False
    with pytest.raises(Retryable, match="no Kafka answers at x"):
        create_topics(X, make=admin)
    admin.answers = True
    assert cluster_id(X, make=admin) == "c-1"
