"""Strengths over event time, "as then known": of two signals side by side, and how far apart they ever were.

Both are steps: 0 before the first event, then `strength_after` until the next one. Of events at one time the last
counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sinks.clickhouse.connect import Store

_CHUNK: Final = 1000  # pairs in one question: their ids must fit into a request
# Sorted steps (at, generation, seq, strength) of a pair; each side's value goes on until its next step.
_APART: Final = """
SELECT pair, arrayMax(far) AS distance, ats[indexOf(far, distance)] AS at
FROM (
    SELECT pair,
        arraySort(groupArray(tuple(micros, side, seq, strength_after))) AS steps,
        arrayMap(s -> s.1, steps) AS times,
        arrayFill(v -> NOT isNaN(v), arrayPushFront(arrayMap(s -> if(s.2 = 0, s.4, nan), steps), 0.)) AS here,
        arrayFill(v -> NOT isNaN(v), arrayPushFront(arrayMap(s -> if(s.2 = 1, s.4, nan), steps), 0.)) AS there,
        arrayMap(
            (x, y, t, following) -> if(t = following, 0., abs(x - y)),
            arrayPopFront(here), arrayPopFront(there), times, arrayPushBack(arrayPopFront(times), -1)
        ) AS far,
        arrayMap(t -> fromUnixTimestamp64Micro(t, 'UTC'), times) AS ats
    FROM (
        SELECT 0 AS side, transform(signal_id, {a_ids:Array(String)}, {pairs:Array(UInt32)}, 0) AS pair, seq,
            toUnixTimestamp64Micro(at) AS micros, strength_after
        FROM signal_events FINAL WHERE generation = {a:String} AND signal_id IN {a_ids:Array(String)}
        UNION ALL
        SELECT 1 AS side, transform(signal_id, {b_ids:Array(String)}, {pairs:Array(UInt32)}, 0) AS pair, seq,
            toUnixTimestamp64Micro(at) AS micros, strength_after
        FROM signal_events FINAL WHERE generation = {b:String} AND signal_id IN {b_ids:Array(String)}
    )
    GROUP BY pair
)
"""


@dataclass(frozen=True, slots=True)
class Apart:
    """The greatest distance of two strengths (0 to 10), and when (UTC) it was there first."""

    distance: float
    at: datetime


def apart(store: Store, a: str, b: str, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Apart]:
    """Return of each pair (a signal of A, one of B) how far apart they were; no two pairs may share a signal."""
    found = {}
    for first in range(0, len(pairs), _CHUNK):
        some = pairs[first : first + _CHUNK]
        params = {"a": a, "b": b, "a_ids": [x for x, _ in some], "b_ids": [y for _, y in some],
                  "pairs": list(range(1, len(some) + 1))}  # fmt: skip
        for row in store.query(_APART, params):
            found[some[row["pair"] - 1]] = Apart(row["distance"], row["at"])
    return found


def steps(
    store: Store, generation: str, ids: Sequence[str], *, most: int = 400
) -> dict[str, list[tuple[datetime, float]]]:
    """Return of each signal when its strength became what, oldest first; of more than `most` steps some of them.

    Then the last step of each of as many spans of its life stays, and the last of all.
    """
    rows = store.query(
        "SELECT signal_id, at, strength_after FROM (SELECT signal_id, at, strength_after, seq, "
        "row_number() OVER w AS place, count() OVER (PARTITION BY signal_id) AS steps FROM signal_events FINAL "
        "WHERE generation = {g:String} AND signal_id IN {ids:Array(String)} "
        "WINDOW w AS (PARTITION BY signal_id ORDER BY at, seq)) "
        "WHERE place = steps OR intDiv(place * {most:UInt32}, steps) != intDiv((place + 1) * {most:UInt32}, steps) "
        "OR steps <= {most:UInt32} ORDER BY signal_id, at, seq",
        {"g": generation, "ids": sorted(set(ids)), "most": most},
    )
    found: dict[str, list[tuple[datetime, float]]] = {}
    for row in rows:
        found.setdefault(row["signal_id"], []).append((row["at"], row["strength_after"]))
    return found
