"""Which evidence of one generation is which of another: what signals are mapped by.

Of the same article it has the same id, or else the same words, or overlapping ones in the same revision; of several it
is the one with the same id, or that shares most characters, is nearest in length, comes last by id. What is compared is
accepted evidence that counts for a signal, merges resolved. ClickHouse does the join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sinks.clickhouse.connect import Row, Store

# One side. Weightless evidence (copies, context) still says which signal is which: it weighs a millionth.
_SIDE: Final = """
    SELECT e.evidence_id AS evidence_id, e.article_id AS article_id, e.revision AS revision,
        toInt64(e.quote_start) AS first, toInt64(e.quote_end) AS last, sipHash64(e.quote) AS words,
        greatest(e.micro, 1) AS weight, toString(e.stance) AS stance,
        if(g.survivor = '', e.signal_id, g.survivor) AS signal_id
    FROM (
        SELECT evidence_id, article_id, revision, quote_start, quote_end, quote, micro, stance, signal_id
        FROM {table} FINAL
        WHERE generation = {{{side}:String}} AND status = 'accepted' AND signal_id != ''{which}
    ) AS e
    LEFT JOIN (SELECT signal_id, survivor FROM merged_signals WHERE generation = {{{side}:String}}) AS g
        ON e.signal_id = g.signal_id
"""
_FOUND: Final = """
    SELECT here.evidence_id AS evidence_id, any(here.signal_id) AS signal_id, any(here.weight) AS weight,
        any(here.stance) AS stance,
        argMax(
            tuple(there.signal_id, there.evidence_id, there.stance),
            tuple(
                here.evidence_id = there.evidence_id,
                if(here.revision = there.revision, least(here.last, there.last) - greatest(here.first, there.first), 0),
                -abs((here.last - here.first) - (there.last - there.first)),
                there.evidence_id
            )
        ) AS found
    FROM ({here}) AS here INNER JOIN ({there}) AS there ON here.article_id = there.article_id
    WHERE here.words = there.words
        OR (here.revision = there.revision AND here.first < there.last AND there.first < here.last)
    GROUP BY here.evidence_id
"""
_ALL: Final = ""
_ONE: Final = " AND signal_id IN {ids:Array(String)}"
_NEAR: Final = (
    " AND article_id IN (SELECT article_id FROM evidence_by_signal FINAL WHERE generation = {here:String} "
    "AND signal_id IN {ids:Array(String)})"
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What a signal `here` has of a signal `there`: `evidence` rows of `weight` in all, `turned` of another stance."""

    here: str
    there: str
    weight: int
    evidence: int
    turned: int


def weights(store: Store, generation: str) -> dict[str, tuple[int, int]]:
    """Return of each signal that has evidence its weight (millionths of salience, 1 at least for each) and how many."""
    side = _SIDE.format(table="evidence", side="here", which=_ALL)
    rows = store.query(
        f"SELECT signal_id, sum(weight) AS weight, count() AS evidence FROM ({side}) GROUP BY signal_id",  # noqa: S608
        {"here": generation},
    )
    return {row["signal_id"]: (int(row["weight"]), int(row["evidence"])) for row in rows}


def shared(store: Store, here: str, there: str) -> list[Shared]:
    """Return for every pair of signals with the same evidence how much of `here`'s is in `there`'s."""
    rows = store.query(
        "SELECT signal_id, found.1 AS there, sum(weight) AS weight, count() AS evidence, "  # noqa: S608
        f"countIf(stance != found.3) AS turned FROM ({_found(_ALL, _ALL, 'evidence')}) GROUP BY signal_id, there",
        {"here": here, "there": there},
    )
    return [
        Shared(row["signal_id"], row["there"], int(row["weight"]), int(row["evidence"]), int(row["turned"]))
        for row in rows
    ]


def counterparts(store: Store, here: str, there: str, ids: Sequence[str]) -> dict[str, Row]:
    """Return of the evidence of `ids` (a signal of `here` and those merged into it) what is found in `there`, by id.

    Fields: `signal_id`, `evidence_id` and `stance`, all of `there`. What is absent was not found.
    """
    sql = _found(_ONE, _NEAR, "evidence_by_signal")
    rows = store.query(sql, {"here": here, "there": there, "ids": list(ids)})
    names = ("signal_id", "evidence_id", "stance")
    return {row["evidence_id"]: dict(zip(names, _values(row["found"]), strict=True)) for row in rows}


def _found(here: str, there: str, table: str) -> str:
    return _FOUND.format(
        here=_SIDE.format(table=table, side="here", which=here),
        there=_SIDE.format(table="evidence", side="there", which=there),
    )


def _values(one: object) -> list[str]:
    """Return a tuple of the store, which may come as a dict."""
    return list(one.values()) if isinstance(one, dict) else list(one)  # type: ignore[call-overload]
