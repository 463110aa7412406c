"""The baseline of the matcher: the cosine of an item with every story's centroid, decayed, and the best of them.

Sparse rows in plain numpy arrays; nothing is skipped, so what it finds is the true best by that measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from schemas.ledger import StoryHead


class BruteForce:
    """All centroids in one sparse matrix."""

    def __init__(self, stories: Iterable[StoryHead], half_life: float) -> None:
        kept = [story for story in stories if story.centroid]
        self.ids = [story.story_id for story in kept]
        self._terms: dict[str, int] = {}
        columns, values, starts = list[int](), list[float](), list[int]()
        for story in kept:
            starts.append(len(columns))
            columns += [self._terms.setdefault(term, len(self._terms)) for term in story.centroid]
            length = float(np.linalg.norm(np.fromiter(story.centroid.values(), np.float64)))
            values += [weight / length for weight in story.centroid.values()]
        self._columns = np.array(columns, np.int32)
        self._values = np.array(values, np.float32)
        self._starts = np.array(starts, np.int64)
        self._last = np.array([story.last_at.timestamp() / 86_400.0 for story in kept])
        self._half_life = half_life

    def best(self, vector: Mapping[str, float], at: datetime) -> tuple[str, float]:
        """Return the story that is most like a unit vector at that time, and how much."""
        item = np.zeros(len(self._terms), np.float32)
        for term, weight in vector.items():
            column = self._terms.get(term)
            if column is not None:
                item[column] = weight
        cosines = np.add.reduceat(self._values * item[self._columns], self._starts)
        silent = np.abs(at.timestamp() / 86_400.0 - self._last)
        scores = cosines * 2.0 ** (-silent / self._half_life)
        best = int(np.argmax(scores))
        return self.ids[best], float(scores[best])
