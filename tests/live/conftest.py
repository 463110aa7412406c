"""The node that live tests share. Where Java or Maven is missing they are skipped, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.kafka.topics import create_topics
from tests.live.kafka import KafkaNode, missing


@pytest.fixture(scope="session")
def shared_node() -> Iterator[KafkaNode]:
    """A node for tests that keep apart by generation."""
    if lacking := missing():
        pytest.skip(lacking)
    with KafkaNode() as node:
        yield node


@pytest.fixture
def generation(shared_node: KafkaNode, request: pytest.FixtureRequest) -> str:
    """A generation of this test's own, with its topics."""
    name = request.node.name.replace("_", "-")[:60]
    create_topics(shared_node.bootstrap, name)
    return str(name)


@pytest.fixture
def node() -> Iterator[KafkaNode]:
    """A node of this test's own, with the live generation's topics."""
    if lacking := missing():
        pytest.skip(lacking)
    with KafkaNode() as fresh:
        create_topics(fresh.bootstrap)
        yield fresh
