"""Figures that the tables know. All are small questions: one table each, without text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, get_args

from infra.feed_store import StoredFeeds
from infra.metrics.catalogue import BRIEF_TIME, BRIEFS, FEEDS, QUESTIONS_OPEN, SIGNALS
from infra.metrics.sources import Figure
from schemas.topics import LIVE
from schemas.vocabulary import SignalState
from sinks.clickhouse.connect import Store


def store_figures(store: Store, generation: str = LIVE) -> Iterator[Figure]:
    """Yield signals, open questions, feeds and briefs. Raises Retryable, StoreError."""
    asked = {"g": generation}
    found = store.query(
        "SELECT toString(state) AS state, count() AS n FROM signals FINAL WHERE generation = {g:String} GROUP BY state",
        asked,
    )
    by_state = {row["state"]: row["n"] for row in found}
    for state in get_args(SignalState):
        yield Figure(SIGNALS, by_state.get(state, 0), (state,))
    open_ones = "SELECT count() FROM heads FINAL WHERE generation = {g:String} AND kind = 'question' AND NOT closed"
    yield Figure(QUESTIONS_OPEN, int(store.scalar(open_ones, asked) or 0))
    feeds = Counter(
        "unread" if row.last_attempt is None else "ok" if row.ok else "failing"
        for row in StoredFeeds(store).load().values()
    )
    for state in ("ok", "failing", "unread"):
        yield Figure(FEEDS, feeds[state], (state,))
    yield from _briefs(store)


_BRIEFS: Final = """
SELECT said, count() AS n, max(at) AS last FROM (
  SELECT worth_saying AS said, composed_at AS at FROM briefs FINAL ORDER BY date DESC, version DESC LIMIT 1 BY date
) GROUP BY said
"""


def _briefs(store: Store) -> Iterator[Figure]:
    rows = store.query(_BRIEFS)
    said = {bool(row["said"]): row["n"] for row in rows}
    yield Figure(BRIEFS, said.get(True, 0), ("yes",))
    yield Figure(BRIEFS, said.get(False, 0), ("no",))
    if rows:
        yield Figure(BRIEF_TIME, max(row["last"] for row in rows).timestamp())
