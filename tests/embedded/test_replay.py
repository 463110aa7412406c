"""`bellwether replay` on real folders: equal to what was, killed, stopped, under other settings, beside a live run."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.commands import BELLWETHER, answers, asked, bellwether, several, wait_for
from tests.embedded.killing import KINDS, NOT_COMPARED, children_of
from tests.embedded.test_commands import FEEDS
from tests.embedded.test_llm import archive, environment
from tests.llm.server import FakeOpenAi

DAYS = ["--from", "2026-01-01", "--to", "2026-12-31"]
STAGES = ("articles", "extractions", "proposals")


TOPICS = (
    "gallium licences chip foundries exporters quota", "harbour pilots Rotterdam containers strike wages",
    "coffee frost Minas plantations buyers futures", "turbine magnets neodymium recycling works Ostrava",
    "orbit launch satellites insurers debris premiums", "vaccine cold chain clinics Kisumu couriers",
)  # fmt: skip


def news(path: Path, count: int, first: int = 0) -> None:
    """Write articles on six subjects, by five publishers, an hour apart."""
    chance = random.Random(first + 1)
    with path.open("w", encoding="utf-8") as out:
        for number in range(first, first + count):
            words = TOPICS[number % len(TOPICS)].split()
            said = chance.sample(words, 5)
            title = f"{words[0].title()} {words[1]}: {said[0]} and {said[1]} because of {said[2]}"
            cost = f"The {words[0]} {words[1]} {said[3]} will cost {number + 3} millions, {said[4]} said."
            row = {
                "id": f"n{number}",
                "published": (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)).isoformat(),
                "title": f"{title} ({number})",
                "text": f"{title}. {cost}",
                "publisher": f"Paper {chance.randrange(5)}",
            }
            out.write(json.dumps(row) + "\n")


def content(data: Path, generation: str) -> dict[str, list[dict[str, Any]]]:
    """Return every export of a generation, without its name and what names a moment of the wall clock."""
    found = answers(data, *(["export", kind, "--generation", generation] for kind in KINDS))
    rows = json.loads(json.dumps(found).replace(f'"{generation}:', '"g:').replace(f'"{generation}"', '"g"'))
    return {
        kind: [{key: row[key] for key in row.keys() - NOT_COMPARED} for row in some]
        for kind, some in zip(KINDS, rows, strict=True)
    }


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 150 articles and some commands of an analyst. Tests may add generations."""
    folder = tmp_path_factory.mktemp("history")
    news(folder / "news.jsonl", 150)
    data = folder / "data"
    bellwether("ingest", str(folder / "news.jsonl"), "--data", str(data))
    signals = asked("signals", "--data", str(data), "--all")
    one, other, third = (row["signal_id"] for row in signals[:3])
    evidence = asked("signal", third, "--data", str(data))["evidence"][0]["evidence_id"]
    done = several(
        ["rename", one, "Named by hand"], ["merge", other, one], ["reject-evidence", third, evidence],
        data=data,
    )  # fmt: skip
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    return data


def test_every_stage_gives_again_what_was_and_leaves_the_live_one_alone(history: Path) -> None:
    before = asked("status", "--data", str(history))["last_commit"]
    summaries = answers(history, *(["replay", *DAYS, "--stage", stage, "--name", f"same-{stage}"] for stage in STAGES))
    live = content(history, "live")
    for stage, summary in zip(STAGES, summaries, strict=True):
        assert (summary["complete"], summary["misfits"], summary["unanswered"]) == (True, [], 0)
        assert content(history, f"same-{stage}") == live, stage
    rows = asked("generations", "--data", str(history))
    assert [row["state"] for row in rows if row["name"] in ("live", *(f"same-{stage}" for stage in STAGES))] == [
        "live", "complete", "complete", "complete",
    ]  # fmt: skip
    assert all(row["bytes"] > 0 for row in rows)
    assert asked("status", "--data", str(history))["last_commit"] == before
    again = asked("replay", *DAYS, "--name", "same-articles", "--data", str(history))
    assert (again["articles"], again["complete"]) == (0, True), "there is nothing new in the history"


