"""`python -m tests.bench.matching DIR [--files NAME ...] [--embeddings minilm] ...`: the matcher on labelled news.

DIR holds labelled streams, `NAME.jsonl[.gz]` (see tests/bench/labelled.py). Each is stripped of everything but id,
time, title, text and source, goes through the real pipeline by `bellwether ingest` and `bellwether export outcomes`,
one pass in the file's order, and is scored (tests/bench/scores.py) against its labels: the prediction is the primary
story of a document, one without a story stands alone. Documents a second are those of the whole pipe, less the
start-up, which is measured on a file of one line.

Beside it, in the same run, plain TF-IDF clustering (tests/bench/tfidf_baseline.py) with the setting of its grid that
is best over all corpora (mean F1, each corpus counting once), and with the best for each corpus by itself, which no
honest system could choose.

BELLWETHER_POLICY__… variables reach the pipeline, so other constants can be tried. `--embeddings minilm` gives
evidence sentence vectors, by the extra that brings them. `--bcubed FILE` names a Python file with `report(gold,
predicted)` of one's own: its P, R, F1, AMI and ARI must be the same as ours.
Exit status 1 when an aim is missed, a document has not exactly one outcome, or the two scorers disagree.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from processors.analysts.sentences import check_installed
from tests.bench import grid_search, piped
from tests.bench.comparison import HEAD, Result, compared, table
from tests.bench.grid_search import Point
from tests.bench.labelled import Labelled, find, read
from tests.bench.scores import Scores, score
from tests.bench.tfidf_baseline import Settings

FILES: Final = ("uci_dev", "wcep_y2016", "wcep_y2017", "wcep_y2018")

Scorer = Callable[[Any, Any], Mapping[str, float]]


def ours(streams: Iterable[Labelled], other: Scorer | None, embeddings: str = "") -> tuple[list[Result], list[str]]:
    """Run the pipeline over every stream, printing as it goes; return its results and what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        start = piped.start_up(Path(folder), embeddings)
    print(f"start-up of `bellwether ingest`, taken off below: {start:.1f} s\n\n{HEAD}", flush=True)
    results, faults = list[Result](), list[str]()
    for stream in streams:
        with tempfile.TemporaryDirectory() as folder:
            made = piped.through(stream.documents, Path(folder), embeddings)
        per_second = len(stream.documents) / max(0.001, made.seconds - start)
        result = Result(stream.name, stream.corpus, score(stream.gold, made.predicted), per_second)
        results.append(result)
        print(result.line())
        print(f"    {made.settled} of {len(stream.documents)} documents have exactly one outcome, "
              f"{sum(made.without_story.values())} no story", flush=True)  # fmt: skip
        for why, count in sorted(made.without_story.items(), key=lambda item: -item[1]):
            print(f"      {count:>5} {why}")
        faults += [f"{stream.name}: {fault}" for fault in made.faults]
        if other is not None:
            differences = disagreements(result.scores, other(stream.gold, made.predicted))
            faults += [f"{stream.name}: {difference}" for difference in differences]
    return results, faults


def baseline(streams: Sequence[Labelled]) -> tuple[Settings, list[Result]]:
    """Search the baseline's grid, print its best; return the single best setting with its results."""
    points = grid_search.searched(streams)
    at = grid_search.best(points, Point.over_all)
    found = grid_search.results(streams, at)
    print(f"\nTF-IDF baseline, best of {len(points)} settings over all: {at}")
    print("\n".join(result.line() for result in found))
    for corpus in dict.fromkeys(stream.corpus for stream in streams):
        own = grid_search.best(points, _of(corpus))
        print(f"TF-IDF baseline, best for {corpus} alone: {own}")
        for result in grid_search.results([stream for stream in streams if stream.corpus == corpus], own):
            print(result.line())
    return at, found


def _of(corpus: str) -> Callable[[Point], float]:
    return lambda point: point.f1[corpus]


def scorer(path: Path) -> Scorer:
    """Return `report` of the Python file at `path`."""
    spec = importlib.util.spec_from_file_location("other_scorer", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Scorer = module.report
    return found


def disagreements(scores: Scores, other: Mapping[str, float]) -> list[str]:
    """Return where another scorer's report, rounded to four places, says something else."""
    same = {"P": scores.precision, "R": scores.recall, "F1": scores.f1, "AMI": scores.ami, "ARI": scores.ari}
    same |= {"right": scores.right, "clusters": scores.clusters, "true": scores.true}
    return [
        f"{name} is {value:.4f} here and {other[name]} there"
        for name, value in same.items()
        if name in other and abs(value - other[name]) > 1e-4
    ]


def main() -> int:
    """Run both systems over the streams, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("--files", nargs="+", default=FILES, metavar="NAME")
    parser.add_argument("--bcubed", type=Path, metavar="FILE", help="another scorer that must agree")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--embeddings", choices=("", "minilm"), default="", help="sentence vectors, by the extra")
    given = parser.parse_args()
    if given.embeddings:
        check_installed()
    streams = [read(find(given.dir, name)) for name in given.files]
    results, faults = ours(streams, scorer(given.bcubed) if given.bcubed else None, given.embeddings)
    at, plain = baseline(streams)
    rows = compared(results, plain)
    missed = [aim for row in rows for aim in row.missed()]
    print(f"\n{table(rows)}")
    print("".join(f"FAULT {fault}\n" for fault in faults[:20]) + "".join(f"MISSED {aim}\n" for aim in missed), end="")
    if given.json:
        figures = {
            "ours": [asdict(result) for result in results],
            "baseline": [asdict(result) for result in plain],
            "baseline settings": str(at),
            "compared": [asdict(row) for row in rows],
            "faults": faults,
            "missed": missed,
        }
        given.json.write_text(json.dumps(figures, indent=2), "utf-8")
    return 1 if faults or missed else 0


if __name__ == "__main__":
    sys.exit(main())
