"""Sentence vectors as records keep them: bytes of float32, little-endian. No result depends on the order of a sum.

A decision must be the same on every machine and at every replay, and the order in which a numeric library sums a
product depends on both. So what decides is computed in whole numbers, which add up to the same in any order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

_NUMBER: Final = np.dtype("<f4")
_ONE: Final = 2.0**20  # the largest component; squares of 8,192 such ones still add up within 64 bits
_NOTHING: Final = 1e-4  # rounding leaves less than that of a sum that is taken away again


@dataclass(frozen=True, slots=True)
class Known:
    """A vector's numbers in parts of its largest one."""

    whole: np.ndarray[tuple[int], np.dtype[np.int64]]
    squared: int  # length of that, squared
    unit: float  # what one is worth

    @property
    def length(self) -> float:
        """Return the vector's Euclidean length."""
        return self.unit * math.sqrt(self.squared)


@lru_cache(maxsize=4_096)
def known(vector: bytes) -> Known | None:
    """Return the numbers of a vector; None when it is empty, not finite, nought or no whole number of floats."""
    if not vector or len(vector) % _NUMBER.itemsize:
        return None
    values = np.frombuffer(vector, _NUMBER).astype(np.float64)
    greatest = float(np.abs(values).max())
    if not math.isfinite(greatest) or greatest == 0.0:
        return None
    whole = np.rint(values * (_ONE / greatest)).astype(np.int64)
    return Known(whole, int(whole @ whole), greatest / _ONE)


def cosine(one: Known, other: Known) -> float:
    """Return the cosine of two vectors; 0 for those of different dimension."""
    if len(one.whole) != len(other.whole):
        return 0.0
    return int(one.whole @ other.whole) / math.sqrt(one.squared * other.squared)


def added(total: bytes, vector: bytes) -> bytes:
    """Return `total` with `vector`, scaled to length 1, added to it; `total` when that cannot be."""
    found = known(vector)
    if found is None or (total and len(total) != len(vector)):
        return total
    scaled = (found.whole / math.sqrt(found.squared)).astype(_NUMBER)
    return (np.frombuffer(total, _NUMBER) + scaled).tobytes() if total else scaled.tobytes()


def both(one: bytes, other: bytes) -> bytes:
    """Return the sum of two sums; the one that there is, or the first when they are of two dimensions."""
    if not one or len(one) != len(other):
        return one or other
    return (np.frombuffer(one, _NUMBER) + np.frombuffer(other, _NUMBER)).tobytes()


def less(whole: bytes, part: bytes) -> bytes:
    """Return what is left of a sum; nothing when the part is all of it, the whole when it cannot be a part."""
    if not part or len(part) != len(whole):
        return whole
    left = np.frombuffer(whole, _NUMBER) - np.frombuffer(part, _NUMBER)
    return left.tobytes() if float(np.abs(left).max()) > _NOTHING else b""
