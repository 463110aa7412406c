"""Reads the commits topic by itself: where it ends, where a commit lies, and the commits from there on.

Only what is committed is seen (`isolation.level=read_committed`). The markers that end a transaction take
offsets too, so an offset says nothing exact about a commit's number, but both grow together.
"""

from __future__ import annotations

import logging
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.codec import decode
from schemas.errors import BadSetting, Fenced, Poison, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import failure
from schemas.ledger import Commit
from schemas.registry import locked

log = logging.getLogger("bellwether.kafka")
_HEADER: Final = struct.Struct(">bI")
_NEAR: Final = 200  # offsets that are read rather than searched
_AT_ONCE: Final = 500

MakeConsumer = Callable[[dict[str, Any]], Any]


class CommitTopic:
    """Reads one generation's commits topic, which has one partition. Each call has a consumer of its own.

    Each raises BadSetting when this user lacks a right.
    """

    def __init__(
        self,
        connection: KafkaConnection,
        topic: str,
        patience: float,
        make: MakeConsumer = Consumer,
    ) -> None:
        self._connection, self._topic, self._patience, self._make = connection, topic, patience, make

    def bounds(self, *, settled: bool = False) -> tuple[int, int]:
        """Return the first offset and the one after the last committed record.

        With `settled` wait until no transaction is under way, so that the answer includes whatever was begun
        before. Raises Retryable when that, or the broker's answer, takes longer than the patience.
        """
        until = time.monotonic() + self._patience
        with self._consumer() as committed, self._consumer("read_uncommitted") as every:
            while True:
                low, stable = self._watermarks(committed)
                if not settled or stable >= self._watermarks(every)[1]:
                    return low, stable
                if time.monotonic() > until:
                    raise Retryable(f"{self._topic}: a transaction has been open for {self._patience:g} s")
                time.sleep(0.05)

    def records(self, start: int, end: int) -> Iterator[tuple[int, Commit]]:
        """Yield (offset, commit) from offset `start` up to before `end`.

        What is no commit is left out with a warning. Raises Retryable when the broker falls silent, Fenced when
        a newer version has written a record.
        """
        with self._consumer() as consumer:
            yield from self._decoded(consumer, start, end)

    def last(self, low: int, end: int) -> tuple[int, Commit] | None:
        """Return the last (offset, commit) before `end`, None when there is none."""
        back = 16
        while low < end:
            start = max(low, end - back)
            found = list(self.records(start, end))
            if found:
                return found[-1]
            if start == low:
                return None
            back *= 16
        return None

    def offset_before(self, n: int, low: int, end: int) -> int:
        """Return an offset from which every commit after `n` can be read, and few before them."""
        with self._consumer() as consumer:
            while end - low > _NEAR:
                middle = (low + end) // 2
                found = next(self._decoded(consumer, middle, end), None)
                if found is not None and found[1].n <= n:
                    low = middle
                else:
                    end = middle
        return low

    def _decoded(self, consumer: Any, start: int, end: int) -> Iterator[tuple[int, Commit]]:
        consumer.assign([TopicPartition(self._topic, 0, start)])
        for message in self._messages(consumer, end):
            try:
                yield message.offset(), decode(message.value(), Commit)
            except Poison as poison:
                _must_not_be_newer(message.value(), f"{self._topic}@{message.offset()}")
                log.warning(
                    "%s@%d is no commit: %s", self._topic, message.offset(), poison.reason,
                    extra={"topic": self._topic, "offset": message.offset()},
                )  # fmt: skip

    def _messages(self, consumer: Any, end: int) -> Iterator[Any]:
        until = time.monotonic() + self._patience
        while True:
            batch = consumer.consume(_AT_ONCE, 0.2)
            for message in batch:
                error = message.error()
                if error is None:
                    if message.offset() >= end:
                        return
                    yield message
                elif error.code() == KafkaError._PARTITION_EOF:
                    return
                elif not error.retriable() and error.code() not in _PASSING:
                    raise failure(error, self._connection, f"reading {self._topic}")
            if batch:
                until = time.monotonic() + self._patience
            elif time.monotonic() > until:
                raise Retryable(f"reading {self._topic}: no answer for {self._patience:g} s")

    def _watermarks(self, consumer: Any) -> tuple[int, int]:
        until = time.monotonic() + self._patience
        while True:
            try:
                low, high = consumer.get_watermark_offsets(TopicPartition(self._topic, 0), self._patience)
            except KafkaException as error:  # a new topic has no leader for a moment
                told = failure(error.args[0], self._connection, f"asking where {self._topic} ends")
                if isinstance(told, BadSetting) or time.monotonic() > until:
                    raise told from error
                time.sleep(0.1)
            else:
                return int(low), int(high)

    @contextmanager
    def _consumer(self, isolation: str = "read_committed") -> Iterator[Any]:
        consumer = self._make(
            self._connection.client(
                {
                    "log_level": 3,
                    "fetch.wait.max.ms": 100,
                    "queued.max.messages.kbytes": 16_384,  # by default a short look would fetch 64 MB ahead
                    "group.id": "bellwether-commit-log",  # the client demands one; nothing is committed to it
                    "enable.auto.commit": False,
                    "enable.partition.eof": True,
                    "auto.offset.reset": "earliest",
                    "isolation.level": isolation,
                }
            )
        )
        try:
            yield consumer
        finally:
            consumer.close()


def _must_not_be_newer(value: bytes | None, where: str) -> None:
    """Passing over a commit that only this version cannot read would lead to its number being given twice."""
    if value is None or len(value) < _HEADER.size:
        return
    magic, schema_id = _HEADER.unpack_from(value)
    if magic == 0 and schema_id > max(version.id for version in locked()):
        raise Fenced(f"{where} has schema id {schema_id}: a newer version of Bellwether writes this log; use that one")


_PASSING: Final = frozenset(
    {KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE}
)
