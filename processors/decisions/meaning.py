"""How near an item and a story are in meaning: the numbers that sentence vectors add to those of their words.

For the pairs of which both sides have a vector of one model. A story's is the sum of its evidence's unit vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from processors.decisions.features import FEATURES, Item, Row
from processors.decisions.vectors import Known, cosine, known
from schemas.ledger import StoryHead

MEANING: Final = (
    "meaning",  # cosine of the item's vector to the mean of the story's
    "meaning lead",  # how far that is above the best other candidate's (negative: below)
    "meaning first",  # 1 for the candidate with the highest
    "agreement",  # length of the story's sum / evidence: 1 when all of it means the same
    # Bends and products, as in features.py.
    "meaning up to 0.3",
    "meaning up to 0.5",
    "meaning up to 0.7",
    "meaning, short item",
    "meaning, large story",
    "meaning, fresh story",
    "meaning, same words",  # times the cosine of words
    "meaning, crowd",  # times crowd
    "meaning, agreeing story",  # times agreement: the mean of the cosines to the story's evidence
)
BASIC_MEANING: Final = MEANING[:4]
FOR_MEANING: Final = frozenset(MEANING) - {"agreement"}

MERGE_MEANING: Final = (
    "meanings",  # cosine of both stories' means
    "meanings up to 0.6",
    "meanings, both large",  # times smaller
    "meanings, no gap",  # over 1 + gap
    "looser agreement",
    "tighter agreement",
)
MERGE_FOR_MEANING: Final = frozenset(MERGE_MEANING[:4])


def with_meaning(item: Item, stories: Sequence[StoryHead], rows: Sequence[Row]) -> list[Row]:
    """Return the rows (see features.py), longer by MEANING where item and story have a vector of one model."""
    mine = known(item.embedding)
    if mine is None:
        return list(rows)
    found: list[tuple[float, float] | None] = []
    for story in stories:
        mean = known(story.embedding) if story.embedding_model == item.embedding_model else None
        if mean is None or len(mean.whole) != len(mine.whole):
            found.append(None)
        else:
            found.append((cosine(mine, mean), _agreement(mean, story)))
    cosines = sorted([pair[0] for pair in found if pair is not None], reverse=True)
    longer = []
    for pair, row in zip(found, rows, strict=True):
        if pair is None:
            longer.append(row)
            continue
        best = cosines[0] if pair[0] < cosines[0] else cosines[1] if len(cosines) > 1 else 0.0
        longer.append([*row, *_meaning(pair[0], best, pair[1], row)])
    return longer


def _meaning(meaning: float, best_other: float, agreement: float, row: Row) -> Row:
    silence, size, terms = row[_SILENCE], row[_SIZE], row[_LENGTH]
    lead = meaning - best_other
    return [
        meaning,
        lead,
        1.0 if lead >= 0 else 0.0,
        agreement,
        min(0.3, meaning),
        min(0.5, meaning),
        min(0.7, meaning),
        meaning * max(0.0, 4.4 - terms),
        meaning * size,
        meaning / (1.0 + silence),
        meaning * row[0],
        meaning * row[_CROWD],
        meaning * agreement,
    ]


_SILENCE, _SIZE, _LENGTH, _CROWD = (FEATURES.index(name) for name in ("silence", "size", "length", "crowd"))


def merge_meaning(one: StoryHead, other: StoryHead, smaller: float, gap: float) -> Row:
    """Return MERGE_MEANING of two stories; nothing when they have no vectors of one model."""
    mine, theirs = known(one.embedding), known(other.embedding)
    if mine is None or theirs is None or one.embedding_model != other.embedding_model:
        return []
    if len(mine.whole) != len(theirs.whole):
        return []
    alike = cosine(mine, theirs)
    agreements = _agreement(mine, one), _agreement(theirs, other)
    return [alike, min(0.6, alike), alike * smaller, alike / (1.0 + gap), min(agreements), max(agreements)]


def _agreement(mean: Known, story: StoryHead) -> float:
    return min(1.0, mean.length / max(1.0, story.weight))
