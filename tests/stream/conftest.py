"""Each test of a role has a broker of its own: the embedded one, and with the marker `live` a real Kafka."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from infra.kafka.local.node import KafkaNode
from schemas.topics import LIVE
from tests.real_kafka import SharedBroker
from tests.stream.embedded import OwnBroker, Stream

MakeStream = Callable[[str], Stream]


@pytest.fixture(scope="session", params=["embedded", pytest.param("kafka", marks=pytest.mark.live)])
def make_stream(request: pytest.FixtureRequest) -> MakeStream:
    """Make a fresh broker with every topic of a generation; on real Kafka what was made before is gone then."""
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if request.param == "embedded":
        return lambda generation: Stream(OwnBroker(generation), generation)
    node: KafkaNode = request.getfixturevalue("shared_node")
    return lambda generation: Stream(SharedBroker(node.connection, generation), generation)


@pytest.fixture
def stream(make_stream: MakeStream) -> Iterator[Stream]:
    """A fresh broker with every topic of the live generation."""
    made = make_stream(LIVE)
    yield made
    made.close()
