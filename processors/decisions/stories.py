"""Stories: which open story an item's words belong to. TF-IDF vectors over an inverted index, with time decay.

A document's vector has weight (1 + ln tf) · idf per term, idf = ln(1 + N/(1 + df)) with streaming counts
(Manning, Raghavan, Schütze 2008, ch. 6), scaled to length 1. A story's centroid is the sum of its documents'
vectors, cut to the heaviest terms. score = cosine · 2^(-silent days / half-life).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from processors.decisions.policy import Policy
from schemas.ledger import StoryHead

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scored:
    """A story with its decayed similarity, 0 to 1."""

    story_id: str
    score: float


@dataclass(slots=True)
class Frequencies:
    """How many items were counted, and in how many of them each term occurs."""

    documents: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, terms: Iterable[str]) -> None:
        """Count one item's distinct terms."""
        self.documents += 1
        for term in terms:
            self.counts[term] = self.counts.get(term, 0) + 1

    def vector(self, terms: Mapping[str, float]) -> dict[str, float]:
        """Return the unit vector of an item's term counts; empty when it has none."""
        counts, most = self.counts, self.documents + 1
        weights = {
            term: (1.0 + math.log(max(1.0, tf))) * math.log(1.0 + most / (1.0 + counts.get(term, 0)))
            for term, tf in terms.items()
        }
        length = math.sqrt(math.fsum(w * w for w in weights.values()))
        return {term: w / length for term, w in weights.items()} if length > 0 else {}


def add_to_centroid(centroid: Vector, vector: Vector, most: int) -> dict[str, float]:
    """Return the sum of both, cut to the `most` heaviest terms (ties by term)."""
    total = dict(centroid)
    for term, weight in vector.items():
        total[term] = total.get(term, 0.0) + weight
    if len(total) <= most:
        return total
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0]))[:most])


def decay(last_at: datetime, at: datetime, policy: Policy) -> float:
    """Return the factor, 0 to 1, by which silence between the two times lessens a similarity."""
    days = abs((at - last_at).total_seconds()) / 86_400.0
    return float(2.0 ** (-days / policy.story_half_life))


def similarity(vector: Vector, story: StoryHead) -> float:
    """Return the cosine of an item's unit vector and a story's centroid."""
    length = math.sqrt(math.fsum(w * w for w in story.centroid.values()))
    if length == 0:
        return 0.0
    small, large = (vector, story.centroid) if len(vector) < len(story.centroid) else (story.centroid, vector)
    return math.fsum(w * large[term] for term, w in small.items() if term in large) / length


class StoryIndex:
    """Inverted index over the open stories' centroids. Holds nothing that the heads do not say."""

    def __init__(self) -> None:
        self._postings: dict[str, dict[str, float]] = {}
        self._terms: dict[str, tuple[str, ...]] = {}
        self._last: dict[str, datetime] = {}

    def __len__(self) -> int:
        return len(self._terms)

    def put(self, story: StoryHead) -> None:
        """Index the story's latest centroid; a merged story leaves the index."""
        self.drop(story.story_id)
        length = math.sqrt(math.fsum(w * w for w in story.centroid.values()))
        if story.merged_into or length == 0:
            return
        for term, weight in story.centroid.items():
            self._postings.setdefault(term, {})[story.story_id] = weight / length
        self._terms[story.story_id] = tuple(story.centroid)
        self._last[story.story_id] = story.last_at

    def drop(self, story_id: str) -> None:
        """Forget a story; unknown ones are fine."""
        for term in self._terms.pop(story_id, ()):
            posting = self._postings[term]
            del posting[story_id]
            if not posting:
                del self._postings[term]
        self._last.pop(story_id, None)

    def silent_since(self, before: datetime) -> list[str]:
        """Return the stories whose last evidence is older than `before`."""
        return [story for story, last in self._last.items() if last < before]

    def best(self, vector: Vector, at: datetime, most: int, policy: Policy) -> list[Scored]:
        """Return up to `most` stories with the highest decayed similarity, best first (ties by id)."""
        sums: dict[str, float] = {}
        for term, weight in vector.items():
            posting = self._postings.get(term)
            if posting:
                for story, other in posting.items():
                    sums[story] = sums.get(story, 0.0) + weight * other
        if not sums:
            return []
        floor = policy.join_at * policy.ask_share  # decay only lowers a score: below this it decides nothing
        scored = [
            Scored(story, score * decay(self._last[story], at, policy))
            for story, score in sums.items()
            if score >= floor
        ]
        scored.sort(key=lambda s: (-s.score, s.story_id))
        return scored[:most]
