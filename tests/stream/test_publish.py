"""The role `publish` on a broker: commits in, public topics and questions out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import TypeVar

import pytest
from confluent_kafka import Message

from processors.app import Ports
from schemas.article import Outcome
from schemas.codec import decode
from schemas.confluent import SchemaRegistry
from schemas.events import DeadLetter, SignalEvent
from schemas.ledger import Commit, SignalHead
from schemas.proposal import Question
from schemas.topics import (
    CATALOGUE,
    COMMITS,
    DEAD_LETTERS,
    LIVE,
    OUTCOMES,
    QUESTIONS,
    SIGNAL_EVENTS,
    SIGNALS,
    Topic,
)
from tests.builders import T0
from tests.fakes import MemoryCommitLog
from tests.schema_registry import FakeRegistry
from tests.stream.conftest import MakeStream
from tests.stream.embedded import Stream
from tests.worlds import World, doubtful

T = TypeVar("T")
GALLIUM = "gallium beijing licence export metal curbs smelter quota"
FERRY = "ferry island tourist beach hotel season ticket queue"
AMBIGUOUS = "gallium beijing licence export carmaker magnet motor plant"
DOUBTFUL = doubtful(GALLIUM, AMBIGUOUS)


def lived() -> World:
    """Three families on one signal, one voice on another, a question with a sibling, an answer."""
    world = World(judge="judge/1", **DOUBTFUL)
    world.read("a1", GALLIUM)
    world.read("lonely", FERRY)
    world.read("a2", GALLIUM, family="b")
    world.read("q1", AMBIGUOUS, family="c")
    world.read("q2", AMBIGUOUS, family="d")
    world.answer(world.question(), world.story("a1").story_id)
    world.read("none", outcome="nothing", reason="nothing in it")
    return world


def public(world: World) -> list[str]:
    """Return the ids of the events that the world outside may see."""
    return [
        event.event_id
        for commit in world.log
        for event in commit.events
        if any(h.signal_id == event.signal_id and h.published_at for h in commit.signals)
    ]


def published(stream: Stream, commits: list[Commit | bytes], ports: Ports | None = None) -> None:
    async def body() -> None:
        stream.send(COMMITS, *commits)
        async with stream.running("publish", ports or Ports(now=lambda: T0)):
            await stream.until_acknowledged("publish", COMMITS)

    asyncio.run(body())


@pytest.fixture(scope="module")
def world() -> World:
    """What was published."""
    return lived()


class Spoken:
    """What is on every topic, read at once: the broker belongs to the next test then."""

    def __init__(self, stream: Stream) -> None:
        self._messages = {topic.name: stream.messages(topic) for topic in CATALOGUE}

    def messages(self, topic: Topic) -> list[Message]:
        return self._messages[topic.name]

    def read(self, topic: Topic, record: type[T]) -> list[T]:
        return [decode(message.value(), record) for message in self.messages(topic)]


@pytest.fixture(scope="module")
def spoken(world: World, make_stream: MakeStream) -> Spoken:
    """What a publisher said that got every commit twice, with poison between."""
    made = make_stream(LIVE)
    try:
        published(made, [*world.log, b"poison", *world.log, world.log[2]])
        return Spoken(made)
    finally:
        made.close()


def test_events_of_published_signals_are_public_once(spoken: Spoken, world: World) -> None:
    events = spoken.read(SIGNAL_EVENTS, SignalEvent)
    assert sorted(e.event_id for e in events) == sorted(public(world))
    lonely = world.signal("lonely").signal_id
    assert lonely not in {e.signal_id for e in events}, "a candidate is not public"


def test_the_last_state_of_a_published_signal_is_public(spoken: Spoken, world: World) -> None:
    heads = spoken.read(SIGNALS, SignalHead)
    assert {h.signal_id for h in heads} == {world.signal("a1").signal_id}
    assert heads[-1] == world.signal("a1")


def test_each_article_has_its_one_public_outcome(spoken: Spoken) -> None:
    articles = sorted(o.article_id for o in spoken.read(OUTCOMES, Outcome))
    assert articles == ["a1", "a2", "lonely", "none", "q1", "q2"]


def test_a_question_is_asked_once_and_siblings_ask_nothing(spoken: Spoken) -> None:
    assert [q.article_id for q in spoken.read(QUESTIONS, Question)] == ["q1"]


def test_poison_is_buried(spoken: Spoken) -> None:
    assert [letter.stage for letter in spoken.read(DEAD_LETTERS, DeadLetter)] == ["publish/decode"]


def test_events_carry_their_key_and_cloudevents_headers(spoken: Spoken, world: World) -> None:
    message = spoken.messages(SIGNAL_EVENTS)[0]
    headers = {name: bytes(value or b"").decode() for name, value in dict(message.headers() or {}).items()}  # type: ignore[arg-type]
    assert message.key() == world.signal("a1").signal_id.encode()
    assert headers["ce_id"] == public(world)[0]
    assert headers["ce_type"] == "bellwether.signal.reinforced"
    assert {"ce_specversion", "ce_source", "content-type"} <= headers.keys()


def test_a_signals_events_stay_in_order_of_seq(stream: Stream) -> None:
    world = World()
    for number in range(60):
        world.read(f"a{number}", GALLIUM, family="abc"[number % 3])
    published(stream, [*world.log])
    seqs = [e.seq for e in stream.read(SIGNAL_EVENTS, SignalEvent)]
    assert seqs == list(range(2, world.signal("a0").seq + 1))


@pytest.fixture
def quiet() -> Iterator[None]:
    logger = logging.getLogger("bellwether.publish")
    logger.disabled = True
    yield
    logger.disabled = False


@pytest.mark.usefixtures("quiet")
def test_a_gap_on_the_topic_is_filled_from_the_log(stream: Stream) -> None:
    world, log = lived(), MemoryCommitLog()
    log.append(world.log)
    published(stream, [world.log[0], *world.log[4:]], Ports(now=lambda: T0, commit_log=log))
    assert sorted(e.event_id for e in stream.read(SIGNAL_EVENTS, SignalEvent)) == sorted(public(world))
    assert len(stream.read(OUTCOMES, Outcome)) == 6
    assert len(stream.read(QUESTIONS, Question)) == 1


def test_a_shadow_generation_asks_its_own_questions_and_says_nothing_in_public(make_stream: MakeStream) -> None:
    shadow, world = make_stream("shadow-1"), lived()
    try:
        published(shadow, [*world.log])
        assert shadow.read(SIGNAL_EVENTS, SignalEvent) == []
        assert shadow.read(SIGNALS, SignalHead) == []
        assert shadow.read(OUTCOMES, Outcome) == []
        assert len(shadow.read(QUESTIONS, Question)) == 1
        assert QUESTIONS.named("shadow-1") != QUESTIONS.name
    finally:
        shadow.close()


def test_with_a_registry_public_records_carry_its_ids_and_questions_those_of_the_lock_file(
    stream: Stream, world: World
) -> None:
    fake = FakeRegistry()
    registry = SchemaRegistry(fake.url)
    published(stream, list(world.log), Ports(now=lambda: T0, framing=registry.register()))
    values = [message.value() for message in stream.messages(SIGNAL_EVENTS)]
    assert sorted(decode(value, SignalEvent, registry.schema_of).event_id for value in values) == sorted(public(world))
    assert len(stream.read(QUESTIONS, Question)) == 1
    fake.close()
