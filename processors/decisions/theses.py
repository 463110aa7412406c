"""Theses: which signals an item's mechanism may speak to, although it comes from another story.

Two signals of different stories share few words, so what is compared is not the articles but what a model wrote of
them in general words: claim and mechanism of the item against the frozen scope and mechanism of the signal.

* With embeddings of one model on both sides: their cosine.
* Otherwise the cosine of term vectors, the item's weighted (1 + ln tf) · idf, the signal's (1 + ln tf), each scaled
  to length 1 ("ltc.lnc" in SMART notation; Manning, Raghavan, Schütze 2008, ch. 6.4.3). The signal's side has no idf,
  since idf moves with every article and a frozen scope must not.

Nothing is ever joined by this score: it only says what a judge is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from processors.decisions.policy import Policy
from processors.decisions.stories import Frequencies
from processors.decisions.text import terms
from schemas.ledger import SignalHead

_GROWTH = 256  # vectors by which the matrix grows


@dataclass(frozen=True, slots=True)
class Mechanism:
    """What an item says of the world in general: its claim, its mechanism and, where there is one, their embedding."""

    claim: str
    mechanism: str
    embedding: bytes = b""
    embedding_model: str = ""


@dataclass(frozen=True, slots=True)
class ScoredThesis:
    """A signal with its similarity, 0 to 1."""

    signal_id: str
    score: float


def thesis_terms(claim: str, mechanism: str) -> dict[str, float]:
    """Return what a claim and its mechanism are found by: term → occurrences, the mechanism's counted twice."""
    return terms(mechanism, claim)


def can_be_joined(head: SignalHead) -> bool:
    """Say whether other stories' evidence may come under this signal: it states a mechanism and is not over."""
    if not head.mechanism:
        return False
    if head.state == "dormant":
        return head.published_at is not None
    return head.state in ("candidate", "published", "faded")


class ThesisIndex:
    """The signals that a thesis question may name. Holds nothing that the heads do not say."""

    def __init__(self) -> None:
        self._scopes: dict[str, tuple[str, str, bytes]] = {}
        self._terms: dict[str, dict[str, float]] = {}
        self._postings: dict[str, dict[str, float]] = {}
        self._vectors: dict[str, _Vectors] = {}  # by model

    def __len__(self) -> int:
        return len(self._scopes)

    def __contains__(self, signal_id: str) -> bool:
        return signal_id in self._scopes

    def put(self, head: SignalHead) -> None:
        """Index the signal's scope, or forget a signal that nothing can join any more."""
        scope = (head.scope, head.mechanism, head.embedding)
        if not can_be_joined(head):
            self.drop(head.signal_id)
            return
        if self._scopes.get(head.signal_id) == scope:
            return
        self.drop(head.signal_id)
        self._scopes[head.signal_id] = scope
        weights = unit({term: 1.0 + math.log(tf) for term, tf in thesis_terms(head.scope, head.mechanism).items()})
        self._terms[head.signal_id] = weights
        for term, weight in weights.items():
            self._postings.setdefault(term, {})[head.signal_id] = weight
        if head.embedding:
            self._vectors.setdefault(head.embedding_model, _Vectors()).put(head.signal_id, head.embedding)

    def drop(self, signal_id: str) -> None:
        """Forget a signal; unknown ones are fine."""
        if self._scopes.pop(signal_id, None) is None:
            return
        for term in self._terms.pop(signal_id):
            posting = self._postings[term]
            del posting[signal_id]
            if not posting:
                del self._postings[term]
        for vectors in self._vectors.values():
            vectors.drop(signal_id)

    def best(self, item: Mechanism, frequencies: Frequencies, policy: Policy) -> list[ScoredThesis]:
        """Return the signals worth a question, best first (ties by id), at most `policy.thesis_candidates`."""
        if not item.mechanism:
            return []
        found: dict[str, float] = {}
        query = frequencies.vector(thesis_terms(item.claim, item.mechanism))
        for term, weight in query.items():
            for signal_id, other in self._postings.get(term, {}).items():
                found[signal_id] = found.get(signal_id, 0.0) + weight * other
        worth = {signal_id: score for signal_id, score in found.items() if score >= policy.thesis_ask}
        vectors = self._vectors.get(item.embedding_model) if item.embedding else None
        if vectors is not None:  # where both sides have one, the embedding decides alone
            near = vectors.near(item.embedding)
            worth = {signal_id: score for signal_id, score in worth.items() if signal_id not in near}
            worth |= {signal_id: score for signal_id, score in near.items() if score >= policy.thesis_ask_embedded}
        ranked = sorted(worth.items(), key=lambda pair: (-pair[1], pair[0]))
        return [ScoredThesis(signal_id, round(score, 6)) for signal_id, score in ranked[: policy.thesis_candidates]]


def unit(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the vector scaled to length 1; empty when it has none."""
    length = math.sqrt(math.fsum(w * w for w in weights.values()))
    return {term: weight / length for term, weight in weights.items()} if length > 0 else {}


class _Vectors:
    """Unit vectors of one model in a matrix that grows; freed rows are used again."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]] = np.zeros((0, 0), np.float32)

    def put(self, signal_id: str, vector: bytes) -> None:
        values = _normal(vector)
        if not self._matrix.shape[1]:
            self._matrix = np.zeros((0, len(values)), np.float32)
        if len(values) != self._matrix.shape[1]:
            return  # another dimension under the same name: it cannot be compared
        if not self._free:
            size = len(self._matrix)
            self._matrix = np.vstack([self._matrix, np.zeros((_GROWTH, self._matrix.shape[1]), np.float32)])
            self._free = list(range(size + _GROWTH - 1, size - 1, -1))
        row = self._free.pop()
        self._matrix[row] = values
        self._rows[signal_id] = row

    def drop(self, signal_id: str) -> None:
        row = self._rows.pop(signal_id, None)
        if row is not None:
            self._free.append(row)

    def near(self, vector: bytes) -> dict[str, float]:
        """Return the cosine of every vector here with `vector`."""
        values = _normal(vector)
        if len(values) != self._matrix.shape[1]:
            return {}
        # Rounded, so that the order of a sum inside the matrix product cannot decide anything.
        scores = np.round((self._matrix @ values).astype(np.float64), 5)
        return {signal_id: float(scores[row]) for signal_id, row in self._rows.items()}


def _normal(vector: bytes) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    values = np.frombuffer(vector[: len(vector) // 4 * 4], dtype="<f4").astype(np.float32)
    length = float(np.linalg.norm(values))
    return values / np.float32(length) if math.isfinite(length) and length > 0 else np.zeros_like(values)
