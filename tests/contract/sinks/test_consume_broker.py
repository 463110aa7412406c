"""The consumer loop against librdkafka's in-process broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from confluent_kafka import Producer

from infra.embedded.broker import EmbeddedBroker
from schemas.codec import decode, encode
from schemas.errors import Retryable
from schemas.ledger import Commit
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.project import Projector
from sinks.consume import ConsumeLoop, Record
from tests.builders import full_commit
from tests.examples import tried


@pytest.fixture(scope="module")
def broker() -> Iterator[tuple[Producer, str]]:
    """A producer to an in-process broker, and its address."""
    embedded = EmbeddedBroker()  # librdkafka's, without the seconds that it otherwise waits for more consumers
    embedded.create({"commits": 1, "ill": 2})
    producer = Producer({"bootstrap.servers": embedded.connection.bootstrap, "linger.ms": 5})
    yield producer, embedded.connection.bootstrap
    producer.flush(5)
    producer.close()
    embedded.close()


def loop(address: str, topic: str, stop: threading.Event, **named: Any) -> ConsumeLoop[Commit]:
    def read(record: Record) -> Commit:
        return decode(record.value, Commit)

    config = {"bootstrap.servers": address, "group.id": f"sinks-{topic}", "fetch.wait.max.ms": 20,
              "session.timeout.ms": 6000}  # fmt: skip
    return ConsumeLoop(config, [topic], decode=read, stop=stop, **named)


def run_until(consume: ConsumeLoop[Commit], stop: threading.Event, done: Any, seconds: float = 30) -> None:
    thread = threading.Thread(target=consume.run)
    thread.start()
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end and thread.is_alive():
        time.sleep(0.02)
    time.sleep(0.3)
    stop.set()
    thread.join(15)
    assert not thread.is_alive()
    assert done()


def test_commits_reach_the_tables_whatever_the_broker_lost(store: Store, broker: tuple[Producer, str]) -> None:
    producer, address = broker
    last = tried(120, 300)
    commits = [full_commit(n) for n in range(1, last + 1)]
    log, projector = ChdbCommitLog(store, "live"), Projector(store, "live")
    log.append(commits)
    dead: list[dict[str, Any]] = []
    for commit in commits:
        if commit.n % 7:
            producer.produce("commits", encode(commit), partition=0)
        if commit.n == 100:
            producer.produce("commits", b"\x00garbage", key=b"k", partition=0)
    producer.flush(10)
    follow, failures = CommitFollower(projector, log), [Retryable("busy", after=0.05)] * 2

    def handle(batch: Sequence[Commit]) -> None:
        if failures:
            raise failures.pop()
        follow(batch)

    stop = threading.Event()
    consume = loop(address, "commits", stop, handle=handle, dead_letter=lambda **letter: dead.append(letter))
    run_until(consume, stop, lambda: projector.position() == last)
    assert store.scalar("SELECT count() FROM outcomes FINAL") == last
    assert [letter["value"] for letter in dead] == [b"\x00garbage"]
    stats = consume.stats
    assert (stats.dead, stats.retries, stats.lag) == (1, 2, 0)

    # A second life of the group goes on where the first one committed.
    producer.produce("commits", encode(full_commit(last + 1)), partition=0)
    producer.flush(10)
    seen: list[int] = []
    stop = threading.Event()
    again = loop(address, "commits", stop, handle=lambda batch: seen.extend(c.n for c in batch),
                 dead_letter=lambda **letter: dead.append(letter))  # fmt: skip
    run_until(again, stop, lambda: bool(seen))
    assert seen == [last + 1]


def test_the_lag_grows_while_the_store_is_ill(broker: tuple[Producer, str]) -> None:
    """Also for a group that has never read anything; one of the two partitions stays empty."""
    producer, address = broker
    producer.produce("ill", encode(full_commit(1)), partition=0)
    producer.flush(10)
    well, stop, seen = threading.Event(), threading.Event(), list[int]()

    def handle(batch: Sequence[Commit]) -> None:
        if not well.is_set():
            raise Retryable("the store is away", after=0.2)
        seen.extend(commit.n for commit in batch)

    consume = loop(address, "ill", stop, handle=handle, dead_letter=lambda **letter: None)
    thread = threading.Thread(target=consume.run)
    thread.start()
    try:
        wait_for(lambda: consume.stats.lag == 1)
        for n in range(2, 31):
            producer.produce("ill", encode(full_commit(n)), partition=0)
        producer.flush(10)
        wait_for(lambda: consume.stats.lag == 30)
        assert consume.stats.error == "the store is away"
        well.set()
        wait_for(lambda: consume.stats.lag == 0)
    finally:
        stop.set()
        thread.join(30)
    assert seen == list(range(1, 31))


def wait_for(met: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
