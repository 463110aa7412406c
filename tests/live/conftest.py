"""Nodes for the live tests; `shared_node` is in tests/conftest.py, since the stream suite has it too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.kafka.local.node import KafkaNode, passing_node
from infra.kafka.topics import create_topics
from tests.real_kafka import needs_kafka


@pytest.fixture
def generation(shared_node: KafkaNode, request: pytest.FixtureRequest) -> str:
    """A generation of this test's own, with its topics."""
    name = request.node.name.replace("_", "-")[:60]
    create_topics(shared_node.connection, name)
    return str(name)


@pytest.fixture
def node() -> Iterator[KafkaNode]:
    """A node of this test's own, with the live generation's topics."""
    needs_kafka()
    with passing_node() as fresh:
        create_topics(fresh.connection)
        yield fresh
