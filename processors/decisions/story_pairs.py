"""Two stories that turn out to report the same run of events: when they are one. What follows, story_merging.py says.

An item that is like two stories is the occasion on which those two are compared. The older one survives.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from processors.decisions.features import dot
from processors.decisions.learned import meaning_models, models
from processors.decisions.meaning import merge_meaning
from processors.decisions.policy import Policy
from processors.decisions.stories import length_of
from schemas.ledger import StoryHead

MERGE_FEATURES: Final = (
    "centroids",  # cosine of both centroids
    "nearest",  # greatest cosine between the latest evidence of the one and of the other
    "mean nearest",  # mean over both stories' latest evidence of the cosine to the nearest of the other's
    "item",  # P that the item belongs to the touched story; 1 when it opened it
    "item of other",  # P that it belongs to the other
    "smaller",  # log of the smaller one's evidence
    "greater",  # log of the greater one's
    "gap",  # log(1 + days between the end of the one and the start of the other), 0 when they overlap
    "actors",  # cosine of the mentions of actors
    "places",  # cosine of the mentions of places
    "looser",  # cohesion (see features.py) of the looser one
    "tighter",  # of the tighter one
    "together",  # of both as one
    "shortest",  # terms of the shortest latest evidence
    "centroids up to 0.15",
    "mean nearest up to 0.1",
    "centroids, both large",  # times smaller
    "mean nearest, both large",
    "centroids, no gap",  # over 1 + gap
)
# Bounds on the weights, as in features.py.
MERGE_AGAINST: Final = frozenset(("gap",))
_EITHER: Final = frozenset(("smaller", "greater", "looser", "tighter", "together", "shortest"))
MERGE_FOR: Final = frozenset(MERGE_FEATURES) - MERGE_AGAINST - _EITHER


@dataclass(frozen=True, slots=True)
class StoryMerge:
    """`story_id` is to become part of the older `into`; `score` is the probability that they are one story."""

    story_id: str
    into: str
    score: float


def merge_row(one: StoryHead, other: StoryHead, item_one: float, item_other: float) -> list[float]:
    """Return the features of two stories on the occasion of an item with these probabilities for each.

    Longer by MERGE_MEANING (see meaning.py) when both have a vector of one model.
    """
    lengths = length_of(one.centroid), length_of(other.centroid)
    both = lengths[0] * lengths[1]
    cosine = dot(one.centroid, other.centroid) / both if both else 0.0
    near = [[dot(mine.terms, theirs.terms) for theirs in other.recent] for mine in one.recent]
    best = [max(row) for row in near if row] + [max(column) for column in zip(*near, strict=True)]
    nearest, mean = (max(best), sum(best) / len(best)) if best else (cosine, cosine)
    weights = max(1.0, one.weight), max(1.0, other.weight)
    cohesion = lengths[0] / weights[0], lengths[1] / weights[1]
    together = math.sqrt(lengths[0] ** 2 + lengths[1] ** 2 + 2.0 * cosine * both) / (weights[0] + weights[1])
    apart = max(one.opened_at, other.opened_at) - min(one.last_at, other.last_at)
    gap = math.log1p(max(0.0, apart.total_seconds() / 86_400.0))
    smaller = math.log(min(weights))
    return [
        cosine,
        nearest,
        mean,
        item_one,
        item_other,
        smaller,
        math.log(max(weights)),
        gap,
        _cosine(one.actors, other.actors),
        _cosine(one.geographies, other.geographies),
        min(cohesion),
        max(cohesion),
        together,
        float(min([len(recent.terms) for recent in (*one.recent, *other.recent)], default=0)),
        min(0.15, cosine),
        min(0.1, mean),
        cosine * smaller,
        mean * smaller,
        cosine / (1.0 + gap),
        *(merge_meaning(one, other, smaller, gap) if meaning_models(one.embedding_model) else ()),
    ]


def merge_candidate(
    touched: StoryHead, item: float, others: Sequence[tuple[StoryHead, float]], policy: Policy
) -> StoryMerge | None:
    """Return the merge that an item in `touched` (with probability `item`) gives rise to, or None.

    `others` are the item's other candidates with the probabilities that it belongs to them, best first. Provisional
    stories wait for their answer first.
    """
    if touched.question_id or touched.merged_into:
        return None
    best: StoryMerge | None = None
    compared = [o for o in others if o[1] >= policy.merge_from and o[0].story_id != touched.story_id]
    for other, likely in compared[: policy.merge_compared]:
        if other.question_id or other.merged_into:
            continue
        row = merge_row(touched, other, item, likely)
        meant = meaning_models(touched.embedding_model) if len(row) > len(MERGE_FEATURES) else None
        model = meant.story_story if meant else models()[1]
        score = model.probability(row)
        if score >= policy.merge_at and (best is None or score > best.score):
            older, younger = sorted((touched, other), key=lambda story: (story.opened_at, story.story_id))
            best = StoryMerge(younger.story_id, older.story_id, score)
    return best


def _cosine(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    product = sum([count * other[key] for key, count in one.items() if key in other])
    if not product:
        return 0.0
    return product / math.sqrt(sum([c * c for c in one.values()]) * sum([c * c for c in other.values()]))
