"""The baseline: TF-IDF of content words, cosine to the clusters' centroids, exponential time decay, one threshold.

The plain single-pass clustering of topic detection and tracking (J. Allan, R. Papka, V. Lavrenko, "On-line New Event
Detection and Tracking", SIGIR 1998; Y. Yang, T. Pierce, J. Carbonell, "A Study on Retrospective and On-line Event
Detection", SIGIR 1998), with weights as in Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008,
ch. 6: tf or 1 + ln tf, times idf = ln((2 + N) / (1 + df)) with the counts so far, scaled to length 1. A cluster's
centroid is the sum of its documents' vectors. Similarity = cosine · 2^(-days since the cluster's last document /
half-life); the best cluster takes the document when it reaches the threshold, otherwise the document opens one.

It shares no code with Bellwether, and gets the best settings of a grid, chosen with the labels in hand.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

from tests.bench.labelled import Document

Vector = dict[str, float]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_COMMON: Final = (
    "a about after again against all also am an and any are as at be because been before being below between "
    "both but by can could did do does doing down during each few for from further had has have having he her "
    "here hers him his how i if in into is it its itself just me more most my new no nor not now of off on "
    "once one only or other our out over own said same says she should so some such than that the their them "
    "then there these they this those through to too two under until up very was we were what when where which "
    "while who whom why will with would you your"
)
_STOPWORDS: Final = frozenset(_COMMON.split())

# Chosen so that on the labelled streams the best values lie inside, not at an end.
THRESHOLDS: Final = (0.03, 0.04, 0.06, 0.07, 0.08, 0.09, 0.10, 0.11, 0.12, 0.13, 0.14, 0.16)
HALF_LIVES: Final = (10.0, 20.0, 40.0, 80.0, 160.0)  # days
SUBLINEAR: Final = (False, True)
STEMMED: Final = (False, True)


@dataclass(frozen=True, slots=True)
class Settings:
    """One point of the grid."""

    threshold: float
    half_life: float  # days
    sublinear: bool  # weight a word by 1 + ln tf instead of tf
    stemmed: bool  # plurals are one word with their singulars

    def __str__(self) -> str:
        tf, words = "1 + ln tf" if self.sublinear else "tf", "stems" if self.stemmed else "words"
        return f"threshold {self.threshold:g}, half-life {self.half_life:g} d, {tf}, {words}"


def grid() -> Iterator[Settings]:
    """Yield every point of the grid; those with the same vectors follow each other."""
    for sublinear, stemmed, half_life, threshold in product(SUBLINEAR, STEMMED, HALF_LIVES, THRESHOLDS):
        yield Settings(threshold, half_life, sublinear, stemmed)


def content_words(document: Document) -> list[str]:
    """Return the words of title and text, lower-cased, without stop words, single signs and possessives."""
    found = _WORD.findall(f"{document.title} {document.text}")
    words = (word.lower().replace("’", "'").removesuffix("'s") for word in found)
    return [word for word in words if len(word) > 1 and word not in _STOPWORDS]


def stem(word: str) -> str:
    """Return the singular of an English plural: the "S" stemmer of D. Harman, "How Effective Is Suffixing?", 1991."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def vectors(documents: Sequence[Document], *, sublinear: bool, stemmed: bool) -> list[Vector]:
    """Return each document's unit vector with the document frequencies as they were before it came."""
    seen: Counter[str] = Counter()
    made = []
    for number, document in enumerate(documents):
        words = content_words(document)
        counts = Counter(map(stem, words) if stemmed else words)
        weights = {
            word: (1.0 + math.log(tf) if sublinear else tf) * math.log((2 + number) / (1 + seen[word]))
            for word, tf in counts.items()
        }
        length = math.sqrt(sum(w * w for w in weights.values()))
        made.append({word: w / length for word, w in weights.items()} if length else {})
        seen.update(counts.keys())
    return made


def cluster(documents: Sequence[Document], made: Sequence[Vector], settings: Settings) -> list[str]:
    """Return the cluster of each document, in one pass in their order. `made` are their vectors."""
    postings: defaultdict[str, dict[int, float]] = defaultdict(dict)  # word → cluster → weight in its centroid
    squares: list[float] = []  # of the centroids' lengths
    last: list[float] = []  # days
    found = []
    for document, vector in zip(documents, made, strict=True):
        day = datetime.fromisoformat(document.ts).timestamp() / 86_400.0
        products: dict[int, float] = {}
        for word, weight in vector.items():
            for number, other in postings[word].items():
                products[number] = products.get(number, 0.0) + weight * other
        best, most = -1, 0.0
        for number, dot in products.items():
            similarity = dot / math.sqrt(squares[number]) * 2.0 ** (-abs(day - last[number]) / settings.half_life)
            if similarity > most:
                best, most = number, similarity
        if best < 0 or most < settings.threshold:
            best = len(squares)
            squares.append(0.0)
            last.append(day)
        squares[best] += 2.0 * products.get(best, 0.0) + (1.0 if vector else 0.0)
        last[best] = max(last[best], day)
        for word, weight in vector.items():
            posting = postings[word]
            posting[best] = posting.get(best, 0.0) + weight
        found.append(f"b{best}")
    return found
