"""A subscriber on a broker: resumed, shared, whole, and told of what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.embedded.broker import EmbeddedBroker
from processors.agents.publish import cloud_event
from processors.emit import Emitter
from schemas.codec import encode
from schemas.errors import BadInput
from schemas.events import SignalEvent
from schemas.topics import SIGNAL_EVENTS, SIGNALS
from sinks.subscribe import Gap, Lost, Subscription, subscribe
from tests.builders import T0, event, minutes, signal


class Publisher:
    """What the role `publish` puts on the topics."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        self.bootstrap = broker.connection.bootstrap
        self._emitter = Emitter(broker.connection)

    def events(self, *events: SignalEvent) -> None:
        for one in events:
            self._emitter.send(
                SIGNAL_EVENTS.name, encode(one), one.signal_id.encode(), cloud_event(one.event_id, one.kind)
            )
        self._emitter.flush_now()

    def heads(self, *numbers: int, seq: int) -> None:
        for number in numbers:
            self._emitter.send(SIGNALS.name, encode(signal(number, seq, seq=seq)), f"g{number}".encode())
        self._emitter.flush_now()

    def raw(self, *values: bytes) -> None:
        for value in values:
            self._emitter.send(SIGNAL_EVENTS.name, value, b"g1")
            self._emitter.flush_now()  # a batch of its own: the broker drops whole ones


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    broker = EmbeddedBroker()
    broker.create({topic.name: topic.partitions for topic in (SIGNAL_EVENTS, SIGNALS)})
    yield Publisher(broker)
    broker.close()


def of(number: int, seq: int, **given: Any) -> SignalEvent:
    return event(number, seq, state="published", **given)


def ids(found: Subscription) -> list[str]:
    return sorted(one.event_id for one in found)


def asked(publisher: Publisher, group: str = "desk", **given: Any) -> Subscription:
    config = {"session.timeout.ms": 6000}
    return subscribe(publisher.bootstrap, group, idle=1.0, config=config, **({"since": "beginning"} | given))


def test_events_come_typed_whole_and_in_order_for_each_signal(publisher: Publisher) -> None:
    publisher.events(*(of(number, seq) for seq in (1, 2, 3) for number in (1, 2, 3, 4, 5)))
    with asked(publisher) as found:
        events = list(found)
    assert len(events) == 15
    for number in (1, 2, 3, 4, 5):
        assert [one.seq for one in events if one.signal_id == f"g{number}"] == [1, 2, 3]
    assert events[0].title == "Gallium gets scarce"


def test_a_condition_chooses(publisher: Publisher) -> None:
    publisher.events(of(1, 1, strength_before=4.0, strength_after=7.5), of(2, 1, strength_after=1.0))
    with asked(publisher, where="crossed(7)") as found:
        assert ids(found) == ["live:g1:1"]
    with pytest.raises(BadInput, match="where: "):
        asked(publisher, where="nope")


def test_a_name_that_comes_back_goes_on_where_it_was(publisher: Publisher) -> None:
    publisher.events(of(1, 1), of(2, 1))
    with asked(publisher) as found:
        assert ids(found) == ["live:g1:1", "live:g2:1"]
    publisher.events(of(1, 2), of(2, 2))
    with asked(publisher) as found:
        assert ids(found) == ["live:g1:2", "live:g2:2"]
    with asked(publisher, group="another") as found:
        assert len(ids(found)) == 4


def test_an_event_that_was_given_and_not_handled_comes_again(publisher: Publisher) -> None:
    publisher.events(of(1, 1), of(1, 2), of(1, 3))

    def dies_while_it_handles_the_second() -> None:
        with asked(publisher) as found:
            for number, _ in enumerate(found, 1):
                if number == 2:
                    raise RuntimeError

    with pytest.raises(RuntimeError):
        dies_while_it_handles_the_second()
    with asked(publisher) as found:
        assert ids(found) == ["live:g1:2", "live:g1:3"]


def test_repeats_are_dropped_and_gaps_told(publisher: Publisher) -> None:
    gaps: list[Gap | Lost] = []
    publisher.events(of(1, 3), of(1, 4), of(1, 3), of(1, 4), of(1, 7), of(1, 8))
    with asked(publisher, on_gap=gaps.append) as found:
        assert ids(found) == ["live:g1:3", "live:g1:4", "live:g1:7", "live:g1:8"]
    assert gaps == [Gap("g1", 4, 7)], "a signal's first public event may have any number"


def test_a_new_name_begins_now_or_at_a_time(publisher: Publisher) -> None:
    publisher.events(of(1, 1, at=T0), of(1, 2, at=minutes(60)), of(1, 3, at=minutes(120)))
    with asked(publisher, group="late", since=minutes(60)) as found:
        assert ids(found) == ["live:g1:2", "live:g1:3"]
    with asked(publisher, group="now", since="now") as found:
        assert next(found, None) is None
        publisher.events(of(1, 4, at=minutes(180)))
        assert ids(found) == ["live:g1:4"]


def test_heads_first_and_then_what_they_do_not_hold(publisher: Publisher) -> None:
    gaps: list[Gap | Lost] = []
    publisher.events(of(1, 1), of(1, 2), of(2, 1), of(1, 3))
    publisher.heads(1, seq=2)
    publisher.heads(2, seq=1)
    with asked(publisher, since="now", heads=True, on_gap=gaps.append) as found:
        assert {head.signal_id: head.seq for head in found.signals.values()} == {"g1": 2, "g2": 1}
        assert ids(found) == ["live:g1:3"], "published, but not in its head yet"
        publisher.events(of(2, 3))
        assert ids(found) == ["live:g2:3"]
    assert gaps == [Gap("g2", 1, 3)]
    publisher.heads(2, seq=4)
    publisher.events(of(2, 4))
    with asked(publisher, since="now", heads=True) as found:
        assert ids(found) == ["live:g2:4"], "one that resumes has not handled what the heads hold"


def test_what_cannot_be_read_is_passed_over(publisher: Publisher) -> None:
    publisher.raw(b"rubbish")
    publisher.events(of(1, 1))
    with asked(publisher) as found:
        assert ids(found) == ["live:g1:1"]


def test_no_heads_yet(publisher: Publisher) -> None:
    with asked(publisher, heads=True) as found:
        assert found.signals == {}


def test_a_new_name_that_ends_before_its_first_event_misses_none(publisher: Publisher) -> None:
    publisher.events(of(1, 1))
    with asked(publisher, since="now") as found:
        assert ids(found) == []
    publisher.events(of(1, 2))
    with asked(publisher, since="now") as found:
        assert ids(found) == ["live:g1:2"]


def test_what_the_broker_dropped_meanwhile_is_told(publisher: Publisher) -> None:
    gaps: list[Gap | Lost] = []
    publisher.events(of(1, 1))
    with asked(publisher, on_gap=gaps.append) as found:
        assert ids(found) == ["live:g1:1"]
    publisher.events(of(1, 2))
    publisher.raw(*[b"x" * 900_000] * 8)  # more than the embedded broker keeps
    publisher.events(of(1, 3))
    with asked(publisher, on_gap=gaps.append) as found:
        assert ids(found) == ["live:g1:3"]
    (lost,) = gaps
    assert isinstance(lost, Lost)
    assert 1 == lost.first < lost.kept
