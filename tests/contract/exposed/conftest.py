"""An engine on the shared store, and the front before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.exposed.engine import Engine
from infra.exposed.front import Front, Readers
from infra.exposed.query_settings import Limits
from infra.http_server import HttpServer
from sinks.clickhouse.connect import Store

USER, PASSWORD = "bellwether", "a long enough word"
LIMITS = Limits(seconds=10, result_bytes=5_000_000, memory=300_000_000)


@pytest.fixture(scope="session")
def engine(session_store: Store) -> Engine:
    """What answers readers."""
    return Engine(session_store.folder or Path(), LIMITS)


@pytest.fixture
def front(store: Store, engine: Engine) -> Iterator[HttpServer]:
    """A server on loopback, with wrong tries forgotten."""
    readers = Readers(USER, PASSWORD, frozenset({"localhost", "127.0.0.1"}))
    server = HttpServer(Front(engine, readers).app())
    server.start()
    yield server
    server.stop()
