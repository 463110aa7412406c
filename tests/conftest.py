"""Shared fixtures. chDB allows one folder per process: tests share one store, emptied before each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka.local.node import KafkaNode, passing_node
from infra.log_redaction import Redaction
from infra.logs import _Saying
from infra.policy import record_policy
from processors.decisions.policy import Policy
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import migrate
from tests.examples import register
from tests.real_kafka import needs_kafka

register()

# A developer's own key must never be spent by a test, nor reach a command that a test starts.
for name in [name for name in os.environ if name.startswith(("OPENAI_", "BELLWETHER_"))]:
    del os.environ[name]

# The commands that tests start run the code of this checkout, whichever one is installed.
ROOT = str(Path(__file__).resolve().parents[1])
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH"))))


@pytest.fixture(scope="session")
def session_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The one embedded store of this test process, migrated."""
    store = open_store(f"chdb://{tmp_path_factory.mktemp('chdb')}")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def store(session_store: Store) -> Store:
    """The store, with every table empty but the record of migrations and the default policy."""
    for row in session_store.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0 "
        "AND name NOT IN ('schema_migrations', 'policy')"
    ):
        session_store.command(f"TRUNCATE TABLE {row['name']}")
    record_policy(session_store, Policy())
    return session_store


@pytest.fixture(scope="session")
def shared_node() -> Iterator[KafkaNode]:
    """A real Kafka for tests that keep apart by themselves. Skips where this machine cannot run one."""
    needs_kafka()
    with passing_node() as node:
        yield node


@pytest.fixture(autouse=True)
def _speaks_in_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test set up for its process's words to people (infra.logs.tell) is no other's."""
    monkeypatch.setattr(_Saying, "form", "text")
    monkeypatch.setattr(_Saying, "redaction", Redaction())
