"""One process with the store in its folder on a real Kafka: the kill test, the demo, and whose commits are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.kafka.local.node import KafkaNode
from schemas.events import SignalEvent
from schemas.ledger import Commit
from schemas.topics import COMMITS, SIGNAL_EVENTS
from tests.embedded.commands import answers, bellwether
from tests.embedded.killing import KINDS, articles, digest, faults, ingest, look
from tests.live.cluster import SESSION, whole
from tests.real_kafka import needs_kafka

pytestmark = pytest.mark.live


def on(node: KafkaNode) -> dict[str, str]:
    return {"BELLWETHER_KAFKA__BOOTSTRAP": node.bootstrap, "BELLWETHER_KAFKA__SESSION_TIMEOUT": str(SESSION)}


def numbers(node: KafkaNode) -> list[int]:
    return [commit.n for commit in whole(node.connection, COMMITS.name, Commit)]


def public_events(node: KafkaNode) -> dict[str, SignalEvent]:
    """Return the events on the public topic by id; each has one content, however often it was sent."""
    found: dict[str, SignalEvent] = {}
    for event in whole(node.connection, SIGNAL_EVENTS.name, SignalEvent):
        assert found.setdefault(event.event_id, event) == event
    return found


def test_three_kills_lose_nothing_and_leave_what_a_quiet_run_on_the_embedded_broker_leaves(
    node: KafkaNode, tmp_path: Path
) -> None:
    file, count = tmp_path / "news.jsonl", 1000
    articles(file, count)
    quiet, disturbed = tmp_path / "quiet", tmp_path / "disturbed"
    assert ingest(file, quiet).errors == []
    course = ingest(file, disturbed, kills=3, settled=count, environment=on(node))
    assert (course.errors, course.kills) == ([], 3)
    expected, found = look(quiet), look(disturbed)
    assert faults(found, count) == []
    for kind, key in KINDS.items():
        assert digest(found[kind], key) == digest(expected[kind], key), kind
    # What a kill kept from Kafka, the next start gave it: every commit is there, in order, once.
    last = found["status"]["last_commit"]
    assert numbers(node) == list(range(1, last + 1))


def test_a_kafka_gets_the_commits_that_it_lacks_and_refuses_another_store(node: KafkaNode, tmp_path: Path) -> None:
    file = tmp_path / "news.jsonl"
    articles(file, 60)
    mine, other = tmp_path / "mine", tmp_path / "other"
    assert ingest(file, mine).errors == []  # on the embedded broker
    assert numbers(node) == []
    assert bellwether("ingest", str(file), "--data", str(mine), environment=on(node)).returncode == 0
    (status,) = answers(mine, ["status"])
    assert numbers(node) == list(range(1, status["last_commit"] + 1))
    bellwether("ingest", str(file), "--data", str(mine), environment=on(node))  # the publisher goes on where it was
    wanted = {
        event.event_id
        for commit in whole(node.connection, COMMITS.name, Commit)
        for event in commit.events
        if any(head.signal_id == event.signal_id and head.published_at for head in commit.signals)
    }
    assert wanted
    assert public_events(node).keys() == wanted

    before = numbers(node)
    refused = bellwether("ingest", str(file), "--data", str(other), environment=on(node), check=False)
    assert refused.returncode == 2
    assert "commits of another store" in refused.stderr
    assert numbers(node) == before


def test_the_demo(tmp_path: Path) -> None:
    needs_kafka()
    folder = tmp_path / "demo"
    shown = bellwether("demo", "--kafka", "--data", str(folder), "--port", "0", "--days", "12").stdout
    assert "Apache Kafka 4" in shown
    (status,) = answers(folder, ["status"])
    assert (status["without_outcome"], status["dead_letters"]) == (0, 0)
    assert status["articles"] > 10
    assert not KafkaNode(folder / "kafka").runs()
