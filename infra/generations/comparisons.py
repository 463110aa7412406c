"""Comparisons that were made, kept: pages turn them over, and making one joins two generations' evidence."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from infra.generations.compared_side import must_be_there
from infra.generations.compared_signal import compared_signal
from infra.generations.comparing import Comparison, compare
from infra.generations.shown import generations
from infra.settings import Loaded
from sinks.clickhouse.connect import Store
from sinks.clickhouse.curves import steps
from sinks.clickhouse.differences import other_outcomes
from sinks.clickhouse.project import projected

Row = dict[str, Any]
_KEPT: Final = 3
STALE: Final = 60.0  # seconds for which one is shown although a generation has gone on since


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    positions: tuple[int, int] = (-1, -1)
    made_at: float = 0.0
    made: Comparison | None = None


class Comparisons:
    """Safe to use from several threads; two that want the same wait for one. Raises BadInput, Retryable, StoreError."""

    def __init__(self, store: Store, loaded: Loaded, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._loaded, self._clock = store, loaded, clock
        self._slots: OrderedDict[tuple[str, str], _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def generations(self) -> list[Row]:
        """Return every generation: see infra/generations/shown.py."""
        return generations(self._store)

    def of(self, a: str, b: str, *, stale: float = 0.0) -> Comparison:
        """Compare two generations; one that was made less than `stale` seconds ago will do, whatever came since."""
        for name in (a, b):
            must_be_there(self._store, name)
        with self._lock:
            slot = self._slots.setdefault((a, b), _Slot())
            self._slots.move_to_end((a, b))
            while len(self._slots) > _KEPT:
                self._slots.popitem(last=False)
        with slot.lock:
            positions = (projected(self._store, a), projected(self._store, b))
            fresh = positions == slot.positions or self._clock() - slot.made_at < stale
            if slot.made is None or not fresh:
                slot.made = compare(self._store, self._loaded, a, b)
                slot.positions, slot.made_at = positions, self._clock()
            return slot.made

    def signal(self, a: str, b: str, signal_id: str, *, stale: float = 0.0) -> Row:
        """Return one signal in both: see compared_signal."""
        return compared_signal(self._store, self.of(a, b, stale=stale), signal_id)

    def other_outcomes(self, a: str, b: str, limit: int, offset: int) -> list[Row]:
        """Return articles with another outcome: see sinks/clickhouse/differences.py."""
        return other_outcomes(self._store, a, b, limit=limit, offset=offset)

    def curves(self, generation: str, ids: list[str]) -> dict[str, list[tuple[datetime, float]]]:
        """Return how strengths went: see sinks/clickhouse/curves.py."""
        return steps(self._store, generation, ids, most=120)
