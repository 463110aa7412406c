"""The latest state of every published signal, from the compacted topic `bellwether.signals`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.codec import SchemaOf, decode, locked_schema
from schemas.errors import BadSetting, Poison, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import Trouble, metadata, reason_of
from schemas.ledger import SignalHead
from schemas.topics import SIGNALS

_TIMEOUT: Final = 15.0  # seconds


def read_heads(
    kafka: KafkaConnection,
    group: str,
    config: Mapping[str, Any] | None = None,
    seconds: float = 60.0,
    schema_of: SchemaOf = locked_schema,
) -> dict[str, SignalHead]:
    """Return the newest head of each signal, by id, as of the ends of the partitions now. Raises BadSetting, Retryable.

    `config` is added to librdkafka's settings; `group` is named, because clients must name one that the user has
    a right to, but it takes no part and nothing is committed.
    """
    trouble = Trouble(kafka)
    own = {"group.id": group, "enable.auto.commit": False, "error_cb": trouble}
    consumer = Consumer(kafka.client({"fetch.wait.max.ms": 50, "log_level": 3, **(config or {}), **own}))
    heads: dict[str, SignalHead] = {}
    try:
        ends = _ends(consumer, kafka, trouble)
        consumer.assign([TopicPartition(SIGNALS.name, number, 0) for number in ends])
        open_ones, until = {number for number, end in ends.items() if end > 0}, time.monotonic() + seconds
        while open_ones:
            if time.monotonic() > until:
                raise Retryable(f"{SIGNALS.name} could not be read to its end within {seconds:g} s")
            for message in consumer.consume(500, 0.2):
                if (error := message.error()) is not None:
                    _must_be_allowed(error, kafka)
                    continue
                number, offset = message.partition() or 0, message.offset() or 0
                _keep(heads, message.value(), schema_of)
                if offset + 1 >= ends[number]:
                    open_ones.discard(number)
            # Compaction may have removed the last ones: then the position says that the end was reached.
            for place in consumer.position([TopicPartition(SIGNALS.name, number) for number in open_ones]):
                if place.offset >= ends[place.partition]:
                    open_ones.discard(place.partition)
    except KafkaException as error:
        _must_be_allowed(error.args[0], kafka)
        raise Retryable(f"{SIGNALS.name} cannot be read: {error}") from error
    finally:
        consumer.close()
    return heads


def _must_be_allowed(error: KafkaError, kafka: KafkaConnection) -> None:
    why = reason_of(error, kafka)
    if why is not None and why.kind == "not allowed":
        raise BadSetting(why.said)


def _ends(consumer: Consumer, kafka: KafkaConnection, trouble: Trouble) -> dict[int, int]:
    found = metadata(consumer, trouble, _TIMEOUT, SIGNALS.name).topics[SIGNALS.name]
    if found.error is not None:
        _must_be_allowed(found.error, kafka)
        raise Retryable(f"{SIGNALS.name}: {found.error.str()}")
    numbers = sorted(found.partitions)
    marks = {
        number: consumer.get_watermark_offsets(TopicPartition(SIGNALS.name, number), timeout=_TIMEOUT)
        for number in numbers
    }
    return {number: high if high > low else 0 for number, (low, high) in marks.items()}


def _keep(heads: dict[str, SignalHead], value: bytes | None, schema_of: SchemaOf) -> None:
    if value is None:
        return
    try:
        head = decode(value, SignalHead, schema_of)
    except Poison:
        return  # a newer one may follow; without any, the signal's events tell of it
    heads[head.signal_id] = head
