"""The consumer loop with a fake consumer: order, retries, dead letters, offsets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from schemas.errors import BadInput, BadSetting, Poison, Retryable
from sinks.consume import ConsumeLoop, Record


class FakeMessage:
    def __init__(self, offset: int, value: bytes, partition: int = 0, error: KafkaError | None = None) -> None:
        self._offset, self._value, self._partition, self._error = offset, value, partition, error

    def topic(self) -> str:
        return "t"

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes:
        return b"k"

    def value(self) -> bytes:
        return self._value

    def timestamp(self) -> tuple[int, int]:
        return (1, 1_700_000_000_000)

    def error(self) -> KafkaError | None:
        return self._error


class FakeConsumer:
    """Gives out the scripted batches, then sets the stop event."""

    def __init__(self, config: dict[str, Any], batches: list[list[FakeMessage]], stop: threading.Event) -> None:
        self.config = config
        self.batches = batches
        self.stop = stop
        self.commits: list[dict[int, int]] = []
        self.paused = False
        self.closed = False
        self.late: list[FakeMessage] = []  # arrives while paused, as after a rebalance
        self.commit_errors: list[int] = []
        self.rest: list[FakeMessage] = []
        self.read = {0: 3}  # partition -> position; one from which nothing was read has none
        self.kept: dict[int, int] = {}  # offsets that the group committed in an earlier life
        self.end = self.fetched_end = 10  # of every partition: now, and as of the last fetch
        self.asked_committed = 0
        self.away = False
        self.waits: list[float] = []  # how long the loop would have waited for what comes with a first record

    def subscribe(self, topics: Sequence[str]) -> None:
        assert topics == ["t"]

    def consume(self, count: int, seconds: float) -> list[FakeMessage]:
        if self.paused:
            late, self.late = self.late, []
            return late
        if count > 1:  # what came with the first record
            self.waits.append(seconds)
            given, self.rest = self.rest, []
            return given
        if not self.batches:
            self.stop.set()
            return []
        (first, *self.rest) = self.batches.pop(0)
        return [first]

    def commit(self, offsets: Sequence[TopicPartition], asynchronous: bool) -> None:
        assert not asynchronous
        if self.commit_errors:
            raise KafkaException(KafkaError(self.commit_errors.pop(0)))
        self.commits.append({at.partition: at.offset for at in offsets})

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition("t", partition) for partition in self.read]

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self.paused = True

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self.paused = False

    def position(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        return [TopicPartition("t", each.partition, self.read[each.partition]) for each in partitions]

    def committed(self, partitions: Sequence[TopicPartition], timeout: float) -> list[TopicPartition]:
        self.asked_committed += 1
        return [TopicPartition("t", each.partition, self.kept.get(each.partition, -1001)) for each in partitions]

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]:
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return (0, self.fetched_end if cached else self.end)

    def close(self) -> None:
        self.closed = True


class Bench:
    """A loop over scripted batches, and what came out of it."""

    def __init__(self, *batches: list[FakeMessage], handle: Callable[[Sequence[str]], None] | None = None) -> None:
        self.stop = threading.Event()
        self.seen: list[list[str]] = []
        self.dead: list[dict[str, Any]] = []
        self.consumer: FakeConsumer
        self.before = handle

        def make(config: dict[str, Any]) -> Any:
            self.consumer = FakeConsumer(config, list(batches), self.stop)
            return self.consumer

        self.loop = ConsumeLoop(
            {"group.id": "g", "enable.auto.commit": True}, ["t"], decode=self.decode, handle=self.handle,
            dead_letter=self.bury, stop=self.stop, make=make,
        )  # fmt: skip

    def decode(self, record: Record) -> str:
        assert record.value is not None
        if record.value.startswith(b"\xff"):
            raise Poison("not text", stage="decode")
        return record.value.decode()

    def handle(self, values: Sequence[str]) -> None:
        if self.before is not None:
            self.before(values)
        self.seen.append(list(values))

    def bury(self, **letter: Any) -> None:
        self.dead.append(letter)


def test_batches_are_handled_in_order_and_then_committed() -> None:
    bench = Bench(
        [FakeMessage(0, b"a"), FakeMessage(5, b"b", partition=1), FakeMessage(1, b"c")],
        [FakeMessage(2, b"d")],
    )
    bench.loop.run()
    assert bench.seen == [["a", "b", "c"], ["d"]]
    assert bench.consumer.commits == [{0: 2, 1: 6}, {0: 3}]
    assert bench.consumer.config["enable.auto.commit"] is False
    assert bench.consumer.closed
    stats = bench.loop.stats
    assert (stats.records, stats.batches, stats.dead, stats.lag) == (4, 2, 0, 7)


def test_a_bad_record_goes_to_dead_letters_and_the_rest_goes_on() -> None:
    bench = Bench([FakeMessage(0, b"a"), FakeMessage(1, b"\xff!"), FakeMessage(2, b"c")])
    bench.loop.run()
    assert bench.seen == [["a", "c"]]
    assert bench.dead == [
        {"topic": "t", "partition": 0, "offset": 1, "key": b"k", "value": b"\xff!", "stage": "decode",
         "reason": "not text"}
    ]  # fmt: skip
    assert bench.consumer.commits == [{0: 3}]


def test_a_record_that_cannot_be_handled_is_found_among_the_others() -> None:
    def choke(values: Sequence[str]) -> None:
        if "c" in values:
            raise BadInput("c is not for me")

    bench = Bench([FakeMessage(i, bytes([97 + i])) for i in range(5)], handle=choke)
    bench.loop.run()
    assert [value for batch in bench.seen for value in batch] == ["a", "b", "d", "e"]
    assert [(letter["offset"], letter["stage"], letter["reason"]) for letter in bench.dead] == [
        (2, "handle", "c is not for me")
    ]
    assert bench.consumer.commits == [{0: 5}]


def test_the_same_batch_is_tried_again_until_it_succeeds() -> None:
    failures = [Retryable("full", after=0.01), Retryable("still full", after=0.01)]

    def full(values: Sequence[str]) -> None:
        if failures:
            raise failures.pop(0)

    bench = Bench([FakeMessage(0, b"a")], handle=full)
    bench.consumer.late = [FakeMessage(1, b"late")]
    bench.loop.run()
    assert bench.seen == [["a"], ["late"]]
    assert bench.consumer.commits == [{0: 1}, {0: 2}]
    assert (bench.loop.stats.retries, bench.loop.stats.error) == (2, "")


def test_the_lag_is_measured_while_the_store_is_ill() -> None:
    """Nothing is fetched then: the end has to be asked for, and the batch at hand is not done."""
    seen = list[int]()

    def ill(values: Sequence[str]) -> None:
        seen.append(bench.loop.stats.lag)
        if len(seen) < 3:
            bench.consumer.end = 500
            raise Retryable("the store is away", after=0.01)

    bench = Bench([FakeMessage(1, b"a"), FakeMessage(2, b"b")], handle=ill)
    bench.loop.run()
    assert seen == [-1, 2 + 500 - 3, 2 + 500 - 3]
    assert bench.loop.stats.lag == 500 - 3, "the last fetch knows an older end"


def test_brokers_that_do_not_answer_leave_the_lag_as_it_was() -> None:
    def ill(values: Sequence[str]) -> None:
        bench.consumer.away = True
        if not bench.loop.stats.error:
            raise Retryable("all is away", after=0.01)

    bench = Bench([FakeMessage(2, b"a")], handle=ill)
    bench.loop.run()
    assert bench.seen == [["a"]]
    assert bench.loop.stats.lag == -1


@pytest.mark.parametrize(("kept", "lag"), [({}, 10), ({1: 4}, 6)])
def test_a_partition_that_nothing_was_read_from_counts_from_where_the_group_is(kept: dict[int, int], lag: int) -> None:
    bench = Bench([FakeMessage(2, b"a")], [FakeMessage(3, b"b")])
    bench.consumer.read, bench.consumer.kept = {0: 3, 1: -1001}, kept
    bench.loop.run()
    assert bench.loop.stats.lag == 7 + lag
    assert bench.consumer.asked_committed == 1, "once, not at every poll"


def test_who_has_no_partition_has_no_lag() -> None:
    bench = Bench([FakeMessage(2, b"a")])
    bench.consumer.read = {}
    bench.loop.run()
    assert bench.loop.stats.lag == -1


def test_stopping_while_retrying_commits_nothing() -> None:
    bench = Bench([FakeMessage(0, b"a")])

    def stopping(values: Sequence[str]) -> None:
        bench.stop.set()
        raise Retryable("down", after=5)

    bench.before = stopping
    bench.loop.run()
    assert bench.consumer.commits == []
    assert bench.consumer.closed
    assert bench.loop.stats.error == "down"


def test_no_record_is_blamed_for_a_missing_right() -> None:
    def forbidden(values: Sequence[str]) -> None:
        raise BadSetting("kafka.security.username: lacks a right on a group")

    bench = Bench([FakeMessage(0, b"a")], handle=forbidden)
    with pytest.raises(BadSetting):
        bench.loop.run()
    assert (bench.dead, bench.consumer.commits) == ([], [])


def test_a_fault_of_the_program_ends_the_loop_without_a_commit() -> None:
    def broken(values: Sequence[str]) -> None:
        raise KeyError("bug")

    bench = Bench([FakeMessage(0, b"a")], handle=broken)
    with pytest.raises(KeyError):
        bench.loop.run()
    assert bench.consumer.commits == []
    assert bench.consumer.closed


def test_a_record_after_a_pause_does_not_wait_and_one_in_a_rush_waits_for_others() -> None:
    bench = Bench([FakeMessage(0, b"a")], [FakeMessage(1, b"b")])
    bench.loop._poll = 60.0
    bench.loop.run()
    first, second = bench.consumer.waits
    assert 30.0 < first <= 60.0  # the loop has just begun
    assert 30.0 < second <= 60.0  # the first batch has
    bench = Bench([FakeMessage(0, b"a")], handle=lambda _: None)
    bench.loop._began -= 60.0
    bench.loop.run()
    assert bench.consumer.waits == [0.01]


def test_offsets_of_lost_partitions_are_left_to_their_new_owner() -> None:
    bench = Bench([FakeMessage(0, b"a")], [FakeMessage(1, b"b")])
    bench.consumer.commit_errors = [KafkaError.ILLEGAL_GENERATION]
    bench.loop.run()
    assert bench.seen == [["a"], ["b"]]
    assert bench.consumer.commits == [{0: 2}]


def test_transport_errors_are_not_records() -> None:
    bench = Bench([FakeMessage(0, b"", error=KafkaError(KafkaError._TRANSPORT)), FakeMessage(0, b"a")])
    bench.loop.run()
    assert bench.seen == [["a"]]
