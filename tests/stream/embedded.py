"""A broker with every topic, embedded or real, to run single roles on: send, run, read, with bounded waits."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar

from confluent_kafka import Consumer, Message, TopicPartition

from infra.embedded.broker import EmbeddedBroker
from processors.app import AppConfig, Ports, Role, app_id, build_app
from processors.emit import Emitter
from schemas.codec import decode, encode
from schemas.kafka_connection import KafkaConnection
from schemas.topics import CATALOGUE, LIVE, Topic

T = TypeVar("T")
PATIENCE = 60.0  # seconds until a wait is called hopeless; none should come near it


@contextmanager
def kept_awake(bootstrap: str) -> Iterator[None]:
    """Connect to the broker again and again meanwhile.

    librdkafka's mock cluster now and then sleeps a whole second with an order to make a topic in its queue; a
    connection wakes it.
    """
    host, port = bootstrap.rsplit(":", 1)
    done = threading.Event()

    def connect() -> None:
        while not done.wait(0.01):
            socket.create_connection((host, int(port))).close()

    thread = threading.Thread(target=connect)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


async def _briefly(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.05))


class Broker(Protocol):
    """What a test needs of a broker; tests.real_kafka.SharedBroker is the other one."""

    connection: KafkaConnection
    incarnation: str
    fetch_wait_ms: int
    session_timeout: float  # seconds

    def close(self) -> None: ...


class OwnBroker(EmbeddedBroker):
    """An embedded broker with the topics of a generation."""

    fetch_wait_ms = 20
    session_timeout = 2.0

    def __init__(self, generation: str) -> None:
        super().__init__()
        topics = {topic.named(generation): topic.partitions for topic in CATALOGUE}
        with kept_awake(self.connection.bootstrap):
            self.create(topics | {f"{app_id('ledger', generation)}-heads-changelog": 1})


class Stream:
    """A broker, and what tests do with it."""

    def __init__(self, broker: Broker, generation: str = LIVE) -> None:
        self.broker, self.generation = broker, generation
        self._emitter = Emitter(self.broker.connection)

    def close(self) -> None:
        """Let everything go."""
        self._emitter.close()
        self.broker.close()

    def send(self, topic: Topic, *values: Any) -> None:
        """Put records, or bytes as they are, on a topic and wait until they are there."""
        for value in values:
            data = value if isinstance(value, bytes) else encode(value)
            self._emitter.send(topic.named(self.generation), data, b"key")
        self._emitter.flush_now()

    def messages(self, topic: Topic) -> list[Message]:
        """Return every message that is on a topic now, partition by partition."""
        name = topic.named(self.generation)
        config = {
            "bootstrap.servers": self.broker.connection.bootstrap, "group.id": "looking", "enable.auto.commit": False,
            "fetch.wait.max.ms": 20, "log_level": 2,
        }  # fmt: skip
        consumer, found = Consumer(config), []
        for number in range(topic.partitions):
            low, high = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=10)
            consumer.assign([TopicPartition(name, number, low)])
            for _ in range(high - low):
                message = consumer.poll(10)
                assert message is not None, f"{name}[{number}] does not give what it has"
                found.append(message)
        consumer.close()
        return found

    def read(self, topic: Topic, record: type[T]) -> list[T]:
        """Return every record that is on a topic now."""
        return [decode(message.value(), record) for message in self.messages(topic)]

    async def until(self, topic: Topic, record: type[T], enough: int | Callable[[list[T]], bool]) -> list[T]:
        """Wait until a topic holds `enough` records (a number or a test of them) and return them."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = await asyncio.to_thread(self.read, topic, record)
            if len(found) >= enough if isinstance(enough, int) else enough(found):
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"{topic.name} holds only {found!r} after {PATIENCE:g} s, expected {enough!r}")
            await asyncio.sleep(0.05)

    async def until_acknowledged(self, role: Role, topic: Topic) -> None:
        """Wait until the role has acknowledged everything that its topic holds."""
        deadline = time.monotonic() + PATIENCE
        while (left := await asyncio.to_thread(self._unacknowledged, role, topic)) > 0:
            if time.monotonic() > deadline:
                raise AssertionError(f"{role} left {left} records of {topic.name} unacknowledged for {PATIENCE:g} s")
            await asyncio.sleep(0.1)

    def _unacknowledged(self, role: Role, topic: Topic) -> int:
        name = topic.named(self.generation)
        config = {
            "bootstrap.servers": self.broker.connection.bootstrap,
            "group.id": app_id(role, self.generation),
            "log_level": 2,
        }
        consumer = Consumer(config)
        places = [TopicPartition(name, number) for number in range(topic.partitions)]
        left = 0
        for place in consumer.committed(places, timeout=10):
            low, high = consumer.get_watermark_offsets(place, timeout=10)
            left += high - (place.offset if place.offset >= 0 else low)
        consumer.close()
        return left

    @asynccontextmanager
    async def running(self, role: Role, ports: Ports, **config: Any) -> AsyncIterator[Any]:
        """Run a role for the length of the block."""
        settings: dict[str, Any] = {
            "fetch_wait_ms": self.broker.fetch_wait_ms,
            "session_timeout": self.broker.session_timeout,
            "incarnation": self.broker.incarnation,
        } | config
        app = build_app(role, AppConfig(self.broker.connection, self.generation, **settings), ports)
        app.conf.broker_commit_interval = 0.1  # tests wait for acknowledgements
        app.tables.sleep = _briefly  # Faust gives programs a second to add tables; ours has them when it is built
        app.finalize()
        await app.start()
        try:
            yield app
        finally:
            await app.stop()
            app.emitter.close()
