"""The commands that were given and what became of them, newest first. The watchman's acts are among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.tables import COMMANDS

_OURS: Final = "generation = {g:String}"
_COLUMNS: Final = ", ".join(name for name in COMMANDS.columns if name != "generation")
# A command's row is written again, with a higher number, when it is undone: its own commit says when it was applied.
_LIST: Final = (
    f"SELECT c.*, k.n AS asked_n, k.committed_at AS at FROM (SELECT {_COLUMNS} FROM commands FINAL "  # noqa: S608
    f"WHERE {_OURS} AND ({{c:String}} = '' OR command_id = {{c:String}}) "
    "AND ({s:String} = '' OR signal_id = {s:String} OR has(other_ids, {s:String}))) AS c "
    f"LEFT ANY JOIN (SELECT proposal_id, n, committed_at FROM commits WHERE {_OURS} "
    "AND startsWith(proposal_id, 'c:')) AS k ON k.proposal_id = concat('c:', c.command_id) "
    "ORDER BY if(asked_n = 0, c.n, asked_n) DESC, command_id LIMIT {most:UInt32}"
)


def became_of(store: Store, generation: str, command_id: str) -> tuple[int, str] | None:
    """Return the number of the commit that last wrote the command's record, and why it was refused; None without."""
    sql = f"SELECT n, refused FROM commands FINAL WHERE {_OURS} AND command_id = {{c:String}}"  # noqa: S608
    rows = store.query(sql, {"g": generation, "c": command_id})
    return (int(rows[0]["n"]), str(rows[0]["refused"])) if rows else None


def commands(
    store: Store, generation: str, *, command_id: str = "", signal_id: str = "", limit: int = 200
) -> list[Row]:
    """Return commands, all or one or those that concern a signal.

    Fields of `schemas.ledger.Applied` without `former`, and: `at` (wall clock, UTC, of its commit; None for an act of
    the watchman that was undone), `title` (of the signal today, "" without one), `new_title` (what a rename gave),
    `undone_by` (the command that took it back) and `events` (what it caused, in order of commitment).
    """
    rows = store.query(_LIST, {"g": generation, "c": command_id, "s": signal_id, "most": limit})
    if not rows:
        return []
    ids = sorted({one for row in rows for one in (row["signal_id"], *row["other_ids"]) if one})
    titles = _titles(store, generation, ids)
    undone_by = _undone_by(store, generation, [row["command_id"] for row in rows if row["undone"]])
    caused = _events(store, generation, [f"c:{row['command_id']}" for row in rows], ids)
    unasked = _times(store, generation, [row["n"] for row in rows if not row["asked_n"] and not row["undone"]])
    for row in rows:
        if not row.pop("asked_n"):
            row["at"] = unasked.get(row["n"])
        row["title"] = titles.get(row["signal_id"], "")
        row["undone_by"] = undone_by.get(row["command_id"], "")
        row["events"] = caused.get(f"c:{row['command_id']}", [])
        row["new_title"] = next((one["title"] for one in row["events"] if one["kind"] == "renamed"), "")
    return rows


def _titles(store: Store, generation: str, ids: Sequence[str]) -> dict[str, str]:
    sql = f"SELECT signal_id, title FROM signals FINAL WHERE {_OURS} AND signal_id IN {{ids:Array(String)}}"  # noqa: S608
    return {row["signal_id"]: row["title"] for row in store.query(sql, {"g": generation, "ids": ids})}


def _undone_by(store: Store, generation: str, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    sql = (
        f"SELECT other_ids[1] AS done, argMax(command_id, n) AS undo FROM commands FINAL WHERE {_OURS} "  # noqa: S608
        "AND action = 'undo' AND refused = '' AND other_ids[1] IN {ids:Array(String)} GROUP BY done"
    )
    return {row["done"]: row["undo"] for row in store.query(sql, {"g": generation, "ids": ids})}


def _events(store: Store, generation: str, causes: Sequence[str], ids: Sequence[str]) -> dict[str, list[Row]]:
    """Return by cause the events on these signals; on others (the parts of a part) the pages of those tell."""
    sql = (
        "SELECT cause, signal_id, seq, kind, at, title, strength_before, strength_after, note, by, n, i "  # noqa: S608
        f"FROM signal_events FINAL WHERE {_OURS} AND signal_id IN {{ids:Array(String)}} "
        "AND cause IN {causes:Array(String)} ORDER BY n, i"
    )
    found: dict[str, list[Row]] = {}
    for row in store.query(sql, {"g": generation, "causes": causes, "ids": ids}):
        found.setdefault(row.pop("cause"), []).append(row)
    return found


def _times(store: Store, generation: str, numbers: Sequence[int]) -> dict[int, Any]:
    if not numbers:
        return {}
    sql = f"SELECT n, committed_at FROM commits WHERE {_OURS} AND n IN {{n:Array(UInt64)}}"  # noqa: S608
    return {row["n"]: row["committed_at"] for row in store.query(sql, {"g": generation, "n": numbers})}
