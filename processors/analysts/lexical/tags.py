"""Sectors and places of a passage, from gazetteer hits in the text. No hit, no tag."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from processors.analysts.lexical.lexicon import PLACE, SECTOR, WEAK_PLACE, Hit
from processors.analysts.lexical.passage import Passage

MOST_SECTORS = 3
MOST_PLACES = 5
# A hit in the heading or lede says what the item is about; further down one mention alone says little.
HEADING, LEDE, BODY, LEAST = 3, 2, 1, 2
# Sectors far behind the first are mentioned, not meant.
SHARE_OF_FIRST = 0.35

_LOCATIVE = re.compile(
    r"\b(?:in|from|to|across|into|over|near|of|against|between|and|inside|outside|with|for|via|southern|northern|"
    r"eastern|western|central)\s+$",
    re.IGNORECASE,
)
_POSSESSED = re.compile(r"['’]s\b")


def sectors(passage: Passage, vocabulary: tuple[str, ...]) -> tuple[str, ...]:
    """Return up to three sectors, most named first; ties in the order of `vocabulary`."""
    scores: dict[str, int] = defaultdict(int)
    seen: set[tuple[str, str]] = set()
    for source, weight, hit in _hits(passage):
        if hit.family == SECTOR:
            keyword = (hit.value, source[hit.start : hit.end].lower())
            scores[hit.value] += weight if keyword not in seen else 0
            seen.add(keyword)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], vocabulary.index(item[0])))
    return tuple(
        sector for sector, score in ranked[:MOST_SECTORS] if score >= LEAST and score >= SHARE_OF_FIRST * ranked[0][1]
    )


def geographies(passage: Passage) -> tuple[str, ...]:
    """Return up to five ISO 3166-1 alpha-2 codes, most named first; ties by first mention.

    A weak name (Georgia, Jordan, Turkey, Chad, …) counts when a clear name of the same country is near, or
    when it stands as a place does: after a preposition, or possessing something.
    """
    scores: dict[str, int] = {}
    weak: list[tuple[str, int]] = []
    for source, weight, hit in _hits(passage):
        if hit.family == PLACE and hit.value != "-":
            scores[hit.value] = scores.get(hit.value, 0) + weight
        elif hit.family == WEAK_PLACE:
            stands = _LOCATIVE.search(source, max(0, hit.start - 12), hit.start) or _POSSESSED.match(source, hit.end)
            if stands and hit.value != "GE":  # "in Georgia" is as often the American state
                scores[hit.value] = scores.get(hit.value, 0) + weight
            else:
                weak.append((hit.value, weight))
    for code, weight in weak:
        if code in scores:
            scores[code] += weight
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    return tuple(code for code, score in ranked[:MOST_PLACES] if score >= LEAST)


def _hits(passage: Passage) -> Iterator[tuple[str, int, Hit]]:
    """Yield (the string it is in, weight, hit with offsets into that string)."""
    for hit in passage.heading_hits:
        yield passage.heading, HEADING, hit
    for index, sentence in enumerate(passage.sentences):
        weight = HEADING if passage.only_heading else LEDE if index < 2 else BODY
        for start, end, family, value in sentence.hits:
            if family != "cue":
                yield sentence.text, weight, Hit(start - sentence.start, end - sentence.start, family, value)
