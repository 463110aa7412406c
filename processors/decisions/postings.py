"""Postings: term → the slots that have it, with weights. For scalar products of one short vector with very many.

Each posting is two flat arrays, so that a query of ten terms over 100,000 vectors is a few calls into numpy. Slots are
the caller's small numbers; which vector has which slot never changes a sum: a slot's parts are added in the order of
the query's terms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class _Posting:
    """The slots that have one term. Order is of no account: what leaves is replaced by the last."""

    __slots__ = ("at", "slots", "weights")

    def __init__(self) -> None:
        self.slots, self.weights = np.empty(2, np.int32), np.empty(2)  # filled as far as `at` is long
        self.at: dict[int, int] = {}  # slot → its place in both arrays

    def append(self, slot: int, weight: float) -> None:
        size = len(self.at)
        if size == len(self.slots):
            self.slots = np.concatenate((self.slots, np.empty_like(self.slots)))
            self.weights = np.concatenate((self.weights, np.empty_like(self.weights)))
        self.slots[size], self.weights[size] = slot, weight
        self.at[slot] = size


class Postings:
    """An inverted index that can be changed."""

    def __init__(self) -> None:
        self._postings: dict[str, _Posting] = {}

    def set(self, term: str, slot: int, weight: float) -> None:
        """Let a slot have a term with this weight, whether it had it or not."""
        posting = self._postings.get(term)
        if posting is None:
            posting = self._postings[term] = _Posting()
        at = posting.at.get(slot)
        if at is None:
            posting.append(slot, weight)
        else:
            posting.weights[at] = weight

    def remove(self, terms: Iterable[str], slot: int) -> None:
        """Take terms that a slot has away from it. KeyError if it does not have one."""
        for term in terms:
            posting = self._postings[term]
            at, last = posting.at.pop(slot), len(posting.at)
            if not last:
                del self._postings[term]
            elif at < last:
                moved = int(posting.slots[last])
                posting.slots[at], posting.weights[at], posting.at[moved] = moved, posting.weights[last], at

    def products(self, vector: Sequence[tuple[str, float]], slots: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return of each slot 0 … `slots` - 1 its scalar product with `vector`, and how many terms they share.

        Shapes (slots,) and (slots,), float64 and int64.
        """
        found = [(posting, weight) for term, weight in vector if (posting := self._postings.get(term)) is not None]
        if not found:
            return np.zeros(slots), np.zeros(slots)
        sizes = [len(posting.at) for posting, _ in found]
        at = np.concatenate([posting.slots[:size] for (posting, _), size in zip(found, sizes, strict=True)])
        weights = np.concatenate([posting.weights[:size] for (posting, _), size in zip(found, sizes, strict=True)])
        weights *= np.repeat([weight for _, weight in found], sizes)
        return np.bincount(at, weights, slots), np.bincount(at, minlength=slots)
