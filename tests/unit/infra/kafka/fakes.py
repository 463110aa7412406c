"""Stand-ins for confluent-kafka's clients: a topic in memory, and a producer whose next calls can be made to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition


@dataclass
class FakeTopic:
    """One partition's committed records, and the transactional id's present owner."""

    values: list[bytes] = field(default_factory=list)
    epoch: int = 0
    refuses: KafkaError | None = None  # what whoever claims or reads is told


@dataclass(frozen=True)
class FakeMessage:
    """A record, or the news that there is none."""

    at: int
    body: bytes = b""
    trouble: KafkaError | None = None

    def error(self) -> KafkaError | None:
        return self.trouble

    def offset(self) -> int:
        return self.at

    def value(self) -> bytes:
        return self.body


class FakeConsumer:
    """Reads a FakeTopic from an assigned offset to its end."""

    def __init__(self, topic: FakeTopic) -> None:
        self._topic, self._at = topic, 0

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._at = partitions[0].offset

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float) -> tuple[int, int]:
        return 0, len(self._topic.values)

    def consume(self, count: int, timeout: float) -> list[FakeMessage]:
        if self._topic.refuses is not None:
            return [FakeMessage(self._at, trouble=self._topic.refuses)]
        start, self._at = self._at, len(self._topic.values)
        found = [FakeMessage(at, self._topic.values[at]) for at in range(start, self._at)]
        return found or [FakeMessage(self._at, trouble=KafkaError(KafkaError._PARTITION_EOF))]

    def close(self) -> None:
        """Nothing to let go."""


class FakeProducer:
    """Writes to a FakeTopic by transactions. `fail_commit` holds what the next commits raise.

    A pair (error, done): `done` says whether the broker has committed all the same.
    """

    def __init__(self, topic: FakeTopic) -> None:
        self._topic, self._open, self._epoch = topic, [], -1  # type: ignore[var-annotated]
        self.fail_commit: list[tuple[KafkaError, bool]] = []
        self.aborted = 0

    def init_transactions(self, timeout: float) -> None:
        if self._topic.refuses is not None:
            raise KafkaException(self._topic.refuses)
        self._topic.epoch += 1
        self._epoch = self._topic.epoch

    def begin_transaction(self) -> None:
        self._open = []

    def produce(self, topic: str, value: bytes, partition: int) -> None:
        if self._epoch != self._topic.epoch:
            raise KafkaException(KafkaError(KafkaError._FENCED, "fenced", fatal=True))
        self._open.append(value)

    def commit_transaction(self, timeout: float) -> None:
        if self.fail_commit:
            error, done = self.fail_commit.pop(0)
            if done:
                self._topic.values += self._open
                self._open = []
            raise KafkaException(error)
        self._topic.values += self._open
        self._open = []

    def abort_transaction(self, timeout: float) -> None:
        self.aborted += 1
        self._open = []


class FakeLog:
    """A topic with the factories that a KafkaCommitLog takes; `producer` is the one made last."""

    def __init__(self) -> None:
        self.topic = FakeTopic()
        self.producer = FakeProducer(self.topic)

    def make_producer(self, config: dict[str, Any]) -> FakeProducer:
        self.producer = FakeProducer(self.topic)
        return self.producer

    def make_consumer(self, config: dict[str, Any]) -> FakeConsumer:
        return FakeConsumer(self.topic)
