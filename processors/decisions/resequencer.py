"""Puts ordered articles' proposals back into article order before the ledger sees them."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Resequencer(Generic[T]):
    """Releases items with ordinals 1, 2, 3 … in order. Ordinal 0 and ordinals already passed go straight through."""

    def __init__(self, next_ordinal: int = 1) -> None:
        self._next = next_ordinal
        self._held: dict[int, T] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def waits_for(self) -> int:
        """The ordinal whose proposal is missing; meaningful only while something is held."""
        return self._next

    def push(self, ordinal: int, item: T) -> tuple[list[T], T | None]:
        """Return (what may go now, in order; what `item` displaced).

        A second item for a held ordinal takes the first one's place: it is the same proposal come twice, and
        letting it through would break the order.
        """
        if ordinal < self._next:
            return [item], None
        displaced = self._held.get(ordinal)
        self._held[ordinal] = item
        released = []
        while self._next in self._held:
            released.append(self._held.pop(self._next))
            self._next += 1
        return released, displaced
