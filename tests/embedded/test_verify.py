"""`bellwether verify` on real folders: nothing differs in what was left alone, and what was tampered with is named."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.commands import BELLWETHER, answers, asked, bellwether, several
from tests.embedded.tampering import tampered
from tests.embedded.test_commands import FEEDS
from tests.embedded.test_replay import DAYS, news

COUNT = 120


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles, an analyst's commands and two shadows, one of another policy."""
    base = tmp_path_factory.mktemp("verify")
    news(base / "news.jsonl", COUNT)
    data = base / "data"
    bellwether("ingest", str(base / "news.jsonl"), "--data", str(data))
    signals = asked("signals", "--data", str(data), "--all")
    one, other, third = (row["signal_id"] for row in signals[:3])
    evidence = [row["evidence_id"] for row in asked("signal", third, "--data", str(data))["evidence"]]
    part = ["--part", f"The one={','.join(evidence[1:5])}", "--part", f"The other={','.join(evidence[5:9])}"]
    done = several(
        ["rename", one, "Named by hand"], ["merge", other, one], ["reject-evidence", third, evidence[0]],
        ["split", third, *part], ["dismiss", signals[3]["signal_id"]],
        ["replay", *DAYS, "--stage", "proposals", "--name", "same"],
        ["replay", *DAYS, "--stage", "extractions", "--name", "fast", "--set", "policy.half_life.event=2d"],
        data=data,
    )  # fmt: skip
    assert [each.returncode for each in done] == [0] * 7, [each.stderr for each in done]
    return data


def test_nothing_differs_in_what_was_left_alone(folder: Path) -> None:
    live, same, fast, without = answers(
        folder, ["verify", "--decide"], ["verify", "--decide", "--generation", "same"],
        ["verify", "--decide", "--generation", "fast"], ["verify"],
    )  # fmt: skip
    assert [report["differences"] for report in (live, same, fast, without)] == [[]] * 4
    assert (live["articles"], live["unrecorded"], live["not_retraced"]) == (COUNT, 0, 0)
    assert live["decided"] == live["commits"] > COUNT
    assert (fast["decided"], fast["elsewhere"]) == (fast["commits"], 0), "decided again under its own policy"
    assert without["decided"] == 0
    told = bellwether("verify", "--data", str(folder)).stdout
    assert told.count("\n") == 1
    assert "live: no difference in" in told
    assert bellwether("verify", "--generation", "nobody", "--data", str(folder), check=False).returncode == 2


def found(report: dict[str, Any]) -> set[tuple[str, str]]:
    """Return (kind, field) of the differences, without what a field is about."""
    return {(one["kind"], one["field"].partition(":")[0]) for one in report["differences"]}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (["ALTER TABLE signals UPDATE strength = 1 WHERE title = 'Named by hand'"], {("signals", "strength")}),
        (["ALTER TABLE signals UPDATE title = 'Another' WHERE title = 'Named by hand'"], {("signals", "title")}),
        (["ALTER TABLE signal_events UPDATE strength_after = 9 WHERE seq = 2"], {("signal_events", "strength_after")}),
        (["ALTER TABLE signal_events DELETE WHERE seq = 2"], {("signal_events", "row")}),
        (
            ["ALTER TABLE evidence DELETE WHERE n = 40", "ALTER TABLE evidence_by_signal DELETE WHERE n = 40"],
            {("evidence", "row"), ("sum", "signal_mass"), ("strength", "signal_strength"),
             ("strength", "evidence_by_signal")},
        ),
        (
            ["ALTER TABLE evidence_by_signal UPDATE micro = micro + 1000000 WHERE n = 40"],
            {("evidence_by_signal", "micro"), ("strength", "evidence_by_signal")},
        ),
        (["ALTER TABLE outcomes UPDATE outcome = 'rejected' WHERE n = 30"], {("outcomes", "outcome")}),
        (["ALTER TABLE stories DELETE WHERE 1"], {("stories", "row")}),
        (["ALTER TABLE commands UPDATE reason = 'invented' WHERE action = 'dismiss'"], {("commands", "reason")}),
        (["ALTER TABLE heads DELETE WHERE kind = 'mark'"], {("heads", "row")}),
        (
            ["INSERT INTO outcomes (generation, n, article_id, outcome) VALUES ('live', 5, 'nobody', 'accepted')"],
            {("outcomes", "row")},
        ),
        (["ALTER TABLE commits UPDATE terms = ['invented'] WHERE n = 20"], {("commit", "terms")}),
        (["ALTER TABLE commits DELETE WHERE n = 20"], {("commit", "n"), ("commit", "rest")}),
        (["ALTER TABLE commits UPDATE body = concat(body, 'x') WHERE n = 20"], {("commit", "body")}),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_named(
    folder: Path, tmp_path: Path, sql: list[str], expected: set[tuple[str, str]]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(folder, data, symlinks=True)
    only = "AND generation = 'live' SETTINGS mutations_sync = 2"
    tampered(data, [f"{each} {only}" if " WHERE " in each else each for each in sql])
    done = bellwether("verify", "--json", "--data", str(data), check=False)
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert expected <= found(report), report["differences"][:20]
    kinds = {kind for kind, _ in expected}
    if "commit" not in kinds:
        assert found(report) <= expected | {("strength", "signal_strength"), ("heads", "row")}
    assert all(one["expected"] != one["found"] and one["id"] for one in report["differences"])


def test_a_commit_that_says_something_else_is_found_by_deciding_again(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(folder, data, symlinks=True)
    subprocess.run([sys.executable, "-m", "tests.embedded.tampering", str(data), "30"], check=True, timeout=120)
    done = bellwether("verify", "--decide", "--json", "--data", str(data), check=False)
    differences = json.loads(done.stdout)["differences"]
    assert ("decision", "30") in {(one["kind"], one["id"]) for one in differences}
    table = bellwether("verify", "--decide", "--data", str(data), check=False).stdout
    assert "A title that nobody decided on" in table
    assert any(one["kind"] == "decision" and one["found"] == "A title that nobody decided on" for one in differences)


def test_beside_a_running_process_while_articles_come(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(folder, data, symlinks=True)
    running = subprocess.Popen(
        [BELLWETHER, "run", "--data", str(data), "--port", "0", *FEEDS], stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    try:
        next(line for line in running.stderr if "pages at" in line)
        threading.Thread(target=running.stderr.read, daemon=True).start()
        more = tmp_path / "more.jsonl"
        news(more, 300, first=COUNT)
        adding = subprocess.Popen([BELLWETHER, "ingest", str(more), "--data", str(data)], stdout=subprocess.DEVNULL)
        commits = []
        while adding.poll() is None:
            report = asked("verify", "--decide", "--data", str(data))
            assert report["differences"] == []
            commits.append(report["commits"])
        assert adding.returncode == 0
        last = asked("verify", "--decide", "--data", str(data))
        assert (last["differences"], last["articles"]) == ([], COUNT + 300)
        assert last["commits"] >= commits[0]
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def test_what_was_taken_down_is_no_difference(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(folder, data, symlinks=True)
    bellwether("takedown", "--publisher", "Paper 2", "--reason", "asked to", "--data", str(data))
    report = asked("verify", "--decide", "--data", str(data))
    assert report["differences"] == []
    assert report["unrecorded"] > 0
