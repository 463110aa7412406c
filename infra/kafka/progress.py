"""How far a cluster's groups have come: the ends of topics and the committed offsets of roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.errors import Retryable
from schemas.kafka_connection import KafkaConnection

Offsets = Mapping[int, int]  # partition -> offset


class Progress(Protocol):
    """What the sweep asks. Every call may raise Retryable."""

    def ends(self, topic: str) -> Offsets:
        """Return the offset after the last record of each partition."""
        ...

    def committed(self, group: str, topic: str) -> Offsets:
        """Return the committed offset of each partition; one without is absent."""
        ...


class KafkaProgress:
    """Progress as the brokers know it. Close it after use."""

    def __init__(self, connection: KafkaConnection, *, patience: float = 20.0) -> None:
        common = connection.client({"log_level": 3})
        self._admin = AdminClient(common)
        self._consumer = Consumer({**common, "group.id": "bellwether-progress", "enable.auto.commit": False})
        self._patience = patience

    def ends(self, topic: str) -> dict[int, int]:
        """See Progress."""
        return {partition: end for partition, (_, end) in self.spans(topic).items()}

    def spans(self, topic: str) -> dict[int, tuple[int, int]]:
        """Return of each partition the offsets of its first record and after its last one. Raises Retryable."""
        try:
            found = {}
            for partition in self._partitions(topic):
                low, end = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), self._patience)
                found[partition] = (int(low), int(end))
            return found
        except KafkaException as error:
            raise Retryable(f"asking for the end of {topic}: {error.args[0].str()}") from error

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """See Progress."""
        try:
            # Partitions are named: the embedded broker does not list those that it was not asked for.
            partitions = [TopicPartition(topic, number) for number in self._partitions(topic)]
            asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, partitions)])
            offsets = asked[group].result(self._patience).topic_partitions or []
        except KafkaException as error:
            raise Retryable(f"asking how far {group} is: {error.args[0].str()}") from error
        return {each.partition: each.offset for each in offsets if each.topic == topic and each.offset >= 0}

    def _partitions(self, topic: str) -> list[int]:
        return sorted(self._consumer.list_topics(topic, timeout=self._patience).topics[topic].partitions)

    def close(self) -> None:
        """Let the connections go."""
        self._consumer.close()
