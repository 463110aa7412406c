"""What lead times are computed from: each signal's events and the dates of its articles, as the tables have them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from sinks.clickhouse.connect import Store
from sinks.clickhouse.merged import survivors

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def signals_opened(
    store: Store, generation: str, start: datetime | None, end: datetime | None, signal_id: str = ""
) -> list[dict[str, Any]]:
    """Return signal_id, title, state of the published signals that stand by themselves today and whose first event
    lies in [start, end); or of `signal_id` alone, whatever it is. In order of id."""
    if signal_id:
        which = "signal_id = {s:String}"
    else:
        which = "published_at IS NOT NULL AND state NOT IN ('merged', 'split', 'dismissed')"
        which += (
            " AND signal_id IN (SELECT signal_id FROM signal_events WHERE generation = {g:String} AND seq = 1 "
            "AND at >= {a:DateTime64(6, 'UTC')} AND at < {b:DateTime64(6, 'UTC')})"
        )
    return store.query(
        f"SELECT signal_id, title, state FROM signals FINAL WHERE generation = {{g:String}} AND {which} "  # noqa: S608
        "ORDER BY signal_id",
        _params(generation, start, end) | {"s": signal_id},
    )


def steps_of(
    store: Store, generation: str, signal_ids: list[str], end: datetime | None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield (signal id, its events before `end` by seq: kind, at, strength_after)."""
    rows = store.query(
        "SELECT signal_id, kind, at, strength_after FROM signal_events FINAL WHERE generation = {g:String} "
        "AND signal_id IN {ids:Array(String)} AND at < {b:DateTime64(6, 'UTC')} ORDER BY signal_id, seq",
        _params(generation, None, end) | {"ids": signal_ids},
    )
    for signal_id, events in groupby(rows, key=lambda row: str(row["signal_id"])):
        yield signal_id, list(events)


def articles_of(
    store: Store, generation: str, signal_ids: list[str], end: datetime | None
) -> dict[str, list[dict[str, Any]]]:
    """Return by signal the articles with accepted evidence that were published before `end`: article_id, family, at.

    A signal has those of all that it took over.
    """
    merges = survivors(store, generation, "signals")
    members = {each: key for key in signal_ids for each in (key, *merges.absorbed(key))}
    rows = store.query(
        "SELECT signal_id, article_id, any(family) AS family, min(published_at) AS at FROM evidence_by_signal FINAL "
        "WHERE generation = {g:String} AND signal_id IN {ids:Array(String)} AND status = 'accepted' "
        "GROUP BY signal_id, article_id HAVING at < {b:DateTime64(6, 'UTC')} ORDER BY signal_id, article_id",
        _params(generation, None, end) | {"ids": sorted(members)},
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(members[row["signal_id"]], []).append(row)
    return found


def _params(generation: str, start: datetime | None, end: datetime | None) -> dict[str, Any]:
    return {"g": generation, "a": start or _EARLIEST, "b": end or _LATEST}
