"""Which open stories an item is near to by sentence vectors: exact search over a matrix, one product a query.

At 10,000 stories of 384 dimensions a product takes about a millisecond, so no approximate index is needed. It is of
single precision and summed in whatever order the machine likes; it only chooses whom to look at. Everything within
its error of the last place is looked at too, and the cosines that decide are exact (`vectors.py`).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from processors.decisions.vectors import Known, cosine, known

_ROWS: Final = 256  # of a new matrix; a full one is doubled
_ERROR: Final = 1e-3  # more than two products of single precision can be wrong together, at 8,192 dimensions


class VectorIndex:
    """Vectors by name, a matrix for each model and dimension. Two that hold the same vectors are equal."""

    def __init__(self) -> None:
        self._vectors: dict[str, tuple[str, bytes]] = {}  # with its model
        self._matrices: dict[tuple[str, int], _Matrix] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VectorIndex) and self._vectors == other._vectors

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._vectors)

    def held(self) -> dict[str, tuple[str, bytes]]:
        """Return every vector with its model, by name."""
        return dict(self._vectors)

    def put(self, name: str, vector: bytes, model: str) -> None:
        """Keep the vector in place of a former one; an empty or useless one only takes that away."""
        if self._vectors.get(name) == (model, vector):
            return
        self.drop(name)
        numbers = known(vector)
        if numbers is None:
            return
        key = model, len(vector)
        matrix = self._matrices.get(key)
        if matrix is None:
            matrix = self._matrices[key] = _Matrix(len(numbers.whole))
        matrix.put(name, numbers)
        self._vectors[name] = model, vector

    def drop(self, name: str) -> None:
        """Forget a vector; unknown names are fine."""
        former = self._vectors.pop(name, None)
        if former is None:
            return
        key = former[0], len(former[1])
        self._matrices[key].drop(name)
        if not self._matrices[key].rows:
            del self._matrices[key]

    def nearest(self, vector: bytes, model: str, most: int, least: float) -> list[str]:
        """Return up to `most` names with a cosine of `least` (above 0) or more, best first (ties by name)."""
        matrix, mine = self._matrices.get((model, len(vector))), known(vector)
        if matrix is None or mine is None:
            return []
        found = []
        for name in matrix.near(mine, most, least):
            kept = known(self._vectors[name][1])
            assert kept is not None, "only vectors that can be compared are kept"
            found.append((-cosine(mine, kept), name))
        return [name for score, name in sorted(found)[:most] if -score >= least]


class _Matrix:
    """Unit vectors in the rows of a matrix; freed rows are nought, and used again."""

    def __init__(self, dimension: int) -> None:
        self.rows: dict[str, int] = {}
        self._values = np.zeros((_ROWS, dimension), np.float32)
        self._names: list[str] = [""] * _ROWS
        self._free = list(range(_ROWS - 1, -1, -1))

    def put(self, name: str, numbers: Known) -> None:
        if not self._free:
            size = len(self._names)
            self._values = np.vstack([self._values, np.zeros_like(self._values)])
            self._names += [""] * size
            self._free = list(range(2 * size - 1, size - 1, -1))
        row = self.rows[name] = self._free.pop()
        self._values[row] = _unit(numbers)
        self._names[row] = name

    def drop(self, name: str) -> None:
        row = self.rows.pop(name)
        self._values[row] = 0.0
        self._names[row] = ""
        self._free.append(row)

    def near(self, numbers: Known, most: int, least: float) -> list[str]:
        """Return the `most` nearest that may have `least`, and those that cannot be told from the last of them."""
        scores = self._values @ _unit(numbers)
        last = float(np.partition(scores, -most)[-most]) if most < len(scores) else least
        rows = np.flatnonzero(scores >= max(last, least) - _ERROR).tolist()
        return [self._names[row] for row in rows if self._names[row]]


def _unit(numbers: Known) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (numbers.whole / math.sqrt(numbers.squared)).astype(np.float32)
