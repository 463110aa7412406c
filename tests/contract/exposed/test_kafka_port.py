"""The fixed port before the embedded broker: groups, producing, and what is not Kafka."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient

from infra.embedded.broker import EmbeddedBroker
from infra.exposed.kafka_port import KafkaPort, renamed
from schemas.errors import BadInput

TOPIC = "things"


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    """A broker with one topic."""
    broker = EmbeddedBroker()
    broker.create({TOPIC: 3})
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def port(broker: EmbeddedBroker) -> Iterator[KafkaPort]:
    """Its fixed port."""
    port = KafkaPort(broker.connection.bootstrap, 0)
    port.start()
    yield port
    port.stop()


def consumed(bootstrap: str, group: str, count: int) -> list[tuple[bytes, int]]:
    """Read `count` messages as a group does, commit, and leave."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 20,
            "session.timeout.ms": 6000,
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([TOPIC])
    found: list[tuple[bytes, int]] = []
    until = time.monotonic() + 60
    while len(found) < count and time.monotonic() < until:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append((message.value() or b"", message.partition() or 0))
    consumer.commit(asynchronous=False)
    consumer.close()
    return found


def is_hung_up(connection: socket.socket) -> bool:
    """Say whether the other side ends the connection, politely or not, without a word."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_metadata_names_the_fixed_port_only_to_those_who_came_through_it(
    broker: EmbeddedBroker, port: KafkaPort
) -> None:
    through = AdminClient({"bootstrap.servers": port.address}).list_topics(timeout=10)
    assert {f"{each.host}:{each.port}" for each in through.brokers.values()} == {port.address}
    directly = AdminClient(broker.connection.client()).list_topics(timeout=10)
    assert {f"{each.host}:{each.port}" for each in directly.brokers.values()} == {broker.connection.bootstrap}
    assert TOPIC in through.topics


def test_produced_and_consumed_by_a_group_through_the_port(broker: EmbeddedBroker, port: KafkaPort) -> None:
    sent = [f"message {number} ".encode() + b"127.0.0.1" + bytes(5000) for number in range(300)]
    for address, part in ((port.address, sent[:150]), (broker.connection.bootstrap, sent[150:])):
        producer = Producer({"bootstrap.servers": address, "compression.type": "lz4"})
        for value in part:
            producer.produce(TOPIC, value)
        assert producer.flush(30) == 0
    found = consumed(port.address, "outside", 300)
    assert sorted(value for value, _ in found) == sorted(sent)
    assert {partition for _, partition in found} == {0, 1, 2}
    # What the group has committed through the port it does not read again, here or there.
    producer = Producer(broker.connection.client())
    producer.produce(TOPIC, b"the last", partition=1)
    assert producer.flush(30) == 0
    assert consumed(broker.connection.bootstrap, "outside", 1) == [(b"the last", 1)]


@pytest.mark.parametrize(
    "words",
    [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00", b"\0" * 12],
)
def test_what_is_not_kafka_is_hung_up_on(port: KafkaPort, words: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port.port), timeout=20) as stranger:
        stranger.sendall(words)
        assert is_hung_up(stranger)
    assert TOPIC in AdminClient({"bootstrap.servers": port.address}).list_topics(timeout=10).topics


def test_a_taken_port_is_said(broker: EmbeddedBroker, port: KafkaPort) -> None:
    with pytest.raises(BadInput, match=f"127.0.0.1:{port.port} cannot be listened on"):
        KafkaPort(broker.connection.bootstrap, port.port)


def test_stopping_closes_connections_and_frees_the_port(
    broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    first = KafkaPort(broker.connection.bootstrap, 0)
    first.start()
    AdminClient({"bootstrap.servers": first.address}).list_topics(timeout=10)
    with socket.create_connection(("127.0.0.1", first.port), timeout=20) as client:
        first.stop()
        assert is_hung_up(client)
    again = KafkaPort(broker.connection.bootstrap, first.port)
    again.start()
    again.stop()
    assert not caplog.records, "ending is no fault"


def test_another_kind_of_client(port: KafkaPort) -> None:
    async def there_and_back() -> list[bytes | None]:
        producer = AIOKafkaProducer(bootstrap_servers=port.address)
        consumer = AIOKafkaConsumer(
            "others", bootstrap_servers=port.address, group_id="others", auto_offset_reset="earliest"
        )
        await producer.start()
        await producer.send_and_wait("others", b"a word")
        await consumer.start()
        try:
            return [(await consumer.getone()).value]
        finally:
            await consumer.stop()
            await producer.stop()

    assert asyncio.run(asyncio.wait_for(there_and_back(), 60)) == [b"a word"]


def test_only_this_brokers_address_is_renamed() -> None:
    body = b"\x09127.0.0.1\x00\x00\x9c\x40 127.0.0.1\x00\x00\x9c\x41 x"
    assert renamed(body, "127.0.0.1", 40000, 9092) == b"\x09127.0.0.1\x00\x00\x23\x84 127.0.0.1\x00\x00\x9c\x41 x"
