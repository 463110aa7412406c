"""The baseline's best settings: every point of its grid on every stream, judged with the labels in hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean

from tests.bench import tfidf_baseline
from tests.bench.comparison import Result
from tests.bench.labelled import Labelled
from tests.bench.scores import bcubed, score
from tests.bench.tfidf_baseline import Settings


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the grid with its mean F1 on each corpus."""

    settings: Settings
    f1: Mapping[str, float]

    def over_all(self) -> float:
        """Return the mean over the corpora, each counting once."""
        return fmean(self.f1.values())


def searched(streams: Sequence[Labelled]) -> list[Point]:
    """Return every point of the grid."""
    groups = [list(group) for _, group in groupby(tfidf_baseline.grid(), key=lambda s: (s.sublinear, s.stemmed))]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        return [point for found in pool.map(_search, [streams] * len(groups), groups) for point in found]


def best(points: Sequence[Point], by: Callable[[Point], float]) -> Settings:
    """Return the settings for which `by` is highest, the first ones of equals."""
    return max(points, key=by).settings


def results(streams: Sequence[Labelled], at: Settings) -> list[Result]:
    """Return the baseline's result on each stream with one setting."""
    found = []
    for stream in streams:
        predicted = tfidf_baseline.cluster(stream.documents, _vectors(stream, at), at)
        found.append(Result(stream.name, stream.corpus, score(stream.gold, predicted)))
    return found


def _search(streams: Sequence[Labelled], group: Sequence[Settings]) -> list[Point]:
    vectors = [_vectors(stream, group[0]) for stream in streams]  # the whole group has the same
    points = []
    for at in group:
        f1: dict[str, list[float]] = {}
        for stream, made in zip(streams, vectors, strict=True):
            predicted = tfidf_baseline.cluster(stream.documents, made, at)
            f1.setdefault(stream.corpus, []).append(bcubed(stream.gold, predicted)[2])
        points.append(Point(at, {corpus: fmean(values) for corpus, values in f1.items()}))
    return points


def _vectors(stream: Labelled, at: Settings) -> list[tfidf_baseline.Vector]:
    return tfidf_baseline.vectors(stream.documents, sublinear=at.sublinear, stemmed=at.stemmed)
