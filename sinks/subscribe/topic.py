"""Signal events from Kafka, typed: resumed by consumer group, checked for gaps, with the signals' state beside them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.codec import SchemaOf, decode, locked_schema
from schemas.errors import BadSetting, Poison, Retryable
from schemas.events import SignalEvent
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import Trouble, reason_of
from schemas.ledger import SignalHead
from schemas.topics import SIGNAL_EVENTS
from sinks.subscribe.gaps import Gap, Lost, Sequences
from sinks.subscribe.heads import read_heads
from sinks.where import Where

log = logging.getLogger("bellwether.subscribe")
_POLL: Final = 0.5  # seconds
_COMMIT_EVERY: Final = 1.0  # seconds
_TIMEOUT: Final = 15.0  # seconds, of a question to the broker
_BEFORE_HEADS: Final = timedelta(minutes=1)
_LOOK_BACK: Final = 10_000  # events
Start = datetime | str  # "now", "beginning", or events of that time (aware) and later


class Subscription(Iterator[SignalEvent]):
    """An iterator of events, and a context manager that leaves the group in good order.

    An event counts as handled when the next one is asked for: a program that dies in between gets it again. Within one
    subscription nothing comes twice. Used by one thread. Iteration raises Retryable when the broker does not answer,
    BadSetting when it refuses the name or the password, or the user lacks a right.
    """

    def __init__(
        self,
        kafka: str | KafkaConnection,
        group: str,
        *,
        where: Where | None = None,
        since: Start = "now",
        heads: bool = False,
        on_gap: Callable[[Gap | Lost], None] | None = None,
        idle: float | None = None,
        config: Mapping[str, Any] | None = None,
        schema_of: SchemaOf = locked_schema,
    ) -> None:
        """See `sinks.subscribe.subscribe`."""
        connection = KafkaConnection(kafka) if isinstance(kafka, str) else kafka
        settings = connection.client({"fetch.wait.max.ms": 50, "log_level": 3, **(config or {})})
        self._connection, self._trouble = connection, Trouble(connection)
        self._where, self._since, self._idle = where, since, idle
        self._schema_of = schema_of
        self._on_gap = on_gap or _warned
        self._sequences = Sequences()
        self._partition: dict[str, int] = {}  # of each signal that was seen
        self._handled: dict[int, int] = {}  # partition → offset of the next event, of those handled
        self._given: Message | None = None
        self._has_part = False
        self._committed = time.monotonic()
        self.signals: dict[str, SignalHead] = {}
        if heads:
            self.signals = read_heads(connection, group, config, schema_of=schema_of)
        # Events that the heads hold already are repeats, but only to a program that begins now: one that resumes has
        # not handled them.
        self._baseline = {head.signal_id: head.seq for head in self.signals.values()}
        self._consumer = Consumer(
            {"error_cb": self._trouble, **settings, "group.id": group, "enable.auto.commit": False,
             "enable.auto.offset.store": False, "auto.offset.reset": "earliest"}
        )  # fmt: skip
        self._consumer.subscribe([SIGNAL_EVENTS.name], on_assign=self._assigned, on_revoke=self._revoked)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close(handled=kind is None)

    def close(self, *, handled: bool = True) -> None:
        """Leave the group. `handled`: the event that was given last is done with."""
        if handled:
            self._done()
        self._commit(wait=True)
        self._consumer.close()

    def __next__(self) -> SignalEvent:
        """Return the next event for which the condition holds; stop after `idle` seconds without any."""
        self._done()
        quiet_since = time.monotonic()
        while True:
            if time.monotonic() - self._committed > _COMMIT_EVERY:
                self._commit()
            message = self._consumer.poll(_POLL if self._idle is None else min(_POLL, self._idle))
            if message is None:
                if not self._has_part:  # the group is still dividing itself
                    if self._trouble.lasting:
                        raise BadSetting(self._trouble.lasting)
                    quiet_since = time.monotonic()
                if self._idle is not None and time.monotonic() - quiet_since >= self._idle:
                    raise StopIteration
                continue
            if (event := self._read(message)) is not None:
                return event
            quiet_since = time.monotonic()

    def _read(self, message: Message) -> SignalEvent | None:
        if (error := message.error()) is not None:
            if (why := reason_of(error, self._connection)) is not None and why.kind == "not allowed":
                raise BadSetting(why.said)
            if error.code() != KafkaError._PARTITION_EOF:
                log.warning("%s", error.str())
            return None
        self._given = message
        try:
            event = decode(message.value(), SignalEvent, self._schema_of)
        except Retryable:  # the registry is away: nothing was given, and the next call reads it again
            self._given = None
            self._consumer.seek(TopicPartition(SIGNAL_EVENTS.name, message.partition() or 0, message.offset() or 0))
            raise
        except Poison as poison:
            where = f"{message.topic()}[{message.partition()}] at {message.offset()}"
            log.error("%s is passed over: %s", where, poison.reason)
            self._done()
            return None
        self._partition[event.signal_id] = message.partition() or 0
        found = self._sequences.take(event)
        if isinstance(found, Gap):
            self._on_gap(found)
        early = isinstance(self._since, datetime) and event.at < self._since
        if found == "repeat" or early or (self._where is not None and not self._where.holds(event)):
            self._done()
            return None
        return event

    def _done(self) -> None:
        if self._given is not None:
            self._handled[self._given.partition() or 0] = (self._given.offset() or 0) + 1
            self._given = None

    def _commit(self, *, wait: bool = False) -> None:
        self._committed = time.monotonic()
        if not self._handled:
            return
        offsets = [TopicPartition(SIGNAL_EVENTS.name, number, offset) for number, offset in self._handled.items()]
        try:
            if wait:
                self._consumer.commit(offsets=offsets, asynchronous=False)
            else:
                self._consumer.commit(offsets=offsets, asynchronous=True)
            self._handled.clear()
        except KafkaException as error:  # another try comes; what is not committed is given again after a restart
            log.warning("offsets were not committed: %s", error)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            known = consumer.committed(partitions, timeout=_TIMEOUT)
            fresh = [each for each in known if each.offset < 0]
            for each, started in zip(fresh, self._starts(consumer, fresh), strict=True):
                each.offset = started
            for each in known:
                low = consumer.get_watermark_offsets(each, timeout=_TIMEOUT)[0]
                if 0 <= each.offset < low:
                    self._on_gap(Lost(each.partition, each.offset, low))
                    each.offset = low
        except KafkaException as error:
            raise Retryable(f"the broker does not say where this group was: {error}") from error
        if fresh and len(fresh) == len(known):  # a group that begins now
            for signal_id, seq in self._baseline.items():
                self._sequences.expect(signal_id, seq)
        # Where a new name begins is kept at once: should it end before its first event, it misses none.
        self._handled.update({each.partition: each.offset for each in fresh if each.offset >= 0})
        self._committed = 0.0
        consumer.assign(known)
        self._has_part = True

    def _starts(self, consumer: Consumer, partitions: list[TopicPartition]) -> list[int]:
        """Return where a program that begins now begins on each partition."""
        if self._since == "beginning":
            return [OFFSET_BEGINNING] * len(partitions)
        if self._since == "now" and not self._baseline:
            return [consumer.get_watermark_offsets(each, timeout=_TIMEOUT)[1] for each in partitions]
        # With a time: an event is published after it happened, so none of that time lies before this place. With heads:
        # an event is published just before the head that holds it; what both tell is dropped as a repeat.
        at = self._since if isinstance(self._since, datetime) else datetime.now(UTC) - _BEFORE_HEADS
        asked = [TopicPartition(each.topic, each.partition, int(at.timestamp() * 1000)) for each in partitions]
        found = consumer.offsets_for_times(asked, timeout=_TIMEOUT) if asked else []
        return [each.offset if each.offset >= 0 else self._without_times(consumer, each) for each in found]

    def _without_times(self, consumer: Consumer, partition: TopicPartition) -> int:
        """Nothing is newer than the time, or (the embedded broker) the broker does not know."""
        low, high = consumer.get_watermark_offsets(partition, timeout=_TIMEOUT)
        return low if isinstance(self._since, datetime) else max(low, high - _LOOK_BACK)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._has_part = False
        self._commit(wait=True)
        gone = {each.partition for each in partitions}
        self._handled = {number: at for number, at in self._handled.items() if number not in gone}
        lost = [signal_id for signal_id, number in self._partition.items() if number in gone]
        self._sequences.forget(lost)
        for signal_id in lost:
            del self._partition[signal_id]


def _warned(gap: Gap | Lost) -> None:
    if isinstance(gap, Lost):
        log.warning("the broker has dropped %d records of partition %d", gap.kept - gap.first, gap.partition)
        return
    log.warning(
        "events %d to %d of signal %s did not come", gap.after + 1, gap.before - 1, gap.signal_id,
        extra={"signal_id": gap.signal_id},
    )  # fmt: skip
