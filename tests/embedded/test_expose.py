"""`bellwether run --expose`: a subscriber and a ClickHouse client beside a running process, without any server."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from confluent_kafka import Consumer

from infra.demo.newsroom import Newsroom
from infra.embedded.folder import DataFolder
from schemas.codec import decode
from schemas.events import SignalEvent
from tests.embedded.commands import BELLWETHER, Running, bellwether, wait_for


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """Feeds of the demo's first two weeks, ending now."""
    now = datetime.now(UTC)
    with Newsroom((now - timedelta(days=13)).date()) as room:
        room.set_now(now)
        yield room


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def events_from(address: str, group: str, wanted: set[str]) -> dict[str, SignalEvent]:
    """Read signal events as a plain subscriber does, from the beginning, until the wanted ones are there."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
            "session.timeout.ms": 6000,
        }
    )
    consumer.subscribe(["bellwether.signal-events"])
    found: dict[str, SignalEvent] = {}
    until = time.monotonic() + 60
    while not wanted <= set(found) and time.monotonic() < until:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            event = decode(message.value() or b"", SignalEvent)
            found[event.event_id] = event
    consumer.close()
    return found


def test_a_subscriber_and_a_clickhouse_client_beside_a_running_process(newsroom: Newsroom, tmp_path: Path) -> None:
    folder, kafka, clickhouse = tmp_path / "data", free_port(), free_port()
    environment = {
        **os.environ,
        "BELLWETHER_FEEDS__PER_HOST_DELAY": "0",
        "BELLWETHER_FEEDS__BACKLOG_DAYS": "60",
        "BELLWETHER_EXPOSE__KAFKA_PORT": str(kafka),
        "BELLWETHER_EXPOSE__CLICKHOUSE_PORT": str(clickhouse),
    }
    feeds = [part for url in newsroom.feed_urls().values() for part in ("--feeds", url)]
    options = ["--expose", "--allow-host", "127.0.0.1", "--port", "0", *feeds]
    running = Running(folder)

    def settled() -> bool:
        status = running.status()
        return status is not None and status["articles"] > 20 and status["without_outcome"] == 0

    said = tmp_path / "said"
    with said.open("w") as out, subprocess.Popen(
        [BELLWETHER, "run", "--data", str(folder), *options], env=environment, stdout=out, stderr=out
    ) as process:  # fmt: skip
        try:
            wait_for("every article having its outcome", settled, seconds=180)
            exposed: dict[str, Any] = (DataFolder(folder).door() or {})["exposed"]
            assert exposed["kafka"] == f"127.0.0.1:{kafka}"
            assert exposed["clickhouse"] == f"http://127.0.0.1:{clickhouse}"
            secret = Path(exposed["password_file"])
            assert stat.S_IMODE(secret.stat().st_mode) == 0o600
            client = clickhouse_connect.get_client(
                host="127.0.0.1", port=clickhouse, username=exposed["user"], password=secret.read_text().strip()
            )
            rows = client.query("SELECT event_id, signal_id, seq, kind FROM signal_events FINAL").result_rows
            public = {event_id for event_id, *_, kind in rows if kind == "published"}
            assert len(public) > 2
            events = events_from(exposed["kafka"], "a-subscriber", public)
            assert public <= set(events), "every event of the topic's contract, from its beginning"
            assert {(each.event_id, each.signal_id, each.seq, each.kind) for each in events.values()} <= set(rows)
            counted = client.command("SELECT count() FROM signals FINAL WHERE published_at IS NOT NULL")
            assert counted == (running.status() or {})["published"]
            with pytest.raises(DatabaseError, match="READONLY"):
                client.command("TRUNCATE TABLE signals")
            for port, other in (("expose.kafka_port", "CLICKHOUSE"), ("expose.clickhouse_port", "KAFKA")):
                second = bellwether(
                    "run", "--data", str(tmp_path / "second"), *options, check=False,
                    environment={**environment, f"BELLWETHER_EXPOSE__{other}_PORT": "0"},
                )  # fmt: skip
                assert second.returncode == 2, second.stderr
                assert f"bellwether: {port}: 127.0.0.1:" in second.stderr
                assert "choose another port" in second.stderr
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, said.read_text()[-4000:]
    words = said.read_text()
    assert f"Kafka at 127.0.0.1:{kafka}\n" in words
    assert f"ClickHouse (HTTP, read-only) at http://127.0.0.1:{clickhouse}" in words
    assert secret.read_text().strip() not in words
    assert DataFolder(folder).door() is None


@pytest.mark.parametrize(
    ("words", "remedy"), [(["run", "--once", "--expose"], "leave --once away"), (["demo", "--expose"], "add --stay")]
)
def test_what_does_not_stay_cannot_be_exposed(words: list[str], remedy: str, tmp_path: Path) -> None:
    done = bellwether(*words, "--data", str(tmp_path / "data"), check=False)
    assert done.returncode == 2
    assert "--expose" in done.stderr
    assert remedy in done.stderr
