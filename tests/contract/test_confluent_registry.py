"""Public topics with a schema registry's ids: registered, framed, read; and what happens while it is away."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.broker import EmbeddedBroker
from infra.settings import load
from processors.emit import Emitter
from schemas.codec import decode, encode
from schemas.confluent import SchemaRegistry, subject
from schemas.errors import BadSetting, Poison, Retryable
from schemas.events import SignalEvent
from schemas.registry import locked
from schemas.topics import CATALOGUE, COMMITS, SIGNAL_EVENTS, SIGNALS
from sinks.subscribe import subscribe
from tests.builders import event, signal
from tests.schema_registry import FakeRegistry


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    yield registry
    registry.close()


def id_in(value: bytes) -> int:
    return int(struct.unpack_from(">I", value, 1)[0])


def test_every_version_of_every_public_record_is_registered_in_order_and_once(fake: FakeRegistry) -> None:
    SchemaRegistry(fake.url).register()
    before = dict(fake.schemas)
    SchemaRegistry(fake.url + "/").register()
    assert fake.schemas == before
    assert set(fake.subjects) == {subject(topic) for topic in CATALOGUE if topic.public}
    for topic in CATALOGUE:
        if topic.public:
            kept = [json.loads(fake.schemas[number]) for number in fake.subjects[subject(topic)]]
            assert kept == [v.schema() for v in locked() if v.record == topic.record.__name__]


def test_public_messages_carry_its_ids_and_private_ones_those_of_the_lock_file(fake: FakeRegistry) -> None:
    framed, plain = SchemaRegistry(fake.url).register(), encode(event(1, 1))
    value = framed(SIGNAL_EVENTS.name, plain)
    assert id_in(value) == fake.subjects[subject(SIGNAL_EVENTS)][-1] > 7000
    assert value[5:] == plain[5:]
    assert framed(COMMITS.name, plain) == plain
    assert decode(value, SignalEvent, SchemaRegistry(fake.url).schema_of) == event(1, 1)
    with pytest.raises(Poison, match="not in the lock file"):
        decode(value, SignalEvent)


def test_a_reader_asks_once_for_an_id_and_reads_what_a_newer_writer_wrote(fake: FakeRegistry) -> None:
    newer = [v for v in locked() if v.record == "SignalEvent"][-1].schema()
    newer["fields"].append({"name": "mood", "type": "string", "default": ""})
    number = fake.add(subject(SIGNAL_EVENTS), json.dumps(newer))
    value = b"\0" + struct.pack(">I", number) + encode(event(1, 1))[5:] + b"\x06new"
    client = SchemaRegistry(fake.url)
    assert decode(value, SignalEvent, client.schema_of) == event(1, 1)
    assert decode(value, SignalEvent, client.schema_of) == event(1, 1)
    assert fake.asked == [f"GET /schemas/ids/{number}"]


@pytest.mark.parametrize("schema", ['"string"', "not JSON", '{"type": "array", "items": "int"}', '["null", "string"]'])
def test_an_id_that_stands_for_no_record_is_poison(fake: FakeRegistry, schema: str) -> None:
    number = fake.add("other", schema)
    for wrong in (number, 12):
        with pytest.raises(Poison):
            SchemaRegistry(fake.url).schema_of(wrong)


def test_a_refusal_names_the_version_and_the_reason(fake: FakeRegistry) -> None:
    fake.refused = subject(SIGNALS)
    with pytest.raises(BadSetting, match=r"refuses SignalHead version 1 for bellwether.signals-value: 409 incompat"):
        SchemaRegistry(fake.url).register()


def test_one_that_is_away_is_retryable(fake: FakeRegistry) -> None:
    fake.fault = 503
    with pytest.raises(Retryable, match="503 out of order"):
        SchemaRegistry(fake.url).register()
    with pytest.raises(Retryable, match="does not answer"):
        SchemaRegistry("http://127.0.0.1:9").schema_of(1)


def test_it_is_asked_by_name_and_password() -> None:
    fake = FakeRegistry(password="s3cret")
    try:
        SchemaRegistry(fake.url, "desk", "s3cret").register()
        with pytest.raises(BadSetting, match="401 who are you"):
            SchemaRegistry(fake.url, "desk", "other").register()
    finally:
        fake.close()


def test_a_subscriber_reads_by_it_and_loses_nothing_while_it_is_away(fake: FakeRegistry) -> None:
    broker = EmbeddedBroker()
    broker.create({topic.name: topic.partitions for topic in (SIGNAL_EVENTS, SIGNALS)})
    emitter = Emitter(broker.connection, framing=SchemaRegistry(fake.url).register())
    emitter.send(SIGNALS.name, encode(signal(1, 1, seq=0)), b"g1")
    for seq in (1, 2):
        emitter.send(SIGNAL_EVENTS.name, encode(event(1, seq)), b"g1")
    emitter.flush_now()
    client = SchemaRegistry(fake.url)
    with subscribe(
        broker.connection.bootstrap, "desk", since="beginning", heads=True, idle=1.0, registry=client,
        config={"session.timeout.ms": 6000},
    ) as found:  # fmt: skip
        assert set(found.signals) == {"g1"}
        fake.fault = 503
        with pytest.raises(Retryable):
            next(found)
        fake.fault = 0
        assert [one.seq for one in found] == [1, 2]
    broker.close()


def test_the_settings_name_it() -> None:
    environment = {
        "BELLWETHER_KAFKA__BOOTSTRAP": "kafka:9092",
        "BELLWETHER_KAFKA__REGISTRY__URL": "http://registry:8081",
        "BELLWETHER_KAFKA__REGISTRY__USERNAME": "desk",
        "BELLWETHER_KAFKA__REGISTRY__PASSWORD": "s3cret",
    }
    loaded = load(environment=environment, folder=Path("/nonexistent"))
    assert loaded.settings.kafka.registry.opened() is not None
    assert "s3cret" not in repr(loaded.rows())
    assert load(environment={}, folder=Path("/nonexistent")).settings.kafka.registry.opened() is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"BELLWETHER_KAFKA__BOOTSTRAP": ""}, "goes with kafka.bootstrap"),
        ({"BELLWETHER_KAFKA__REGISTRY__URL": "http://desk:s3cret@registry"}, "settings of their own"),
        ({"BELLWETHER_KAFKA__REGISTRY__URL": "registry:8081"}, "http"),
    ],
)
def test_a_setting_that_cannot_work_is_told_without_its_secrets(changed: dict[str, Any], said: str) -> None:
    environment = {
        "BELLWETHER_KAFKA__BOOTSTRAP": "kafka:9092",
        "BELLWETHER_KAFKA__REGISTRY__URL": "http://registry:8081",
        "BELLWETHER_KAFKA__REGISTRY__PASSWORD": "s3cret",
        **changed,
    }
    with pytest.raises(BadSetting, match=said) as told:
        load(environment=environment, folder=Path("/nonexistent"))
    assert "s3cret" not in str(told.value)
