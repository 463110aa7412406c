"""`bellwether run` on feeds served over HTTP: once, again, killed and started again, and looked into while it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.demo.newsroom import Newsroom
from tests.embedded.commands import BELLWETHER, Running, answers, asked, bellwether, several, wait_for

ENVIRONMENT = {"BELLWETHER_FEEDS__PER_HOST_DELAY": "0", "BELLWETHER_FEEDS__BACKLOG_DAYS": "60"}


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """Feeds of the demo's first week, ending now."""
    now = datetime.now(UTC)
    with Newsroom((now - timedelta(days=6)).date()) as room:
        room.set_now(now)
        yield room


def feeds_of(room: Newsroom) -> list[str]:
    """Return the options that name all feeds."""
    return [part for url in room.feed_urls().values() for part in ("--feeds", url)]


def test_once_and_again(newsroom: Newsroom, tmp_path: Path) -> None:
    data = tmp_path / "data"
    once = ["run", "--once", "--data", str(data), "--allow-host", "127.0.0.1", *feeds_of(newsroom)]
    bellwether(*once, environment=ENVIRONMENT)
    status, feeds = answers(data, ["status"], ["feeds"])
    assert status["articles"] >= 10
    assert status["without_outcome"] == 0
    assert sum(status["outcomes"].values()) == status["articles"]
    assert all(feed["ok"] for feed in feeds)
    bellwether(*once, environment=ENVIRONMENT)
    again, articles, evidence = answers(data, ["status"], ["export", "articles"], ["export", "evidence"])
    assert (again["articles"], again["last_commit"]) == (status["articles"], status["last_commit"])
    texts = {row["article_id"]: row["text"] for row in articles}
    for row in evidence:
        assert texts[row["article_id"]][row["quote_start"] : row["quote_end"]] == row["quote"]
        assert row["anchor"] in row["quote"]


def test_a_loopback_feed_is_refused_unless_allowed(newsroom: Newsroom, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    done = bellwether("run", "--once", "--data", data, *feeds_of(newsroom)[:2], check=False, environment=ENVIRONMENT)
    assert done.returncode == 1, "a run in which no feed could be read has not worked out"
    (feed,), status = answers(tmp_path / "data", ["feeds"], ["status"])
    assert not feed["ok"]
    assert "--allow-host" in feed["error"]
    assert status["articles"] == 0


def test_killed_while_running_and_asked_through_its_door(newsroom: Newsroom, tmp_path: Path) -> None:
    folder, data = tmp_path / "data", str(tmp_path / "data")
    command = [
        BELLWETHER, "run", "--data", data, "--allow-host", "127.0.0.1", "--port", "0", *feeds_of(newsroom)
    ]  # fmt: skip
    environment = {**os.environ, **ENVIRONMENT, "BELLWETHER_FEEDS__POLL_INTERVAL": "1", "PYTHONFAULTHANDLER": "1"}

    def settled() -> bool:
        status = running.status()
        return status is not None and status["articles"] > 0 and status["without_outcome"] == 0

    running = Running(folder)
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for("an answer at the door", lambda: running.status() is not None)
            time.sleep(0.5)
        finally:
            process.kill()
    said = tmp_path / "said"
    with said.open("w") as errors, subprocess.Popen(command, env=environment, stderr=errors) as process:
        try:
            wait_for("every article having its outcome", settled)
            first = asked("status", "--data", data)
            line = '{"title": "A bridge closes in Riga", "published": "2026-01-02T03:04:05Z", "id": "riga"}\n'
            (tmp_path / "one.jsonl").write_text(line + "not json\n", "utf-8")
            taken = bellwether("ingest", str(tmp_path / "one.jsonl"), "--data", data)
            assert "1 articles admitted" in taken.stdout
            assert "one.jsonl:2:" in taken.stderr
            # What a command put in, the next command sees.
            status, signals, articles, unknown = several(
                ["status", "--json"], ["signals", "--json", "--all"], ["export", "articles"], ["signal", "sg-none"],
                data=folder,
            )  # fmt: skip
            assert json.loads(status.stdout)["articles"] >= first["articles"] + 1
            while_running = json.loads(signals.stdout)
            assert any(json.loads(row)["external_id"] == "riga" for row in articles.stdout.splitlines())
            assert (unknown.returncode, "sg-none" in unknown.stderr) == (2, True)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                ended = process.wait(30)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)  # it says where each of its threads is
                ended = process.wait(30)
            assert ended == 0, said.read_text()[-8000:]
    outcomes, kept, signals_after = answers(
        folder, ["export", "outcomes"], ["export", "articles"], ["signals", "--all"]
    )
    ids = [row["article_id"] for row in outcomes]
    assert len(ids) == len(set(ids)) == len(kept)
    assert len(signals_after) == len(while_running)


def test_a_wrong_setting_stops_the_start_with_its_name(tmp_path: Path) -> None:
    done = bellwether(
        "status", "--data", str(tmp_path), check=False, environment={"BELLWETHER_STREAM__WORKERS": "many"}
    )
    assert (done.returncode, "stream.workers" in done.stderr) == (2, True)
    done = bellwether("status", "--data", str(tmp_path), check=False, environment={"BELLWETHER_STREAM__WORKER": "1"})
    assert (done.returncode, "stream.worker" in done.stderr) == (2, True)
