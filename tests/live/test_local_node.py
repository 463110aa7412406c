"""`bellwether kafka`: a node that stays, is found again, keeps its data and goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from infra.kafka.local.node import KafkaNode
from infra.kafka.topics import cluster_id, create_topics
from schemas.kafka_connection import KafkaConnection
from schemas.topics import ARTICLES
from tests.embedded.commands import bellwether
from tests.real_kafka import needs_kafka

pytestmark = pytest.mark.live


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the node of a test may be; it is stopped whatever happens."""
    needs_kafka()
    yield tmp_path / "node"
    KafkaNode(tmp_path / "node").stop(kill=True)


def answer(*words: str, status: int = 0) -> Any:
    done = bellwether("kafka", *words, "--json", check=False)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_a_node_stays_is_found_again_and_keeps_its_data(folder: Path) -> None:
    at = ("--folder", str(folder))
    assert answer("status", *at, status=1)["running"] is False
    first = answer("up", *at, "--port", "0", "--controller-port", "0")
    assert first["started"]
    assert answer("up", *at) == {**first, "started": False}
    create_topics(KafkaConnection(first["bootstrap"]))
    producer = Producer({"bootstrap.servers": first["bootstrap"]})
    producer.produce(ARTICLES.name, b"kept", partition=0)
    assert producer.flush(20) == 0
    cluster = cluster_id(KafkaConnection(first["bootstrap"]))

    refused = bellwether("kafka", "up", *at, "--port", "1", check=False)
    assert (refused.returncode, "stop it first" in refused.stderr) == (2, True)
    assert answer("down", *at) == {"stopped": True, "erased": False}
    assert answer("status", *at, status=1)["pid"] == 0

    again = answer("up", *at)
    assert (again["bootstrap"], again["started"]) == (first["bootstrap"], True)
    assert cluster_id(KafkaConnection(again["bootstrap"])) == cluster
    consumer = Consumer({"bootstrap.servers": again["bootstrap"], "group.id": "looking"})
    consumer.assign([TopicPartition(ARTICLES.name, 0, 0)])
    message = consumer.poll(20)
    assert message is not None
    assert message.value() == b"kept"
    consumer.close()

    assert answer("down", *at, "--erase") == {"stopped": True, "erased": True}
    assert not folder.exists()


def test_a_killed_node_comes_back(folder: Path) -> None:
    node = KafkaNode(folder)
    assert node.start(0, 0)
    create_topics(node.connection)
    assert node.stop(kill=True)
    assert not node.runs()
    assert node.start()
    assert ARTICLES.name in AdminClient(node.connection.client()).list_topics(timeout=20).topics
