"""Stories: which open stories an item's words are like. TF-IDF vectors over an inverted index.

A document's vector has weight (1 + ln tf) · idf · telling per term, scaled to length 1, with
idf = ln(1 + N/(1 + df)) (Manning, Raghavan, Schütze 2008, ch. 6). N and df are the stream's own counts on top of a
background of general news, so that the first items of a stream do not find "official" rare; `telling` says how well
a term tells storylines apart (learned/). A story's centroid is the sum of its documents' vectors, cut to the heaviest
terms.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Final

import numpy as np

from processors.decisions.learned import Background, background
from processors.decisions.policy import Policy
from processors.decisions.postings import Postings
from processors.decisions.vector_index import VectorIndex
from schemas.evidence import EvidenceRow
from schemas.ledger import Recent, StoryHead

Vector = Mapping[str, float]
_NOTHING: Final[dict[str, float]] = {}
_RETRIEVING: Final = 32  # terms of an item that retrieve
RECENT: Final = 6  # latest evidence that a story's head keeps
RECENT_TERMS: Final = 32  # heaviest terms of each


@dataclass(frozen=True, slots=True)
class Scored:
    """A story with the probability that an item belongs to it, and the features that say so, by name."""

    story_id: str
    score: float
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Frequencies:
    """How many items were counted, and in how many of them each term occurs, on top of a background."""

    documents: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    background: Background = field(default_factory=background)

    def add(self, terms: Iterable[str]) -> None:
        """Count one item's distinct terms."""
        self.documents += 1
        for term in terms:
            self.counts[term] = self.counts.get(term, 0) + 1

    def idf(self, terms: Iterable[str]) -> dict[str, float]:
        """Return ln(1 + N/(1 + df)) of each term."""
        counts, known, most = self.counts, self.background.counts, self.documents + self.background.documents + 1.0
        log = math.log
        return {term: log(1.0 + most / (1.0 + counts.get(term, 0) + known.get(term, 0.0))) for term in terms}

    def vector(self, terms: Mapping[str, float], idf: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return the unit vector of an item's term counts; empty when it has none. `idf` of the terms, if known."""
        telling, unknown = self.background.telling, self.background.unknown
        idf = idf or self.idf(terms)
        log = math.log
        weights = {
            term: (1.0 + log(tf) if tf > 1.0 else 1.0) * idf[term] * telling.get(term, unknown)
            for term, tf in terms.items()
        }
        length = math.sqrt(math.fsum([w * w for w in weights.values()]))
        return {term: w / length for term, w in weights.items()} if length > 0 else {}


def add_to_centroid(centroid: Vector, vector: Vector, most: int) -> dict[str, float]:
    """Return the sum of both, cut to the `most` heaviest terms (ties by term)."""
    total = dict(centroid)
    for term, weight in vector.items():
        total[term] = total.get(term, 0.0) + weight
    if len(total) <= most:
        return total
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0]))[:most])


def length_of(centroid: Vector) -> float:
    """Return the Euclidean length of a centroid."""
    return math.sqrt(math.fsum([w * w for w in centroid.values()]))


def similarity(vector: Vector, centroid: Vector, length: float) -> float:
    """Return the cosine of an item's unit vector and a centroid of the given length; 0 for an empty one."""
    if length == 0:
        return 0.0
    return math.fsum([weight * centroid[term] for term, weight in vector.items() if term in centroid]) / length


def recent_of(row: EvidenceRow, vector: Vector) -> Recent:
    """Return what a story remembers of an evidence: its heaviest terms, heaviest first (ties by term)."""
    heaviest = sorted(vector.items(), key=lambda item: (-item[1], item[0]))[:RECENT_TERMS]
    return Recent(row.evidence_id, row.published_at, dict(heaviest))


def _by_weight(item: tuple[str, float]) -> tuple[float, str]:
    return item[1], item[0]


def least_shared(vector: Vector, policy: Policy) -> int:
    """Return how many terms an item and a story must share: one word in common is chance, but in the shortest."""
    return policy.least_shared if len(vector) >= policy.short_terms else 1


def have_enough_in_common(vector: Vector, story: StoryHead, policy: Policy) -> bool:
    """Say whether an item may be compared with a story at all."""
    least = least_shared(vector, policy)
    if len(vector) < least:
        return False
    for term in vector:
        if term in story.centroid:
            least -= 1
            if not least:
                return True
    return False


