"""Reads what a topic holds, from its beginning to where it ended when the reading began."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas.codec import SchemaOf, decode, locked_schema
from schemas.errors import Poison, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import failure

T = TypeVar("T")
_PATIENCE: Final = 30.0  # seconds for each answer


def whole(
    connection: KafkaConnection,
    topic: str,
    record: type[T],
    schema_of: SchemaOf = locked_schema,
    starts: Mapping[int, int] = MappingProxyType({}),
    make: Callable[[dict[str, Any]], Any] = Consumer,
) -> Iterator[T]:
    """Yield every committed record, partition by partition, from the beginning or from the offsets in `starts`.

    What is none is left out. Raises BadSetting when this user may not, Retryable.
    """
    with _consumer(connection, topic, make) as consumer:
        for part in sorted(consumer.list_topics(topic, timeout=_PATIENCE).topics[topic].partitions):
            consumer.assign([TopicPartition(topic, part, starts.get(part, OFFSET_BEGINNING))])
            for value in _values(consumer, topic, connection):
                try:
                    yield decode(value, record, schema_of)
                except Poison:
                    continue


def _values(consumer: Any, topic: str, connection: KafkaConnection) -> Iterator[bytes]:
    until = time.monotonic() + _PATIENCE
    while True:
        batch = consumer.consume(500, 0.1)  # it waits that long for a full batch, so not for its last one
        if batch:
            until = time.monotonic() + _PATIENCE
        elif time.monotonic() > until:
            raise Retryable(f"reading {topic}: no answer for {_PATIENCE:g} s")
        for message in batch:
            error = message.error()
            if error is None:
                if message.value() is not None:  # no tombstone
                    yield message.value()
            elif error.code() == KafkaError._PARTITION_EOF:
                return
            elif not error.retriable():
                raise failure(error, connection, f"reading {topic}")


@contextmanager
def _consumer(connection: KafkaConnection, topic: str, make: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
    consumer = make(
        connection.client({
            "group.id": "bellwether-whole-topic", "enable.auto.commit": False,
            "enable.partition.eof": True, "auto.offset.reset": "earliest", "isolation.level": "read_committed",
            "fetch.wait.max.ms": 100, "log_level": 3,
        })
    )  # fmt: skip
    try:
        yield consumer
    except KafkaException as error:
        raise failure(error.args[0], connection, f"reading {topic}") from error
    finally:
        consumer.close()
