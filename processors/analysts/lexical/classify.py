"""Kind and lens of a passage, by cue lists and sectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from processors.analysts.lexical.lexicon import CUES
from processors.analysts.lexical.passage import Passage, Sentence
from schemas.vocabulary import LENSES, Kind, Lens

_LENS_OF_SECTOR: Final[dict[str, Lens]] = {
    "AI": "technology", "semiconductors": "technology", "software": "technology", "telecom": "technology",
    "space": "science", "biotech": "science", "health": "society", "pharma": "science",
    "cybersecurity": "security", "defense": "security", "public-sector": "policy",
    "education": "society", "sports": "society", "media": "society", "labor": "society", "housing": "society",
    "tourism": "society", "transport": "society", "water": "society",
}  # fmt: skip
# A cue in heading or quote says more than one further down.
NEAR, FAR = 2, 1


def kind(passage: Passage, quote: Sequence[Sentence]) -> Kind:
    """Return the kind whose cues weigh most.

    `structural` and `cyclical` need a weight of 4 (two cues in heading or quote, or more further down),
    and at least that of `event`, which is the default.
    """
    weights = _weights(passage, quote, ("structural", "cyclical", "event"))
    least = 2 * NEAR
    structural, cyclical, event = weights["structural"], weights["cyclical"], weights["event"]
    if structural >= least and structural >= max(cyclical, event):
        return "structural"
    return "cyclical" if cyclical >= least and cyclical >= event else "event"


def lens(passage: Passage, quote: Sequence[Sentence], sectors: Sequence[str]) -> Lens:
    """Return the lens whose cues weigh most; the first sector's lens counts as three cues, ties go to it."""
    weights = _weights(passage, quote, LENSES)
    usual: Lens = _LENS_OF_SECTOR.get(sectors[0], "investment") if sectors else "society"
    weights[usual] += 3
    return max(LENSES, key=lambda name: (weights[name], name == usual, -LENSES.index(name)))


def _weights(passage: Passage, quote: Sequence[Sentence], names: Sequence[str]) -> dict[str, int]:
    weights = dict.fromkeys(names, 0)
    near = {sentence.start for sentence in quote}
    seen: set[tuple[str, int]] = set()
    for hit in passage.heading_hits:
        if hit.family == CUES and hit.value in weights and (hit.value, hit.start) not in seen:
            weights[hit.value] += NEAR
            seen.add((hit.value, hit.start))
    for sentence in passage.sentences:
        weight = NEAR if sentence.start in near else FAR
        seen.clear()
        for hit in sentence.hits:
            if hit.family == CUES and hit.value in weights and (hit.value, hit.start) not in seen:
                weights[hit.value] += weight
                seen.add((hit.value, hit.start))
    return weights
