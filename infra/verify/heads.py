"""The third look of `verify`: what the folded state says of stories, signals, commands, marks and questions, against
the tables that people read and the heads that the ledger's next start reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from infra.verify.difference import ABSENT, Differences, columns, plain
from processors.decisions.state import LedgerState
from schemas.codec import learn
from schemas.ledger import Applied, ArticleMark, SignalHead, StoryHead, with_counts
from schemas.proposal import Question
from sinks.clickhouse.connect import Store
from sinks.clickhouse.rows import Rows
from sinks.clickhouse.tables import COMMANDS, SIGNALS, STORIES

_RECORDS: Final[Mapping[str, type]] = {
    "story": StoryHead, "signal": SignalHead, "mark": ArticleMark, "applied": Applied, "question": Question,
}  # fmt: skip


def check_heads(store: Store, generation: str, state: LedgerState, differences: Differences) -> None:
    """Compare everything that the state holds whole."""
    _table(store, generation, STORIES, "story_id", state.stories, state.n, differences)
    _table(store, generation, SIGNALS, "signal_id", state.signals, state.n, differences)
    _table(store, generation, COMMANDS, "command_id", state.applied, state.n, differences)
    held: dict[str, Mapping[str, Any]] = {
        "story": state.stories, "signal": state.signals, "mark": state.marks, "applied": state.applied,
        "question": state.questions,
    }  # fmt: skip
    for kind, heads in held.items():
        _heads(store, generation, kind, heads, state.n, differences)


def _table(
    store: Store, generation: str, rows: Rows[Any], key: str, heads: Mapping[str, Any], n: int, differences: Differences
) -> None:
    seen: set[str] = set()
    sql = rows.select("WHERE generation = {g:String}", final=True)
    for row in store.stream(sql, {"g": generation}, binary=rows.binary):
        name = row[key]
        seen.add(name)
        head = heads.get(name)
        if head is None or row["n"] > n:  # nobody's, which the keys tell, or moved on meanwhile
            continue
        data = rows.data([head], generation=generation)
        expected = {column: plain(values[0]) for column, values in zip(rows.columns, data, strict=True)}
        differences.compare(rows.table, name, expected, columns(rows.columns, row))
    for name in heads.keys() - seen:
        differences.add(rows.table, name, "row", f"of commit {heads[name].n}", ABSENT)


def _heads(
    store: Store, generation: str, kind: str, heads: Mapping[str, Any], n: int, differences: Differences
) -> None:
    learn(_RECORDS[kind])
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(_RECORDS[kind]).decode
    seen: set[str] = set()
    sql = "SELECT key, n, closed, body FROM heads FINAL WHERE generation = {g:String} AND kind = {k:String}"
    for row in store.stream(sql, {"g": generation, "k": kind}, binary=("body",)):
        name, key = row["key"], f"{kind} {row['key']}"
        seen.add(name)
        head = heads.get(name)
        if row["n"] > n or (head is None and row["closed"]):
            continue
        if head is None or row["closed"]:
            told = ABSENT if head is None else "open", "closed" if row["closed"] else f"a head of commit {row['n']}"
            differences.add("heads", key, "row", *told)
            continue
        try:
            found = decode(row["body"])
        except (msgspec.DecodeError, ValueError) as error:
            differences.add("heads", key, "body", "a head", str(error))
            continue
        found = with_counts(found) if isinstance(found, SignalHead) else found
        differences.compare("heads", key, head, found)
    for name in heads.keys() - seen:
        differences.add("heads", f"{kind} {name}", "row", "a head", ABSENT)
