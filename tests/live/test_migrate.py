"""A data folder moves to Kafka and a store of its own, and goes on there as it would have gone on where it was."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.commit_topic import CommitTopic
from infra.kafka.local.node import KafkaNode
from infra.kafka.progress import KafkaProgress
from schemas.article import Article
from schemas.events import SignalEvent
from schemas.kafka_connection import KafkaConnection
from schemas.topics import ARTICLES, COMMITS, SIGNAL_EVENTS
from tests.embedded.commands import answers, bellwether, several
from tests.embedded.folder_content import content
from tests.embedded.killing import articles
from tests.live.cluster import RealRoles, until, whole

pytestmark = pytest.mark.live
SAME = ("articles", "commits", "evidence", "evidence_by_signal", "signals", "stories", "signal_events", "outcomes",
        "heads", "commands", "briefs", "feeds", "alerts", "deliveries", "stated", "projected", "meta")  # fmt: skip


def left_waiting(data: Path, first: int, count: int) -> None:
    words = [sys.executable, "-m", "tests.embedded.stored_only", str(data), str(first), str(count)]
    subprocess.run(words, check=True)


def sums(data: Path) -> dict[str, Any]:
    signals, status = answers(data, ["signals", "--all"], ["status"])
    assert status["without_outcome"] == 0
    return {row["signal_id"]: (row["state"], row["title"], row["strength"], row["seq"]) for row in signals}


def notes_with(data: Path, **changed: Any) -> dict[str, Any]:
    """Change what the folder notes of its move; return what was there."""
    file = data / "moving" / "notes.json"
    had: dict[str, Any] = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(had | changed), "utf-8")
    return had


def test_a_folder_moves_and_goes_on(node: KafkaNode, tmp_path: Path) -> None:
    data, twin, there = tmp_path / "data", tmp_path / "twin", tmp_path / "there"
    file = tmp_path / "news.jsonl"
    articles(file, 150)
    several(["ingest", str(file)], data=data)
    (signals,) = answers(data, ["signals", "--all"])
    several(["pin", signals[0]["signal_id"], "--by", "Ines"], ["brief"], data=data)
    content(data, fill=True)
    left_waiting(data, 1, 12)
    said = content(data)
    several(["backup", str(tmp_path / "kept")], data=data)
    bellwether("restore", str(tmp_path / "kept"), "--data", str(twin))

    dsn = f"chdb://{there / 'store'}"
    there.mkdir()
    command = ["migrate", "--data", str(data), "--to-kafka", node.bootstrap, "--to-store", dsn, "--json"]
    moved = json.loads(bellwether(*command).stdout)
    assert (moved["store"], moved["waiting"], moved["signals"]) == ("moved", 12, len(signals))
    target = content(there)
    assert {name: target[name] for name in SAME} == {name: said[name] for name in SAME}
    assert KafkaCommitLog(node.connection).last() == moved["commits"] == said["commits"][0]
    again = json.loads(bellwether(*command).stdout)
    assert again == moved | {"store": "moved before"}
    words = [{node.bootstrap: "127.0.0.1:1"}.get(word, word) for word in command]
    nowhere = bellwether(*words, check=False)
    assert (nowhere.returncode, "no Kafka answers at 127.0.0.1:1" in nowhere.stderr) == (1, True)
    elsewhere = notes_with(data, cluster="another")
    assert "not to the Kafka at" in bellwether(*command, check=False).stderr
    notes_with(data, cluster=elsewhere["cluster"])
    assert content(data) == said, "the folder is left as it was"
    assert len(whole(node.connection, ARTICLES.name, Article)) == moved["articles"] == 162

    with RealRoles(node.connection, BELLWETHER_STORE__DSN=dsn) as roles:
        roles.start("extract", "ledger", "publish", "sinks")
        log = KafkaCommitLog(node.connection)
        until(lambda: log.last() >= moved["commits"] + 12, "commits of what waited")
        until(lambda: {e.seq for e in whole(node.connection, SIGNAL_EVENTS.name, SignalEvent)}, "public events")
        assert roles.stop("extract") == 0
        until(lambda: _projected(node.connection), "everything in the tables")
        assert roles.stop("sinks") == 0
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", "utf-8")
    bellwether("ingest", str(empty), "--data", str(twin))  # the folder goes on where it was
    assert sums(there) == sums(twin)
    proposals = [commit.proposal_id for commit in KafkaCommitLog(node.connection).read(moved["commits"])]
    assert len(proposals) == len(set(proposals)) == 12, "nothing that was settled was read again"


def test_a_move_that_was_interrupted_goes_on(node: KafkaNode, tmp_path: Path) -> None:
    data, there = tmp_path / "data", tmp_path / "there"
    file = tmp_path / "news.jsonl"
    articles(file, 60)
    several(["ingest", str(file)], data=data)
    left_waiting(data, 1, 3)
    said = content(data)
    there.mkdir()
    command = ["migrate", "--data", str(data), "--to-store", f"chdb://{there / 'store'}", "--to-kafka"]
    node.stop()
    failed = bellwether(*command, node.bootstrap, check=False)  # the store is over, Kafka is not there
    assert failed.returncode == 1
    notes = data / "moving" / "notes.json"
    known = json.loads(notes.read_text("utf-8"))
    assert "commits" in known["tables"]
    known["tables"].remove("commits")  # as if it had died while that table was filled
    notes.write_text(json.dumps(known), "utf-8")
    node.start()
    moved = json.loads(bellwether(*command, node.bootstrap, "--json").stdout)
    target = content(there)
    assert {name: target[name] for name in SAME} == {name: said[name] for name in SAME}
    assert (moved["commits"], moved["articles"], moved["waiting"]) == (said["commits"][0], 63, 3)

    other = bellwether("migrate", "--data", str(data), "--to-kafka", node.bootstrap, "--to-store",
                       f"chdb://{tmp_path / 'elsewhere'}", check=False)  # fmt: skip
    assert (other.returncode, "another store was begun" in other.stderr) == (2, True)


def _projected(connection: KafkaConnection) -> bool:
    """The sinks hold the store, so their group is asked: it commits once the tables have everything.

    What ends a transaction has an offset, too, so the topic's end says nothing exact: the last commit's place does.
    """
    topic = CommitTopic(connection, COMMITS.name, 30.0)
    last = topic.last(*topic.bounds())
    assert last is not None
    progress = KafkaProgress(connection)
    try:
        return progress.committed("bellwether-sink-commits.live", COMMITS.name).get(0, -1) > last[0]
    finally:
        progress.close()
