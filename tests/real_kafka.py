"""A real Kafka for tests: whether this machine can run one, and a broker for the stream suite on a shared node."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable

import pytest
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from infra.kafka.local.jars import missing
from infra.kafka.topics import cluster_id, create_topics
from schemas.kafka_connection import KafkaConnection

REQUIRED = os.environ.get("LIVE_TESTS") == "required"


def needs_kafka() -> None:
    """Skip the test where Java or Maven is missing, with what is missing; fail it with LIVE_TESTS=required."""
    if lacking := missing():
        if REQUIRED:
            pytest.fail(f"no real Kafka: {lacking}")
        pytest.skip(f"no real Kafka: {lacking}")


class SharedBroker:
    """A node that tests use one after the other, each from empty topics and without consumer groups."""

    fetch_wait_ms = 100
    session_timeout = 6.0  # seconds; the shortest that a broker allows by default

    def __init__(self, connection: KafkaConnection, generation: str) -> None:
        self.connection = connection
        self._admin = AdminClient(connection.client({"log_level": 2}))
        self._empty()
        create_topics(connection, generation)
        self._wait_for_leaders()
        self.incarnation = cluster_id(connection)

    def close(self) -> None:
        """Let everything go; the next test deletes what this one leaves."""

    def _empty(self) -> None:
        groups = [group.group_id for group in self._admin.list_consumer_groups().result(20).valid]
        if groups:
            _all(self._admin.delete_consumer_groups(groups).values())
        topics = self._topics()
        if topics:
            _all(self._admin.delete_topics(topics, operation_timeout=20).values())
        # The node names a topic no longer while it still leads it, and would take records for it. It applies what
        # happens in order: when it leads a topic made later, what was deleted before is gone.
        barrier = f"barrier-{uuid.uuid4().hex}"
        _all(self._admin.create_topics([NewTopic(barrier, 1, 1)], operation_timeout=20).values())
        self._wait_for_leaders()

    def _wait_for_leaders(self) -> None:
        """A topic made a moment ago is named before its broker leads it."""
        topics = self._admin.list_topics(timeout=20).topics
        places = [
            TopicPartition(name, number)
            for name, topic in topics.items()
            if not name.startswith("__")
            for number in topic.partitions
        ]
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        until = time.monotonic() + 20
        while True:
            asked = self._admin.list_offsets(dict.fromkeys(places, latest))
            try:
                for future in asked.values():
                    future.result(20)
            except KafkaException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def _topics(self) -> list[str]:
        return [name for name in self._admin.list_topics(timeout=20).topics if not name.startswith("__")]


def _all(futures: Iterable[object]) -> None:
    for future in futures:
        try:
            future.result(20)  # type: ignore[attr-defined]
        except KafkaException as error:
            if error.args[0].name() not in ("GROUP_ID_NOT_FOUND", "UNKNOWN_TOPIC_OR_PART"):
                raise
