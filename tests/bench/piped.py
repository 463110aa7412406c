"""A stream through the real pipeline by its public commands: `bellwether ingest`, `bellwether export outcomes`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.labelled import Document, write_for_ingest

_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Piped:
    """What the pipeline made of a stream."""

    predicted: tuple[str, ...]  # the primary story of each document, merges resolved; one without gets its own
    seconds: float  # from the start of the command to its end: start-up, all outcomes and shutting down
    settled: int  # documents with exactly one outcome
    without_story: Mapping[str, int]  # how many documents have no story, by outcome and reason
    faults: tuple[str, ...]  # documents that have no outcome or more than one


def through(documents: Sequence[Document], folder: Path, embeddings: str = "") -> Piped:
    """Ingest `documents` into a fresh data folder and read their outcomes. Raises CalledProcessError.

    `embeddings` names the sentence vectors that evidence gets (`analyst.embeddings`), "" for none.
    """
    file, data = folder / "stream.jsonl", folder / "data"
    write_for_ingest(documents, file)
    began = time.perf_counter()
    _bellwether(embeddings, "ingest", str(file), "--data", str(data))
    seconds = time.perf_counter() - began
    exported = _bellwether(embeddings, "export", "outcomes", "--data", str(data))
    return read_outcomes(documents, exported.splitlines(), seconds)


def read_outcomes(documents: Sequence[Document], exported: Sequence[str], seconds: float = 0.0) -> Piped:
    """Return what the exported outcomes say of each document."""
    outcomes: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in exported:
        outcome = json.loads(line)
        outcomes[outcome["external_id"]].append(outcome)
    without: Counter[str] = Counter()
    predicted, faults, settled = [], [], 0
    for document in documents:
        found = outcomes.pop(document.id, [])
        settled += len(found) == 1
        if len(found) != 1:
            faults.append(f"{document.id} has {len(found) or 'no'} outcome{'s' if found else ''}")
        story = str(found[0]["primary_story_id"]) if found else ""
        if not story:
            without[f"{found[0]['outcome']}: {found[0]['reason']}" if found else "no outcome"] += 1
        predicted.append(story or f"alone-{document.id}")
    faults += [f"{unknown} has an outcome and was never sent" for unknown in outcomes]
    return Piped(tuple(predicted), seconds, settled, without, tuple(faults))


def start_up(folder: Path, embeddings: str = "") -> float:
    """Return the seconds that `bellwether ingest` takes for a single document: what any file pays once."""
    return through(
        [Document("one", "2020-01-01T00:00:00Z", "One headline opens one story", "", "Paper")], folder, embeddings
    ).seconds


def _bellwether(embeddings: str, *arguments: str) -> str:
    """Run a command of this tree with the lexical analyst; return what it printed. Policy settings may be given."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "BELLWETHER_LLM__"))}
    environment["BELLWETHER_ANALYST__KIND"] = "lexical"  # no model is asked and nothing is spent
    environment.pop("BELLWETHER_ANALYST__EMBEDDINGS", None)
    if embeddings:
        environment["BELLWETHER_ANALYST__EMBEDDINGS"] = embeddings
    command = [sys.executable, "-m", "infra.cli", *arguments]
    done = subprocess.run(command, cwd=_ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout
