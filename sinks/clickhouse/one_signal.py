"""Everything that is kept about one signal, as a plain row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

from sinks.clickhouse.by_signal import counts_of, evidence_of, history
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.merged import Survivors, survivors
from sinks.clickhouse.tables import EVENTS, SIGNALS, STORIES

CURVE_DAYS: Final = 180
_OURS: Final = "WHERE generation = {g:String}"


def one_signal(store: Store, generation: str, signal_id: str, at: datetime, *, most: int | None) -> Row | None:
    """Return the signal that `signal_id` names today, or None when there is none.

    Its head's fields, with `strength`, `supporting`, `opposing` and `contested` as of `at` (the head's own strength, as
    then known, is `strength_as_committed`), and: `why` (the voices of the families then, by stance), `curve` (its
    strength over up to 180 days, see by_signal.Point), `events` (by seq), `evidence` (all rows, newest article
    first, of merged signals too), `counts` (see by_signal.counts_of) and `story_rows`. With `most` only the newest
    events, and evidence of the newest articles; `counts` and `seq` tell how many there are.
    """
    merges = survivors(store, generation, "signals")
    key = merges.one(signal_id)
    params: dict[str, Any] = {"g": generation, "id": key}
    heads = store.query(SIGNALS.select(f"{_OURS} AND signal_id = {{id:String}}", final=True, omit=("mass",)), params)
    if not heads:
        return None
    head = heads[0]
    ids = [key, *merges.absorbed(key)]
    days = min(CURVE_DAYS, max(1, (at - head["opened_at"]).days + 1))
    counts, stories = counts_of(store, generation, ids), survivors(store, generation, "stories")
    merged = {key: stories.one(key) for key in counts["families"] if stories.one(key) != key}
    named = {cite for sentence in head["sentences"] for cite in sentence["cites"]} | {head["top_evidence_id"]}
    bounded = most if most is not None and counts["all_articles"] > most else None  # the bound itself costs a look
    with ThreadPoolExecutor(1) as aside:  # the longest question, beside the others
        asked = aside.submit(history, store, generation, ids, at, days, merged)
        evidence = evidence_of(store, generation, ids, most=bounded, named=named)
        events = _events(store, params, most)
        past = asked.result()
    last = past.last
    supporting, opposing = (last.supporting, last.opposing) if last else (0.0, 0.0)
    for row in evidence:
        row.update(signal_id=key, story_id=stories.one(row["story_id"]))
    families = _by_story(counts.pop("families"), stories)
    story_ids = stories.all([*head["stories"], *(row["story_id"] for row in evidence if row["story_id"])])
    told = store.query(
        STORIES.select(f"{_OURS} AND story_id IN {{ids:Array(String)}} ORDER BY opened_at, story_id", final=True),
        {**params, "ids": story_ids},
    )
    return head | {
        "strength": last.strength if last else 0.0,
        "strength_as_committed": head["strength"],
        "supporting": supporting,
        "opposing": opposing,
        "contested": opposing > supporting,
        "why": past.voices,
        "curve": past.points,
        "stories": story_ids,
        "events": events,
        "evidence": evidence,
        "counts": counts,
        "story_rows": [row | {"families": families.get(row["story_id"], {})} for row in told],
    }


def _events(store: Store, params: Mapping[str, Any], most: int | None) -> list[Row]:
    newest = "" if most is None else "LIMIT {most:UInt32}"
    sql = EVENTS.select(f"{_OURS} AND signal_id = {{id:String}} ORDER BY seq DESC {newest}", final=True)
    return store.query(sql, {**params, "most": most or 0})[::-1]


def _by_story(families: Mapping[str, Mapping[str, int]], stories: Survivors) -> dict[str, dict[str, int]]:
    """Return of each story all its publisher families with their articles; its head names only some."""
    told: dict[str, Counter[str]] = {}
    for story_id, articles in families.items():
        told.setdefault(stories.one(story_id), Counter()).update(articles)
    return {story_id: dict(sorted(counts.items())) for story_id, counts in told.items()}
