"""One consumer loop for every sink: poll a batch, handle it, commit its offsets.

In order and at least once: offsets are committed after the handler has returned, so a handler must bear
repeats. A record that cannot be understood goes to dead letters, and the rest goes on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.errors import BadInput, BadSetting, Poison, Retryable
from sinks.lag import Lag

T = TypeVar("T")
_log = logging.getLogger("bellwether.sinks")
_FIRST_WAIT: Final = 0.1  # seconds before the first retry; doubles
_LONGEST_WAIT: Final = 10.0
_TOGETHER: Final = 0.01  # seconds that a record which came after a pause waits for those that came with it


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it lies on its partition. `at` is its timestamp in milliseconds since 1970, UTC."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    at: int


class DeadLetterBox(Protocol):
    """Takes what cannot be processed; durable on return. May raise Retryable."""

    def __call__(
        self,
        *,
        topic: str,
        partition: int,
        offset: int,
        key: bytes | None,
        value: bytes | None,
        stage: str,
        reason: str,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Stats:
    """How a loop does. `lag` counts records not handled yet, also while a batch is tried again; -1 while unknown."""

    records: int = 0
    batches: int = 0
    dead: int = 0
    retries: int = 0
    lag: int = -1
    rate: float = 0.0  # records per second, over about the last ten seconds of work
    error: str = ""  # why it is retrying now, "" when it is not


class ConsumeLoop(Generic[T]):
    """Reads topics into a handler until stopped. Runs in the thread that calls `run`."""

    def __init__(
        self,
        config: Mapping[str, Any],
        topics: Sequence[str],
        *,
        decode: Callable[[Record], T],
        handle: Callable[[Sequence[T]], None],
        dead_letter: DeadLetterBox,
        stop: threading.Event,
        batch: int = 500,
        poll_seconds: float = 0.2,
        make: Callable[[dict[str, Any]], Consumer] = Consumer,
    ) -> None:
        """`decode` raises Poison for a bad record. `handle` gets records in order; it raises Retryable to be
        called again with the same batch, Poison or BadInput when a record in it cannot be handled.

        `poll_seconds`: at least so long lies between the beginnings of two batches, so that a busy topic costs few
        of them; a record that comes after a pause is handled at once.
        """
        self._topics = list(topics)
        self._decode = decode
        self._handle = handle
        self._dead_letter = dead_letter
        self._stop = stop
        self._batch = batch
        self._poll = poll_seconds
        self._consumer = make(
            {"auto.offset.reset": "earliest", **config, "enable.auto.commit": False,
             "enable.auto.offset.store": False}
        )  # fmt: skip
        self._held: list[Message] = []  # came while a batch was being retried
        self._counts = {"records": 0, "batches": 0, "dead": 0, "retries": 0}
        self._error = ""
        self._at_hand = 0  # records of the batch that is being handled
        self._lag = Lag(self._consumer)
        self._rate = 0.0
        self._since = self._began = time.monotonic()

    @property
    def stats(self) -> Stats:
        """Return a picture of the loop; may be read from any thread."""
        return Stats(**self._counts, lag=self._lag.records, rate=self._rate, error=self._error)

    def run(self) -> None:
        """Consume until the stop event is set, then leave the group.

        Raises whatever is neither Poison, BadInput nor Retryable: a fault of the program. The offsets of the
        batch are not committed then.
        """
        self._consumer.subscribe(self._topics)
        try:
            while not self._stop.is_set():
                held, self._held = self._held, []
                messages = held or self._gathered()
                records = [_record(message) for message in messages if self._is_record(message)]
                self._at_hand = len(records)
                if records and not self._process(records):
                    return  # stopped while retrying: the batch comes again at the next start
                self._at_hand = 0
                self._measure(len(records))
        finally:
            self._consumer.close()

    def _gathered(self) -> list[Message]:
        first = self._consumer.consume(1, self._poll)
        if not first:
            return first
        wait = max(_TOGETHER, self._began + self._poll - time.monotonic())
        messages = first + (self._consumer.consume(self._batch - 1, wait) if self._batch > 1 else [])
        self._began = time.monotonic()
        return messages

    def _process(self, records: Sequence[Record]) -> bool:
        good: list[tuple[Record, T]] = []
        for record in records:
            try:
                good.append((record, self._decode(record)))
            except Poison as poison:
                if not self._bury(record, poison.stage, poison.reason):
                    return False
        if not self._deliver(good):
            return False
        self._counts["records"] += len(records)
        self._counts["batches"] += 1
        return self._retrying(lambda: self._commit(records))

    def _deliver(self, good: Sequence[tuple[Record, T]]) -> bool:
        if not good:
            return True
        try:
            return self._retrying(lambda: self._handle([value for _, value in good]))
        except BadSetting:  # a right is missing: no record is to blame
            raise
        except (Poison, BadInput) as error:
            if len(good) > 1:  # find the bad one: the others must not suffer
                half = len(good) // 2
                return self._deliver(good[:half]) and self._deliver(good[half:])
            stage = error.stage if isinstance(error, Poison) else "handle"
            return self._bury(good[0][0], stage, str(error))

    def _bury(self, record: Record, stage: str, reason: str) -> bool:
        _log.warning(
            "dead letter %s[%d]@%d: %s", record.topic, record.partition, record.offset, reason,
            extra={"stage": f"sink/{stage}", "key": (record.key or b"").decode("utf-8", "replace")},
        )  # fmt: skip
        self._counts["dead"] += 1
        return self._retrying(
            lambda: self._dead_letter(
                topic=record.topic, partition=record.partition, offset=record.offset,
                key=record.key, value=record.value, stage=stage, reason=reason,
            )
        )  # fmt: skip

    def _retrying(self, action: Callable[[], None]) -> bool:
        """Call until it succeeds; False when the loop was stopped before that."""
        wait = _FIRST_WAIT
        while True:
            try:
                action()
            except Retryable as error:
                self._error = str(error)
                self._counts["retries"] += 1
                _log.warning("retrying in %.1f s: %s", error.after or wait, error)
                self._sleep(error.after or wait)
                wait = min(wait * 2, _LONGEST_WAIT)
                if self._stop.is_set():
                    return False
            else:
                self._error = ""
                return True

    def _sleep(self, seconds: float) -> None:
        """Wait, polling paused partitions now and then so that the group does not think us dead."""
        until = time.monotonic() + seconds
        assigned = self._consumer.assignment()
        if assigned:
            self._consumer.pause(assigned)
        try:
            while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
                self._held.extend(self._consumer.consume(1, min(left, 0.2)))
                if self._lag.may_ask():  # nothing is fetched for a paused partition, so its end is not known by itself
                    self._measure_lag(cached=False)
        finally:
            if still := self._consumer.assignment():
                self._consumer.resume(still)

    def _commit(self, records: Sequence[Record]) -> None:
        ends: dict[tuple[str, int], int] = {}
        for record in records:
            ends[record.topic, record.partition] = record.offset + 1
        offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in ends.items()]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() in _LOST:  # another member has the partitions now and reads them again
                _log.info("offsets not committed, the partitions have moved: %s", reason.str())
            elif reason.fatal():
                raise
            else:
                raise Retryable(f"committing offsets: {reason.str()}") from error

    def _is_record(self, message: Message) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.fatal():
            raise KafkaException(error)
        if error.code() != KafkaError._PARTITION_EOF:
            _log.warning("consumer: %s", error.str())
        return False

    def _measure(self, count: int) -> None:
        now = time.monotonic()
        elapsed, self._since = now - self._since, now
        share = min(1.0, elapsed / 10.0)
        self._rate += share * (count / max(elapsed, 1e-6) - self._rate)
        self._measure_lag(cached=True)

    def _measure_lag(self, *, cached: bool) -> None:
        self._lag.measure(self._at_hand + len(self._held), cached=cached)


_LOST: Final = frozenset(
    {KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID, KafkaError.REBALANCE_IN_PROGRESS,
     KafkaError._ASSIGNMENT_LOST, KafkaError._STATE}
)  # fmt: skip


def _record(message: Message) -> Record:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise TypeError("a consumed message names its topic, partition and offset")
    return Record(topic, partition, offset, message.key(), message.value(), message.timestamp()[1])
