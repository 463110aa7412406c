"""Runs `bellwether ingest` and kills it, main process and extract workers by turns; then reads what came out."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.embedded.commands import BELLWETHER, Running, answers

# What is compared, and what names a row of it.
KINDS = {
    "signals": "signal_id", "stories": "story_id", "outcomes": "article_id", "evidence": "evidence_id",
    "signal-events": "event_id",
}  # fmt: skip
# What names a moment of the wall clock or a try differs between runs and is not compared.
NOT_COMPARED = {"fetched_at", "admitted_at", "committed_at", "attempt"}


def articles(path: Path, count: int, seed: int = 7) -> None:
    """Write a file of made-up news: storylines of shared words, several publishers, some contradictions."""
    chance = random.Random(seed)
    words = [f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ter", "vo") for b in ("ran", "sel", "du", "pho") for c in
             ("x", "mar", "nic", "zel", "tia", "gon")]  # fmt: skip
    storylines = [chance.sample(words, 9) for _ in range(max(4, count // 25))]
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            line = chance.randrange(len(storylines))
            said = chance.sample(storylines[line], 6)
            denial = " Officials denied it." if chance.random() < 0.1 else ""
            title = f"{said[0].title()} {said[1]} {said[2]} because of {said[3]}"
            hour = number // 40
            row = {
                "id": f"n{number}",
                "published": f"2026-0{1 + hour // 672}-{1 + hour // 24 % 28:02d}T{hour % 24:02d}:{number % 40:02d}:00Z",
                "title": title,
                "text": f"{title}, {said[4]} and {said[5]} said on day {number}.{denial}",
                "publisher": f"Paper {chance.randrange(12)}",
            }
            out.write(json.dumps(row) + "\n")


@dataclass
class Course:
    """How a run went."""

    kills: int = 0
    starts: int = 0
    seconds: float = 0.0
    errors: list[str] = field(default_factory=list)


def children_of(pid: int) -> list[int]:
    """Return the process ids of the direct children."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
        found: list[int] = []
        for thread in threads:
            found += [int(p) for p in Path(f"/proc/{pid}/task/{thread}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return found


def _wait_until(process: subprocess.Popen[str], data: Path, settled: int) -> None:
    """Wait until so many articles are settled, or the process has ended."""
    running = Running(data)
    while process.poll() is None:
        status = running.status()
        if status and sum(status["outcomes"].values()) >= settled:
            return
        time.sleep(0.05)


def ingest(
    file: Path,
    data: Path,
    *,
    kills: int = 0,
    seed: int = 1,
    limit: float = 900.0,
    settled: int = 0,
    environment: Mapping[str, str] | None = None,
) -> Course:
    """Ingest `file` until it ends well, killing it `kills` times on the way, every third time a worker only.

    It is killed some seconds after each start; or, given how many articles are `settled` at the end, by turns when a
    further part of them is and while it starts.
    """
    chance = random.Random(seed)
    course, began = Course(), time.monotonic()
    environment = {**os.environ, "BELLWETHER_LOG": "error", **(environment or {})}
    while time.monotonic() - began < limit:
        course.starts += 1
        with subprocess.Popen(
            [BELLWETHER, "ingest", str(file), "--data", str(data)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        ) as process:  # fmt: skip
            while course.kills < kills and process.poll() is None:
                if not settled:
                    time.sleep(chance.uniform(2.5, 6.0))
                elif course.kills % 2:
                    time.sleep(chance.uniform(0.5, 2.5))
                else:
                    _wait_until(process, data, int(settled * (course.kills + chance.uniform(0.2, 0.8)) / (kills + 2)))
                workers = children_of(process.pid)
                if process.poll() is not None:
                    break
                if course.kills % 3 == 2 and workers:
                    os.kill(chance.choice(workers), signal.SIGKILL)
                    course.kills += 1
                else:
                    os.kill(process.pid, signal.SIGKILL)
                    course.kills += 1
                    break
            out, error = process.communicate(timeout=limit)
            if process.returncode == 0 and course.kills >= kills:
                course.seconds = time.monotonic() - began
                return course
            if process.returncode not in (0, -signal.SIGKILL):
                course.errors.append(f"status {process.returncode}: {error[-2000:]}{out[-500:]}")
        if process.returncode == 0:
            break  # ended before all kills were due: the file was too short for them
    course.seconds = time.monotonic() - began
    return course


def look(data: Path) -> dict[str, Any]:
    """Return the status and the rows of every export, without what is not compared."""
    status, *exports = answers(data, ["status"], *(["export", kind] for kind in KINDS))
    rows = [[{key: row[key] for key in row.keys() - NOT_COMPARED} for row in found] for found in exports]
    return {"status": status, **dict(zip(KINDS, rows, strict=True))}


def digest(rows: list[dict[str, Any]], key: str) -> str:
    """Return one hash of rows, whatever their order in the export."""
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() + f" of {len({row[key] for row in rows})}"


def faults(seen: dict[str, Any], expected: int) -> list[str]:
    """Return in words what breaks the promises: one outcome an article, seq without gap or second content."""
    found: list[str] = []
    ids = [row["article_id"] for row in seen["outcomes"]]
    if len(ids) != expected or len(set(ids)) != expected:
        found.append(f"{len(ids)} outcomes of {len(set(ids))} articles, {expected} expected")
    by_signal: dict[str, list[dict[str, Any]]] = {}
    for event in seen["signal-events"]:
        by_signal.setdefault(event["signal_id"], []).append(event)
    for signal_id, events in by_signal.items():
        numbers = sorted(event["seq"] for event in events)
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{signal_id}: seq {numbers}")
    status = seen["status"]
    if status["without_outcome"] or status["lag"]:
        found.append(f"status {status}")
    return found
