"""The listed signals with their strength as of now, kept in memory: a page of them must not weigh a million rows.

Whoever asks gets the newest heads; what changed since the last time is weighed anew. When the hour turns, all strengths
change a little: they are weighed at once if that is quick, and otherwise aside, while the last hour's are served.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.errors import BellwetherError
from sinks.clickhouse.by_signal import Point, strengths
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.merged import survivors
from sinks.clickhouse.tables import SIGNALS

log = logging.getLogger("bellwether.listing")
WEEK: Final = timedelta(days=7)
QUICK: Final = 0.25
_MANY: Final = 300  # signals that are weighed one by one at most
_OMIT: Final = ("mass", "analysis", "sentences", "stories", "families", "embedding_model", "kinds", "lenses")
_LISTED: Final = frozenset({"published", "faded", "dormant"})


@dataclass(frozen=True, slots=True)
class Listing:
    """The listed signals as of the full hour (UTC) of `as_of`, in no order, and the newest commit among them.

    A row has its head's fields and `strength`, `supporting`, `opposing`, `contested`, `strength_as_committed` and
    `trend`: by how much the strength has changed in a week, None for a signal that had no evidence then.
    """

    as_of: datetime
    n: int
    rows: dict[str, Row]


class SignalListing:
    """The listing of one generation. Safe to use from several threads. Raises Retryable or StoreError."""

    def __init__(self, store: Store, generation: str, quick: float = QUICK) -> None:
        """`quick`: seconds that an answer may wait for all strengths."""
        self._store, self._generation, self._quick = store, generation, quick
        self._lock = threading.Lock()
        self._kept: Listing | None = None
        self._seconds = 0.0  # that weighing all took last time
        self._aside: threading.Thread | None = None

    def at(self, now: datetime) -> Listing:
        """Return the listing as of `now`, the ledger's time, or as of the hour before (see above)."""
        with self._lock:
            kept = self._kept
            if kept is None or (_hour(kept.as_of) != _hour(now) and self._seconds <= self._quick):
                return self._take(self._whole(now))
            if _hour(kept.as_of) != _hour(now) and (self._aside is None or not self._aside.is_alive()):
                self._aside = threading.Thread(target=self._weigh_aside, args=(now,), name="listing", daemon=True)
                self._aside.start()
            return self._take(self._fresh(kept, now))

    def _take(self, listing: Listing) -> Listing:
        self._kept = listing
        return listing

    def _weigh_aside(self, now: datetime) -> None:
        try:
            whole = self._whole(now)
        except BellwetherError as error:
            log.warning("the list of signals keeps the strengths of an hour ago: %s", error)
            return
        with self._lock:
            self._take(self._fresh(whole, now))

    def _whole(self, now: datetime) -> Listing:
        began = time.monotonic()
        n, heads = self._heads(0)
        weighed = strengths(self._store, self._generation, (), now, WEEK)
        self._seconds = time.monotonic() - began
        return Listing(now, n, {row["signal_id"]: _weighed(row, weighed) for row in heads if _is_listed(row)})

    def _fresh(self, kept: Listing, now: datetime) -> Listing:
        """Return the listing with what changed since."""
        n, heads = self._heads(kept.n)
        if not heads:
            return kept
        if len(heads) > _MANY and self._seconds <= self._quick:
            return self._whole(now)
        merges = survivors(self._store, self._generation, "signals")
        changed = [row["signal_id"] for row in heads]
        ids = {key for one in changed for key in (one, *merges.absorbed(one))}
        weighed = strengths(self._store, self._generation, ids, max(now, kept.as_of), WEEK)
        rows = dict(kept.rows)
        for row in heads:
            if _is_listed(row):
                rows[row["signal_id"]] = _weighed(row, weighed)
            else:
                rows.pop(row["signal_id"], None)
        return Listing(kept.as_of, n, rows)

    def _heads(self, after: int) -> tuple[int, list[Row]]:
        sql = SIGNALS.select("WHERE generation = {g:String} AND n > {n:UInt64}", final=True, omit=_OMIT)
        rows = self._store.query(sql, {"g": self._generation, "n": after})
        return max((row["n"] for row in rows), default=after), rows


def _is_listed(row: Row) -> bool:
    return row["published_at"] is not None and row["state"] in _LISTED


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3600)


def _weighed(row: Row, weighed: dict[str, tuple[Point | None, Point | None]]) -> Row:
    now, then = weighed.get(row["signal_id"], (None, None))
    supporting, opposing = (now.supporting, now.opposing) if now else (0.0, 0.0)
    strength = now.strength if now else 0.0
    return row | {
        "strength": strength,
        "strength_as_committed": row["strength"],
        "supporting": supporting,
        "opposing": opposing,
        "contested": opposing > supporting,
        "trend": strength - then.strength if then else None,
    }


def sparklines(
    store: Store, generation: str, ids: Collection[str], since: datetime
) -> dict[str, list[tuple[datetime, float]]]:
    """Return of each signal its last strength of each UTC day that had an event, "as then known", oldest first."""
    rows = store.query(
        "SELECT signal_id, toDateTime64(toDate(at), 0, 'UTC') AS day, argMax(strength_after, seq) AS strength "
        "FROM signal_events WHERE generation = {g:String} AND signal_id IN {ids:Array(String)} "
        "AND at >= {since:DateTime64(6, 'UTC')} GROUP BY signal_id, day ORDER BY signal_id, day",
        {"g": generation, "ids": sorted(ids), "since": since},
    )
    found: dict[str, list[tuple[datetime, float]]] = {}
    for row in rows:
        found.setdefault(row["signal_id"], []).append((row["day"], row["strength"]))
    return found
