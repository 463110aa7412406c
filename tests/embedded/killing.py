"""Runs `bellwether ingest` and kills it, main process and extract workers by turns; then reads what came out."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BELLWETHER = str(Path(sys.executable).with_name("bellwether"))
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


def ingest(file: Path, data: Path, *, kills: int = 0, seed: int = 1, limit: float = 900.0) -> Course:
    """Ingest `file` until it ends well, killing it `kills` times on the way, every third time a worker only."""
    chance = random.Random(seed)
    course, began = Course(), time.monotonic()
    environment = {**os.environ, "BELLWETHER_LOG": "error"}
    while time.monotonic() - began < limit:
        course.starts += 1
        with subprocess.Popen(
            [BELLWETHER, "ingest", str(file), "--data", str(data)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        ) as process:  # fmt: skip
            while course.kills < kills and process.poll() is None:
                time.sleep(chance.uniform(2.5, 6.0))
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


def export(data: Path, kind: str) -> list[dict[str, Any]]:
    """Return the rows of an export, without what is not compared."""
    result = subprocess.run(
        [BELLWETHER, "export", kind, "--data", str(data)], check=True, capture_output=True, text=True
    )
    return [
        {key: value for key, value in json.loads(line).items() if key not in NOT_COMPARED}
        for line in result.stdout.splitlines()
    ]


def digest(rows: list[dict[str, Any]], key: str) -> str:
    """Return one hash of rows, whatever their order in the export."""
    lines = sorted(json.dumps(row, sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() + f" of {len({row[key] for row in rows})}"


def faults(data: Path, expected: int) -> list[str]:
    """Return in words what breaks the promises: one outcome an article, seq without gap or second content."""
    found: list[str] = []
    outcomes = export(data, "outcomes")
    ids = [row["article_id"] for row in outcomes]
    if len(ids) != expected or len(set(ids)) != expected:
        found.append(f"{len(ids)} outcomes of {len(set(ids))} articles, {expected} expected")
    by_signal: dict[str, list[dict[str, Any]]] = {}
    for event in export(data, "signal-events"):
        by_signal.setdefault(event["signal_id"], []).append(event)
    for signal_id, events in by_signal.items():
        numbers = sorted(event["seq"] for event in events)
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{signal_id}: seq {numbers}")
    status = json.loads(
        subprocess.run(
            [BELLWETHER, "status", "--json", "--data", str(data)], check=True, capture_output=True, text=True
        ).stdout
    )
    if status["without_outcome"] or status["lag"]:
        found.append(f"status {status}")
    return found
