"""The ways back into the stream: a record onto its topic, told where it lies then, or an article through the door."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from confluent_kafka import KafkaException, Producer

from infra.kafka.progress import KafkaProgress
from schemas.article import Article
from schemas.errors import Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.topics import DEAD_LETTERS, LIVE

_SECONDS: Final = 15.0  # until Kafka must have a record


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies; `incarnation` names the broker's life that the offset belongs to."""

    topic: str
    partition: int
    offset: int
    incarnation: str


class Ways(Protocol):
    """What replaying needs of a stream. Calls raise Retryable."""

    def put(self, topic: str, key: bytes, value: bytes) -> Place:
        """Put a record on a topic, safely; return where."""
        ...

    def admit(self, article: Article) -> None:
        """Store an article and publish it."""
        ...

    def passed(self, place: Place, group: str) -> bool:
        """Say whether a group has dealt with a record, and its dead letter, if it made one, is in the tables."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def sink_group(topic: str) -> str:
    """Return the consumer group of the sink of a topic of the live generation."""
    return f"bellwether-sink-{topic.removeprefix('bellwether.')}.{LIVE}"


class KafkaWays:
    """Over any Kafka, the embedded one too. `admit` is the intake's."""

    def __init__(
        self,
        connection: KafkaConnection,
        incarnation: str,
        admit: Callable[[Sequence[Article]], int],
        grace: float = 0.0,
    ) -> None:
        """`grace`: seconds until the tables show a commit that a role has made, where nothing else tells."""
        self._incarnation, self._admit, self._grace = incarnation, admit, grace
        self._producer = Producer(
            connection.client({"acks": "all", "message.max.bytes": 4_000_000, "linger.ms": 5, "log_level": 3})
        )
        self._progress = KafkaProgress(connection)
        # When a group had passed a place, and the end of the topic of dead letters then.
        self._followed: dict[tuple[Place, str], tuple[float, int]] = {}

    def put(self, topic: str, key: bytes, value: bytes) -> Place:
        """See Ways."""
        places: list[Place] = []
        faults: list[str] = []

        def delivered(error: Any, message: Any) -> None:
            if error is not None:
                faults.append(str(error))
            else:
                places.append(Place(topic, message.partition(), message.offset(), self._incarnation))

        try:
            self._producer.produce(topic, value=value, key=key or None, on_delivery=delivered)
            until = time.monotonic() + _SECONDS
            while not places and not faults and time.monotonic() < until:
                self._producer.poll(0.1)
        except (KafkaException, BufferError) as error:
            raise Retryable(f"{topic} does not take the record: {error}") from error
        if not places:
            raise Retryable(f"{topic} does not take the record: {faults[0] if faults else 'no answer'}")
        return places[0]

    def admit(self, article: Article) -> None:
        """See Ways."""
        self._admit([article])

    def passed(self, place: Place, group: str) -> bool:
        """See Ways."""
        key = (place, group)
        if key not in self._followed:
            if self._progress.committed(group, place.topic).get(place.partition, 0) <= place.offset:
                return False
            self._followed[key] = (time.monotonic(), sum(self._progress.ends(DEAD_LETTERS.name).values()))
        since, end = self._followed[key]
        kept = sum(self._progress.committed(sink_group(DEAD_LETTERS.name), DEAD_LETTERS.name).values())
        return kept >= end and time.monotonic() - since >= self._grace

    def close(self) -> None:
        """See Ways."""
        self._progress.close()
        self._producer.close()
