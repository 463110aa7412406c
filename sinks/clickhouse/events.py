"""Signal events as the store has them, in order of commitment, as far as the tables are whole."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from schemas.events import SignalEvent
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import projected
from sinks.clickhouse.tables import EVENTS

Cursor = tuple[int, int]  # (n, i) of an event: the order of commitment
BEGINNING: Final = datetime(1900, 1, 1, tzinfo=UTC)
END: Final = datetime(2299, 12, 31, tzinfo=UTC)
_PUBLIC: Final = (
    "AND state != 'candidate' AND signal_id IN "
    "(SELECT signal_id FROM signals FINAL WHERE generation = {g:String} AND published_at IS NOT NULL) "
)


class StoredEvents:
    """Signal events of one generation. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store, generation: str) -> None:
        self._store, self._generation = store, generation

    def read(
        self,
        cursor: Cursor,
        limit: int,
        *,
        first: datetime = BEGINNING,
        last: datetime = END,
        published_only: bool = False,
    ) -> list[tuple[Cursor, SignalEvent]]:
        """Return events after the cursor whose own time lies between `first` and `last` (aware), each with its place.

        `published_only`: those of signals that have been published, as the public topic has them.
        """
        sql = EVENTS.select(
            "WHERE generation = {g:String} AND n >= {n:UInt64} AND (n, i) > ({n:UInt64}, {i:UInt32}) "
            "AND n <= {upto:UInt64} AND at >= {first:DateTime64(6, 'UTC')} AND at <= {last:DateTime64(6, 'UTC')} "
            + (_PUBLIC if published_only else "")
            + "ORDER BY n, i LIMIT {limit:UInt32}",
            final=True,
        )
        params = {
            "g": self._generation, "n": cursor[0], "i": cursor[1], "first": first, "last": last, "limit": limit,
            "upto": self.position(),
        }  # fmt: skip
        return [((row["n"], row["i"]), EVENTS.read(row)) for row in self._store.query(sql, params)]

    def published(self, evidence_ids: Iterable[str]) -> dict[str, datetime]:
        """Return when the articles of these evidence were published, as far as they are known."""
        rows = self._store.query(
            "SELECT evidence_id, argMax(published_at, n) AS at FROM evidence WHERE generation = {g:String} "
            "AND evidence_id IN {ids:Array(String)} GROUP BY evidence_id",
            {"g": self._generation, "ids": sorted(set(evidence_ids) - {""})},
        )
        return {row["evidence_id"]: row["at"] for row in rows}

    def position(self) -> int:
        """Return the number of the last commit that is wholly in the tables."""
        return projected(self._store, self._generation)
