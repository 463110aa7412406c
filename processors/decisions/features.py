"""How an item bears on a story: the numbers from which the matcher judges whether they report the same events.

Cosines are of TF-IDF vectors (see stories.py). The nearest of the latest evidence is the k-nearest-neighbour view of
topic tracking (Yang et al., "Learning approaches for detecting and tracking news events", 1999), the centroid the
other; a story that drifts is near by the first and a long one by the second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from processors.decisions.stories import Frequencies, Vector, length_of
from schemas.evidence import Evidence
from schemas.ledger import StoryHead

_DAY: Final = 86_400.0
_FEW: Final = 5.0

# Logarithms are natural, of 1 + days where they are of times. Weights are idf · telling.
FEATURES: Final = (
    "centroid",  # cosine to the story's centroid
    "nearest",  # cosine to the nearest of its latest evidence
    "second",  # cosine to the second nearest; half of the nearest when there is only one
    "coverage",  # share of the item's squared weight that the centroid knows
    "rarest",  # greatest idf of a shared term
    "rarity",  # root of the sum of squared idf of the shared terms
    "shared",  # log(1 + shared terms)
    "actors",  # share of the item's actors that the story knows
    "actor mentions",  # mentions of those actors an evidence of the story, at most 1
    "places",  # mentions of the item's places an evidence of the story, at most 1
    "other places",  # 1 when both name places and none is common
    "silence",  # log days since the story's last evidence
    "age",  # log days since its first
    "size",  # log of its evidence
    "length",  # log of the item's terms
    "lead",  # how far its centroid cosine is above the best other candidate's (negative: below)
    "first",  # 1 for the candidate with the highest centroid cosine
    "cohesion",  # length of its centroid / evidence: 1 when all say the same
    "pace",  # log(1 + evidence a day)
    # Bends and products, since log odds are linear in no cosine. Each grows with its cosine, and so does P.
    "centroid up to 0.05",
    "centroid up to 0.15",
    "nearest up to 0.1",
    "nearest up to 0.3",
    "centroid, short item",  # times 4.4 - length; 4.4 is the logarithm of 80 terms
    "nearest, short item",
    "coverage, short item",
    "centroid, large story",  # times size
    "nearest, large story",
    "centroid, fresh story",  # over 1 + silence
    "nearest, fresh story",
    "centroid, tight story",  # times cohesion
    # Where many stories are open, some are like an item by chance: 0 up to 148 of them, so that only then these count.
    "crowd",  # log(1 + open stories) above 5
    "crowd up to 0.3",
    "centroid, crowd",  # times crowd
    "shared, crowd",
)
BASIC: Final = FEATURES[:19]  # without bends and products
# What speaks for, and what against, one run of events, whatever the data happen to say: bounds on the weights.
FOR: Final = frozenset(FEATURES) - {
    "other places",
    "silence",
    "age",
    "size",
    "length",
    "cohesion",
    "pace",
    "crowd",
    "crowd up to 0.3",
}
AGAINST: Final = frozenset(("other places", "silence", "crowd", "crowd up to 0.3"))
Row = list[float]


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of an evidence before it is placed."""

    vector: Vector
    idf: Mapping[str, float]  # of the vector's terms
    at: datetime
    actors: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    embedding: bytes = b""  # see vectors.py
    embedding_model: str = ""
    open_stories: int = 0  # how many there are to be compared with


def item_of(evidence: Evidence, at: datetime, frequencies: Frequencies) -> Item:
    """Return what is known of `evidence` of an article published `at`."""
    idf = frequencies.idf(evidence.terms)
    return Item(
        frequencies.vector(evidence.terms, idf), idf, at, evidence.actors, evidence.geographies,
        evidence.embedding, evidence.embedding_model,
    )  # fmt: skip


def dot(one: Vector, other: Vector) -> float:
    """Return the scalar product, summed in the order of the shorter vector's terms."""
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[term] for term, weight in one.items() if term in other])


def rows(item: Item, stories: Sequence[StoryHead]) -> list[Row]:
    """Return the features of the item with each story, all of which stand for election together."""
    found = [_with_story(item, story) for story in stories]
    cosines = [row[0] for row in found]
    for number, row in enumerate(found):
        others = cosines[:number] + cosines[number + 1 :]
        lead = row[0] - max(others) if others else row[0]
        row[15], row[16] = lead, 1.0 if lead >= 0 else 0.0
    crowd = max(0.0, math.log1p(item.open_stories) - _FEW)
    return [[*row, *_bends(row), crowd, min(0.3, crowd), crowd * row[0], crowd * row[6]] for row in found]


def _with_story(item: Item, story: StoryHead) -> Row:
    centroid, idf = story.centroid, item.idf
    length = length_of(centroid)
    product = coverage = rarest = rarity = 0.0
    shared = 0
    for term, weight in item.vector.items():
        other = centroid.get(term)
        if other is not None:
            product += weight * other
            coverage += weight * weight
            rare = idf[term]
            rarity += rare * rare
            rarest = max(rare, rarest)
            shared += 1
    cosine = product / length if length else 0.0
    near = sorted([dot(item.vector, recent.terms) for recent in story.recent], reverse=True) or [cosine]
    evidence = max(1.0, story.weight)
    known = sum(1 for actor in item.actors if actor in story.actors)
    mentions = sum([story.actors.get(actor, 0) for actor in item.actors])
    places = sum([story.geographies.get(place, 0) for place in item.geographies])
    elsewhere = bool(item.geographies) and bool(story.geographies) and places == 0
    age = _days(story.opened_at, item.at)
    return [
        cosine,
        near[0],
        near[1] if len(near) > 1 else near[0] / 2,
        coverage,
        rarest,
        math.sqrt(rarity),
        math.log1p(shared),
        known / max(1, len(item.actors)),
        min(1.0, mentions / evidence),
        min(1.0, places / evidence),
        1.0 if elsewhere else 0.0,
        math.log1p(_days(story.last_at, item.at)),
        math.log1p(age),
        math.log(evidence),
        math.log(max(1, len(item.vector))),
        0.0,
        0.0,
        min(1.0, length / evidence),
        math.log1p(evidence / (1.0 + age)),
    ]


def _bends(row: Row) -> Row:
    centroid, nearest, _, coverage = row[:4]
    silence, size, length, cohesion = row[11], row[13], row[14], row[17]
    short = max(0.0, 4.4 - length)
    return [
        min(0.05, centroid),
        min(0.15, centroid),
        min(0.1, nearest),
        min(0.3, nearest),
        centroid * short,
        nearest * short,
        coverage * short,
        centroid * size,
        nearest * size,
        centroid / (1.0 + silence),
        nearest / (1.0 + silence),
        centroid * cohesion,
    ]


def _days(since: datetime, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds() / _DAY)
