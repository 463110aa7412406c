"""What a store holds, in numbers: two stores that say the same hold the same."""

from __future__ import annotations

from typing import Any

from schemas.topics import LIVE
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.transfer import TableShape, data_tables

Row = dict[str, Any]
_EVERY = 10_000_000


def summary(store: Store) -> Row:
    """Return what says whether two stores hold the same.

    `tables`: rows of each (of the newest version); `sums`: a hash over them, whatever their order; `last_commit`;
    `signals`: id to state, title and strength as of the last commit's time.
    """
    counts, sums = {}, {}
    for table in data_tables(store):
        row = store.query(f"SELECT count() AS rows, sumWithOverflow(hash) AS sum FROM ({_hashes(table)})")[0]  # noqa: S608
        counts[table.name], sums[table.name] = int(row["rows"]), f"{int(row['sum'] or 0):016x}"
    at = store.scalar("SELECT argMax(at, n) FROM commits WHERE generation = {g:String}", {"g": LIVE})
    last = ChdbCommitLog(store, LIVE).last()
    rows = Reader(store, LIVE).signals(published_only=False, limit=_EVERY, at=at) if last else []
    strengths = {row["signal_id"]: [row["state"], row["title"], row["strength"]] for row in rows}
    return {"tables": counts, "sums": sums, "last_commit": last, "signals": dict(sorted(strengths.items()))}


def differences(expected: Row, found: Row) -> list[str]:
    """Say in words where two summaries differ, at most ten. A table without rows is as good as none."""
    told = []
    for name in sorted({*expected["tables"], *found["tables"]}):
        there, here = expected["tables"].get(name, 0), found["tables"].get(name, 0)
        if there != here:
            told.append(f"{name}: {there} rows there, {here} here")
        elif there and expected["sums"][name] != found["sums"][name]:
            told.append(f"{name}: its {there} rows are not the same")
    if expected["last_commit"] != found["last_commit"]:
        told.append(f"the last commit: {expected['last_commit']} there, {found['last_commit']} here")
    told += [
        f"signal {name}: {expected['signals'].get(name)} there, {found['signals'].get(name)} here"
        for name in sorted({*expected["signals"], *found["signals"]})
        if expected["signals"].get(name) != found["signals"].get(name)
    ]
    return told[:10]


def _hashes(table: TableShape) -> str:
    columns = ", ".join(f"`{name}`" for name in table.columns)
    if table.name == "commits":  # it keeps every version; a repeat is the same commit
        return f"SELECT DISTINCT cityHash64({columns}) AS hash FROM commits"  # noqa: S608
    return f"SELECT cityHash64({columns}) AS hash FROM {table.name} FINAL"  # noqa: S608
