"""Signals as of a time: their heads with the strength that their evidence has then. See 0007_strength.sql.

What is evaluated is today's membership: an evidence that came later counts with its own, later day, before which it
weighs in full. What a signal was known to be at the time, its events say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.tables import SIGNALS

_AT: Final = "at = {at:DateTime64(6, 'UTC')}"
_OURS: Final = "generation = {g:String}"


def heads_as_of(
    store: Store, generation: str, at: datetime, which: str, *, omit: Sequence[str] = (), **params: Any
) -> list[Row]:
    """Return the heads that fit `which`, strongest first, with `supporting`, `opposing`, `contested` and `strength` as
    of `at`; the head's own strength, as then known, is `strength_as_committed`. `params` has a `limit`."""
    heads = SIGNALS.select(f"WHERE {_OURS} AND {which}", final=True, omit=omit)
    # The views and conditions are this program's own words; values are bound.
    sql = (
        "SELECT h.* REPLACE (v.supporting AS supporting, v.opposing AS opposing, v.strength AS strength, "  # noqa: S608
        "toBool(v.opposing > v.supporting) AS contested), h.strength AS strength_as_committed "
        f"FROM ({heads}) AS h LEFT JOIN ("
        f"SELECT signal_id, supporting, opposing, strength FROM signal_strength({_AT}) "
        f"WHERE {_OURS} AND signal_id IN (SELECT signal_id FROM signals FINAL WHERE {_OURS} AND {which})"
        ") AS v ON h.signal_id = v.signal_id "
        "ORDER BY v.strength DESC, h.last_reinforced DESC, h.signal_id LIMIT {limit:UInt32}"
    )
    return store.query(sql, {"g": generation, "at": at, **params})


def voices_as_of(store: Store, generation: str, at: datetime, signal_id: str) -> dict[str, dict[str, float]]:
    """Return the voice of each family, by stance: `supports` and `contradicts`."""
    sql = f"SELECT stance, family, voice FROM signal_voices({_AT}) WHERE {_OURS} AND signal_id = {{id:String}}"  # noqa: S608
    rows = store.query(f"{sql} ORDER BY stance, family", {"g": generation, "at": at, "id": signal_id})
    return {
        stance: {row["family"]: row["voice"] for row in rows if row["stance"] == stance}
        for stance in ("supports", "contradicts")
    }
