"""The order in which a signal's evidence came, kept so that its ends can be read without going through all of it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import islice


class Chronicle:
    """Evidence of one signal by (day, evidence id): the same whatever order it was put in, as after a restart."""

    __slots__ = ("_days", "_sorted")

    def __init__(self) -> None:
        self._days: dict[int, list[str]] = {}
        self._sorted: list[int] = []

    def add(self, day: int, evidence_id: str) -> None:
        """Take an evidence in."""
        ids = self._days.get(day)
        if ids is None:
            self._days[day] = [evidence_id]
            insort(self._sorted, day)
        else:
            insort(ids, evidence_id)

    def remove(self, day: int, evidence_id: str) -> None:
        """Take an evidence out again; an unknown one is fine."""
        ids = self._days.get(day, [])
        at = bisect_left(ids, evidence_id)
        if at == len(ids) or ids[at] != evidence_id:
            return
        del ids[at]
        if not ids:
            del self._days[day]
            del self._sorted[bisect_left(self._sorted, day)]

    def ends(self, first: int, last: int) -> list[str]:
        """Return the `first` earliest and `last` latest evidence in order, each once."""
        early = _first(((day, each) for day in self._sorted for each in self._days[day]), first)
        late = _first(((day, each) for day in reversed(self._sorted) for each in reversed(self._days[day])), last)
        return [evidence_id for _, evidence_id in sorted({*early, *late})]


def _first(found: Iterator[tuple[int, str]], most: int) -> list[tuple[int, str]]:
    return list(islice(found, most))
