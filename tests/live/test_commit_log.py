"""KafkaCommitLog on a real Kafka: order, transactions, fencing, and what a dead writer leaves behind."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.local.node import KafkaNode
from infra.kafka.topics import create_topics
from schemas.codec import encode
from schemas.errors import Fenced
from schemas.ledger import Commit
from schemas.topics import COMMITS
from sinks.clickhouse.failures import GapError
from tests.builders import commit

pytestmark = pytest.mark.live


def numbered(generation: str, *numbers: int, **given: str) -> list[Commit]:
    return [commit(n, generation=generation, **given) for n in numbers]


def log(node: KafkaNode, generation: str) -> KafkaCommitLog:
    return KafkaCommitLog(node.connection, generation)


def test_topics_are_created_once(shared_node: KafkaNode, generation: str) -> None:
    assert create_topics(shared_node.connection, generation) == []


def test_what_is_appended_is_read(shared_node: KafkaNode, generation: str) -> None:
    writer = log(shared_node, generation)
    assert (writer.last(), list(writer.read(0))) == (0, [])
    writer.append(numbered(generation, 1, 2, 3))
    writer.append(numbered(generation, 3, 4))  # a repeat of 3
    assert writer.last() == log(shared_node, generation).last() == 4
    assert list(log(shared_node, generation).read(0)) == numbered(generation, 1, 2, 3, 4)
    assert list(log(shared_node, generation).read(1, 3)) == numbered(generation, 2, 3)
    with pytest.raises(GapError):
        writer.append(numbered(generation, 6))


def test_a_commit_is_found_in_a_long_log(shared_node: KafkaNode, generation: str) -> None:
    writer = log(shared_node, generation)
    for first in range(1, 1501, 10):  # a marker after each ten
        writer.append(numbered(generation, *range(first, first + 10)))
    assert [c.n for c in log(shared_node, generation).read(0)] == list(range(1, 1501))
    for after in (0, 1, 749, 1489, 1499):
        upto = min(after + 7, 1500)
        assert [c.n for c in log(shared_node, generation).read(after, upto)] == list(range(after + 1, upto + 1))
    assert list(writer.read(1500)) == []


def test_a_zombie_is_fenced(shared_node: KafkaNode, generation: str) -> None:
    zombie = log(shared_node, generation)
    zombie.append(numbered(generation, 1))
    owner = log(shared_node, generation)
    owner.append(numbered(generation, 2))
    for _ in range(2):  # and stays so
        with pytest.raises(Fenced):
            zombie.append(numbered(generation, 2, proposal_id="other"))
    owner.append(numbered(generation, 3))
    assert list(owner.read(0)) == numbered(generation, 1, 2, 3)


def test_a_ledger_that_fell_behind_is_refused(shared_node: KafkaNode, generation: str) -> None:
    behind = log(shared_node, generation)
    assert behind.last() == 0
    log(shared_node, generation).append(numbered(generation, 1))
    with pytest.raises(Fenced):
        behind.append(numbered(generation, 1, proposal_id="other"))


def test_the_open_transaction_of_a_dead_writer_is_ended(shared_node: KafkaNode, generation: str) -> None:
    topic = COMMITS.named(generation)
    log(shared_node, generation).append(numbered(generation, 1))
    dead = Producer({"bootstrap.servers": shared_node.bootstrap, "transactional.id": f"{topic}.ledger"})
    dead.init_transactions(20)
    dead.begin_transaction()
    dead.produce(topic, value=encode(numbered(generation, 2, proposal_id="half")[0]), partition=0)
    dead.flush(20)  # on the broker, never committed

    owner = log(shared_node, generation)
    assert owner.last() == 1
    owner.append(numbered(generation, 2))
    assert list(log(shared_node, generation).read(0)) == numbered(generation, 1, 2)


def test_what_is_no_commit_is_passed_over(shared_node: KafkaNode, generation: str) -> None:
    writer = log(shared_node, generation)
    writer.append(numbered(generation, 1))
    stranger = Producer({"bootstrap.servers": shared_node.bootstrap})
    stranger.produce(COMMITS.named(generation), value=b"not a commit", partition=0)
    stranger.produce(COMMITS.named(generation), value=encode(numbered(generation, 1)[0]), partition=0)
    stranger.flush(20)
    writer.append(numbered(generation, 2))
    assert list(log(shared_node, generation).read(0)) == numbered(generation, 1, 2)
