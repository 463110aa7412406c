"""Producing to Kafka with confirmation: nothing counts as sent before the broker has it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaException, Producer

from schemas.confluent import Framing
from schemas.errors import Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import Trouble, reason_of


class Emitter:
    """A confluent-kafka producer. `send` buffers, `flush` waits for every delivery and raises the first failure."""

    def __init__(
        self, connection: KafkaConnection, config: Mapping[str, Any] | None = None, framing: Framing | None = None
    ) -> None:
        """`framing` gives messages the ids of a schema registry."""
        self._trouble = Trouble(connection)
        self._connection = connection
        self._producer = Producer(
            connection.client(
                {
                    "linger.ms": 5,
                    "acks": "all",
                    "message.max.bytes": 4_000_000,
                    "queue.buffering.max.messages": 200_000,
                    "log_level": 3,
                    "error_cb": self._trouble,
                    **(config or {}),
                }
            )
        )
        self._framing = framing
        self._failed: list[str] = []

    def send(
        self, topic: str, value: bytes | None, key: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Buffer one message, without a value for a tombstone; blocks only while the producer's own queue is full."""
        if self._framing is not None and value is not None:
            value = self._framing(topic, value)
        while True:
            try:
                self._producer.produce(
                    topic,
                    value=value,
                    key=key,
                    headers={k: v.encode() for k, v in headers.items()} if headers else None,
                    on_delivery=self._delivered,
                )
                break
            except BufferError:
                self._producer.poll(0.05)
        self._producer.poll(0)

    def flush_now(self, seconds: float = 30.0) -> None:
        """Wait until everything sent is safe. Raises Retryable when it is not after `seconds`."""
        try:
            left = self._producer.flush(seconds)
        except KafkaException as error:
            raise Retryable(f"Kafka did not take the messages: {error}") from error
        if self._failed:
            reason, self._failed = self._failed[0], []
            raise Retryable(f"Kafka did not take a message: {reason}")
        if left:
            why = f": {self._trouble.lasting}" if self._trouble.lasting else ""
            raise Retryable(f"{left} messages not confirmed after {seconds:g} s{why}")

    async def flush(self) -> None:
        """Like flush_now, without blocking the event loop."""
        await asyncio.to_thread(self.flush_now)

    def close(self) -> None:
        """Let the connection go; what was not confirmed is lost."""
        self._producer.purge()
        self._producer.flush(1.0)
        self._producer.close()

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            why = reason_of(error, self._connection)
            self._failed.append(f"{message.topic()}: {why.said if why and why.lasting else error}")