def test_killed_again_and_again_it_ends_as_if_nobody_had(history: Path) -> None:
    chance, kills = random.Random(5), 0
    words = [BELLWETHER, "replay", *DAYS, "--name", "killed", "--workers", "2", "--rate", "8", "--data", str(history)]
    for _ in range(40):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            while kills < 10 and process.poll() is None:
                time.sleep(chance.uniform(0.8, 3.0))
                children = children_of(process.pid)
                if kills % 2 and children:
                    os.kill(chance.choice(children), signal.SIGKILL)
                    kills += 1
                elif process.poll() is None:
                    process.kill()
                    kills += 1
                    break
            _, error = process.communicate(timeout=240)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, error
    assert kills == 10, "it ended before it could be killed"
    assert content(history, "killed") == content(history, "live")


def test_a_part_of_history_under_another_policy(history: Path) -> None:
    words = ["--from", "2026-01-01", "--to", "2026-01-02", "--stage", "proposals", "--name", "fast"]
    part = asked("replay", *words, "--set", "policy.half_life.event=1d", "--data", str(history))
    assert part["complete"]
    assert part["articles"] < 150
    listed = {row["name"]: row for row in asked("generations", "--data", str(history))}
    assert "policy.half_life_event=1" in listed["fast"]["made_of"]
    assert listed["fast"]["articles"] == part["articles"]
    done = several(
        ["replay", *words], ["replay", *words, "--set", "policy.half_life.event=soon"],
        ["replay", *words, "--set", "site.port=1"], ["generations", "drop", "live"], ["generations", "drop", "nobody"],
        ["generations", "drop", "fast"], ["generations", "show", "fast"],
        data=history,
    )  # fmt: skip
    said = [each.stderr.strip().splitlines()[-1] if each.stderr.strip() else "" for each in done]
    assert [each.returncode for each in done] == [2, 2, 2, 2, 2, 0, 2], said
    assert "stands for" in said[0]
    assert said[1].startswith("bellwether: policy.half_life_event:")
    assert "the live generation" in said[3]
    assert "fast" not in {row["name"] for row in asked("generations", "--data", str(history))}


def test_it_stops_when_asked_and_goes_on_through_the_door_of_a_run(history: Path, tmp_path: Path) -> None:
    name = ["--name", "slow", "--workers", "1", "--data", str(history)]
    process = subprocess.Popen(
        [BELLWETHER, "replay", *DAYS, "--rate", "40", *name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_for("the first batch", lambda: bool(children_of(process.pid)))
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=120)
    assert (process.returncode, "stopped; the same command goes on" in out) == (1, True), (out, error)

    running = subprocess.Popen(
        [BELLWETHER, "run", "--data", str(history), "--port", "0", *FEEDS], stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    try:
        next(line for line in running.stderr if "pages at" in line)
        threading.Thread(target=running.stderr.read, daemon=True).start()
        more = tmp_path / "more.jsonl"
        news(more, 20, first=150)
        adding = subprocess.Popen([BELLWETHER, "ingest", str(more), "--data", str(history)], stdout=subprocess.DEVNULL)
        summary = asked("replay", *DAYS, *name)
        assert summary["complete"]
        assert adding.wait(120) == 0
        caught_up = asked("replay", *DAYS, *name)
        assert caught_up["complete"]
        assert summary["articles"] + caught_up["articles"] >= 20
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)
    assert content(history, "slow") == content(history, "live")


def test_a_model_is_not_asked_again(tmp_path: Path) -> None:
    with FakeOpenAi() as server:
        given = environment(server)
        data = tmp_path / "data"
        bellwether("ingest", str(archive(tmp_path)), "--data", str(data), environment=given)
        asked_before = len(server.requests)
        (anew, taken) = answers(
            data, ["replay", *DAYS, "--name", "anew"], ["replay", *DAYS, "--name", "taken", "--stage", "proposals"],
            environment=given,
        )  # fmt: skip
        assert len(server.requests) == asked_before
    assert (anew["llm"]["calls"], taken["llm"]["calls"]) == (0, 0)
    assert anew["llm"]["from_memory"] > 0
    assert content(data, "taken") == content(data, "live")
    assert [row["quote"] for row in content(data, "anew")["evidence"]] == [
        row["quote"] for row in content(data, "live")["evidence"]
    ]
