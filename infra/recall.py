"""A signal's latest events from the store: what the role `revise` remembers of signals from before its start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from schemas.events import SignalEvent
from sinks.clickhouse.connect import Store
from sinks.clickhouse.tables import EVENTS

MOST: Final = 500  # events of one signal; a narrator looks at far fewer


def recall_from(store: Store, generation: str) -> Callable[[str], Sequence[SignalEvent]]:
    """Return the look-up of one generation: the newest events of a signal, in order of seq. It blocks."""
    sql = EVENTS.select(
        f"WHERE generation = {{g:String}} AND signal_id = {{id:String}} ORDER BY seq DESC LIMIT {MOST}", final=True
    )

    def recall(signal_id: str) -> list[SignalEvent]:
        rows = store.query(sql, {"g": generation, "id": signal_id})
        return [EVENTS.read(row) for row in reversed(rows)]

    return recall
