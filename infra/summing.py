"""What a store holds, in numbers: two stores that say the same hold the same."""

from __future__ import annotations

from typing import Any

from schemas.topics import LIVE
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.transfer import data_tables

Row = dict[str, Any]
_EVERY = 10_000_000


def summary(store: Store) -> Row:
    """Return the rows of each table (of the newest version), the last commit, and every signal's state and strength."""
    counts = {}
    for table in data_tables(store):
        counted = (
            "uniqExact(generation, n) FROM commits" if table.name == "commits" else f"count() FROM {table.name} FINAL"
        )
        counts[table.name] = int(store.scalar(f"SELECT {counted}") or 0)
    at = store.scalar("SELECT argMax(at, n) FROM commits WHERE generation = {g:String}", {"g": LIVE})
    last = ChdbCommitLog(store, LIVE).last()
    rows = Reader(store, LIVE).signals(published_only=False, limit=_EVERY, at=at) if last else []
    strengths = {row["signal_id"]: [row["state"], row["title"], row["strength"]] for row in rows}
    return {"tables": counts, "last_commit": last, "signals": dict(sorted(strengths.items()))}


def differences(expected: Row, found: Row) -> list[str]:
    """Say in words where two summaries differ, at most ten."""
    told = [
        f"{name}: {expected['tables'].get(name, 0)} rows there, {found['tables'].get(name, 0)} here"
        for name in sorted({*expected["tables"], *found["tables"]})
        if expected["tables"].get(name, 0) != found["tables"].get(name, 0)
    ]
    if expected["last_commit"] != found["last_commit"]:
        told.append(f"the last commit: {expected['last_commit']} there, {found['last_commit']} here")
    told += [
        f"signal {name}: {expected['signals'].get(name)} there, {found['signals'].get(name)} here"
        for name in sorted({*expected["signals"], *found["signals"]})
        if expected["signals"].get(name) != found["signals"].get(name)
    ]
    return told[:10]