class StoryIndex:
    """Inverted index over the open stories' centroids. Holds nothing that the heads do not say.

    An item's heaviest terms retrieve a few stories by their part of the cosine. Light terms are the common ones, with
    the longest postings and the least to say.
    """

    def __init__(self) -> None:
        self._postings = Postings()
        self._slots: dict[str, int] = {}  # story → its number in the postings
        self._stories: list[StoryHead | None] = []  # by slot
        self._lengths = array("d")  # of centroids, by slot
        self._free: list[int] = []  # slots of stories that left
        self.vectors = VectorIndex()

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, story_id: str) -> bool:
        return story_id in self._slots

    def put(self, story: StoryHead) -> None:
        """Index the story's latest centroid; a merged story leaves the index."""
        length = length_of(story.centroid)
        if story.merged_into or length == 0:
            self.drop(story.story_id)
            return
        slot = self._slot(story.story_id)
        former = self._stories[slot]
        known = former.centroid if former is not None else _NOTHING
        for term, weight in story.centroid.items():
            if known.get(term) != weight:
                self._postings.set(term, slot, weight)
        self._postings.remove([term for term in known if term not in story.centroid], slot)
        self._stories[slot] = story
        self._lengths[slot] = length
        self.vectors.put(story.story_id, story.embedding, story.embedding_model)

    def drop(self, story_id: str) -> None:
        """Forget a story; unknown ones are fine."""
        slot = self._slots.pop(story_id, None)
        story = self._stories[slot] if slot is not None else None
        if slot is not None and story is not None:
            self._postings.remove(story.centroid, slot)
            self._stories[slot] = None
            self._free.append(slot)
            self.vectors.drop(story_id)

    def silent_since(self, before: datetime, n: int) -> list[str]:
        """Return the stories whose last evidence is older than `before`, and that no commit after `n` changed."""
        return [
            story.story_id for story in self._stories if story is not None and story.last_at < before and story.n <= n
        ]

    def nearest(self, vector: Vector, at: datetime, policy: Policy) -> list[StoryHead]:
        """Return up to `policy.compared` open stories with the highest cosine, best first (ties by id)."""
        heaviest = nlargest(_RETRIEVING, vector.items(), key=_by_weight)
        products, shared = self._postings.products(heaviest, len(self._stories))
        slots = products.nonzero()[0]
        if not len(slots):
            return []
        cosines = products[slots] / np.frombuffer(self._lengths)[slots]
        most = 2 * policy.compared
        if len(slots) > most:
            best = cosines >= np.partition(cosines, -most)[-most]
            slots, cosines = slots[best], cosines[best]
        least, horizon = least_shared(vector, policy), timedelta(days=policy.story_horizon)
        if len(vector) > _RETRIEVING:
            least = 1  # they share more terms than the heaviest
        found = [
            (-cosine, story, common)
            for slot, cosine, common in zip(slots.tolist(), cosines.tolist(), shared[slots].tolist(), strict=True)
            if (story := self._stories[slot]) is not None
        ]
        found.sort(key=lambda each: (each[0], each[1].story_id))
        near = [story for _, story, common in found[:most] if abs(at - story.last_at) <= horizon and common >= least]
        if len(vector) > _RETRIEVING:
            near = [story for story in near if have_enough_in_common(vector, story, policy)]
        return near[: policy.compared]

    def nearest_in_meaning(self, embedding: bytes, model: str, at: datetime, policy: Policy) -> list[StoryHead]:
        """Return up to `policy.compared` open stories nearest by vectors of `model`, best first (ties by id)."""
        horizon = timedelta(days=policy.story_horizon)
        found = self.vectors.nearest(embedding, model, 2 * policy.compared, policy.meaning_from)
        stories = (self._stories[self._slots[story_id]] for story_id in found)
        near = [story for story in stories if story is not None and abs(at - story.last_at) <= horizon]
        return near[: policy.compared]

    def _slot(self, story_id: str) -> int:
        slot = self._slots.get(story_id)
        if slot is None:
            slot = self._slots[story_id] = self._free.pop() if self._free else len(self._stories)
            if slot == len(self._stories):
                self._stories.append(None)
                self._lengths.append(0.0)
        return slot
