"""Removes the words of articles from every table, in place. Ids, numbers and order stay: commits fold as they did.

Every step may be repeated; a process that died in between is followed by one that does the rest.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import msgspec

from schemas.codec import decode, encode
from schemas.ledger import Commit
from schemas.proposal import Proposal
from schemas.takedown import TAKEN
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.rows import micros
from sinks.redaction import Taken

_NOW: Final = "SETTINGS mutations_sync = 2"
_SQL: Final = 150_000  # characters of one statement; the server reads 256 KiB
_PAGE: Final = 200
# Where words of an article may stand outside its own rows: table to (what names the row's signal, columns).
_WORDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "signals": ("signal_id", ("title", "scope", "analysis", "mechanism")),
    "stories": ("signal_id", ("title", "mechanism")),
    "signal_events": ("signal_id", ("title", "scope", "analysis", "note")),
    "commands": ("''", ("former_title", "reason")),
    "alerts": ("signal_id", ("title", "quote", "anchor", "claim")),
    "briefs": ("''", ("headline", "markdown", "html")),
    "stated": ("''", ("title",)),
    "outcomes": ("''", ("reason",)),
}
_JSON: Final = {"heads": "body", "briefs": "body", "stated": "body"}
_OWN_ROWS: Final = ("evidence", "evidence_by_signal")


def taken_from(store: Store, article_ids: Sequence[str]) -> Taken:
    """Return what these articles said and what was said of them, as the tables have it."""
    ids = {"ids": list(article_ids)}
    articles = store.query("SELECT title, text, note FROM articles WHERE article_id IN {ids:Array(String)}", ids)
    own = store.query(
        "SELECT evidence_id, signal_id, quote, anchor, claim, reasoning, mechanism, article_title FROM evidence "
        "WHERE article_id IN {ids:Array(String)}",
        ids,
    )
    staying = store.query(
        "SELECT claim, quote FROM evidence FINAL WHERE article_id NOT IN {ids:Array(String)} AND status = 'accepted' "
        "AND signal_id IN {signals:Array(String)} AND signal_id != ''",
        ids | {"signals": sorted({row["signal_id"] for row in own})},
    )
    return Taken.of(
        article_ids,
        {row["evidence_id"] for row in own},
        [text for row in articles for text in (row["text"], row["note"])],
        [row["title"] for row in articles]
        + [row[name] for row in own for name in ("quote", "claim", "reasoning", "mechanism", "article_title")],
        [text for row in staying for text in (row["claim"], row["quote"])],
    )


class Eraser:
    """Erases from one store. Nobody may write commits of these articles meanwhile."""

    def __init__(self, store: Store, taken: Taken) -> None:
        self._store, self._taken = store, taken
        self._articles = _list(sorted(taken.articles))
        self.title_of = cache(self._title_of)

    def erase(self) -> dict[str, int]:
        """Erase everywhere; return how many commits were rewritten and dead letters removed."""
        counts = {"commits": self._commits(), "dead_letters": self._dead_letters()}
        for table, column in _JSON.items():
            self._replace(table, column, self._changed_json(table, column))
        for table, (signal, columns) in _WORDS.items():
            for column in columns:
                self._replace(table, column, self._changed_words(table, signal, column))
        self._own_rows()
        return counts

    def _title_of(self, signal_id: str) -> str:
        """Return what a signal says without these articles: the weightiest claim that still stands."""
        row = self._store.query(
            "SELECT claim FROM evidence FINAL WHERE signal_id = {s:String} AND status = 'accepted' "
            "AND article_id NOT IN {ids:Array(String)} ORDER BY micro DESC, evidence_id LIMIT 1",
            {"s": signal_id, "ids": sorted(self._taken.articles)},
        )
        claim = row[0]["claim"] if signal_id and row else TAKEN
        return claim if len(claim) <= 110 else claim[:109].rstrip() + "…"

    def _commits(self) -> int:
        """Write each commit that has such words anew, then delete it as it was."""
        count = 0
        for page in self._pages():
            fresh, stale = [], []
            for row in page:
                body = self._redacted(row["body"], Commit)
                kept = row["proposal"] and self._redacted(row["proposal"], Proposal) is None
                if body is None and (kept or not row["proposal"]):
                    continue
                # A proposal that lost words cannot be replayed any more: the ledger checks quotes against offsets.
                fresh.append(_commit_row(row, body or row["body"], row["proposal"] if kept else b""))
                stale.append((row["generation"], row["n"], row["hash"]))
            if not fresh:
                continue
            columns = ("generation", "n", "proposal_id", "at", "committed_at", "terms", "body", "proposal")
            self._store.insert("commits", columns, fresh, token=f"takedown:{secrets.token_hex(12)}")
            listed = ", ".join(f"({_quoted(g)}, {n}, {h})" for g, n, h in stale)
            self._store.command(
                f"ALTER TABLE commits DELETE WHERE (generation, n, cityHash64(body, proposal)) IN ({listed}) {_NOW}"
            )
            count += len(fresh)
        return count

    def _pages(self) -> Iterator[list[Row]]:
        generation, n = "", 0
        while page := self._store.query(
            "SELECT generation, n, proposal_id, at, committed_at, terms, body, proposal, "
            "cityHash64(body, proposal) AS hash FROM commits "
            "WHERE (generation, n) > ({g:String}, {n:UInt64}) ORDER BY generation, n LIMIT {page:UInt32} WITH TIES",
            {"g": generation, "n": n, "page": _PAGE},
            binary=("body", "proposal"),
        ):
            yield page
            generation, n = page[-1]["generation"], page[-1]["n"]

    def _redacted(self, body: bytes, record: type[Commit | Proposal]) -> bytes | None:
        """Return the body without the words; None where it has none."""
        before = decode(body, record)
        plain = msgspec.to_builtins(before, builtin_types=(bytes, datetime))
        after = msgspec.convert(
            self._taken.redacted(plain, self.title_of), type=record, builtin_types=(bytes, datetime)
        )
        # What stays as it is must not be written again: it would be deleted with its twin.
        return None if after == before or (fresh := encode(after)) == body else fresh

    def _dead_letters(self) -> int:
        ids = {"ids": sorted(self._taken.articles)}
        about = "key IN {ids:Array(String)} OR multiSearchAny(value, {ids:Array(String)})"
        count = int(self._store.scalar(f"SELECT count() FROM dead_letters WHERE {about}", ids) or 0)  # noqa: S608
        if count:
            about = f"key IN {self._articles} OR multiSearchAny(value, {self._articles})"
            self._store.command(f"ALTER TABLE dead_letters DELETE WHERE {about} {_NOW}")
        return count

    def _changed_json(self, table: str, column: str) -> Iterator[tuple[str, str, str]]:
        for row in self._store.stream(f"SELECT DISTINCT {column} AS text FROM {table} WHERE {column} != ''"):  # noqa: S608
            before = msgspec.json.decode(row["text"])
            after = self._taken.redacted(before, self.title_of)
            if after != before:
                yield "", row["text"], msgspec.json.encode(after).decode()

    def _changed_words(self, table: str, signal: str, column: str) -> Iterator[tuple[str, str, str]]:
        sql = f"SELECT DISTINCT {signal} AS signal, {column} AS text FROM {table} WHERE {column} != ''"  # noqa: S608
        for row in self._store.stream(sql):
            record = {"signal_id": row["signal"], column: row["text"]}
            after = self._taken.redacted(record, self.title_of)[column]
            if after != row["text"]:
                yield row["signal"], row["text"], after

    def _replace(self, table: str, column: str, changed: Iterable[tuple[str, str, str]]) -> None:
        signal = _WORDS.get(table, ("''", ()))[0] if table not in _JSON or column != _JSON[table] else "''"
        for some in _bundles(list(changed)):
            keys = _list([f"{key}\x1f{old}" for key, old, _ in some])
            news = _list([new for _, _, new in some])
            key = f"concat({signal}, '\\x1f', {column})"
            self._store.command(
                f"ALTER TABLE {table} UPDATE {column} = transform({key}, {keys}, {news}, {column}) "
                f"WHERE {column} IN {_list([old for _, old, _ in some])} {_NOW}"
            )

    def _own_rows(self) -> None:
        ours = f"article_id IN {self._articles}"
        mark = _quoted(TAKEN)
        told = ", ".join(f"{name} = if({name} = '', '', {mark})" for name in ("quote", "anchor", "claim"))
        self._store.command(f"ALTER TABLE signal_events UPDATE {told} WHERE {ours} {_NOW}")
        self._store.command(
            "ALTER TABLE signals UPDATE sentences = [] WHERE arrayExists(s -> hasAny(s.2, "
            f"{_list(sorted(self._taken.evidence))}), sentences) {_NOW}"
        )
        self._store.command(
            f"ALTER TABLE embeddings DELETE WHERE evidence_id IN {_list(sorted(self._taken.evidence))} {_NOW}"
        )
        # Last what tells which words are to go, should this be done again.
        for table in _OWN_ROWS:
            self._store.command(
                f"ALTER TABLE {table} UPDATE quote = {mark}, anchor = {mark}, claim = {mark}, reasoning = '', "
                f"mechanism = '', article_title = '' WHERE {ours} {_NOW}"
            )
        self._store.command(
            f"ALTER TABLE articles UPDATE title = '', text = '', note = '', imported = [] WHERE {ours} {_NOW}"
        )


def _commit_row(row: Row, body: bytes, proposal: bytes) -> tuple[Any, ...]:
    return (
        row["generation"], row["n"], row["proposal_id"], micros(row["at"]), micros(row["committed_at"]),
        list(row["terms"]), body, proposal,
    )  # fmt: skip


def _bundles(changed: list[tuple[str, str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    some: list[tuple[str, str, str]] = []
    size = 0
    for one in changed:
        weight = 2 * len(one[1]) + len(one[2]) + 100
        if some and size + weight > _SQL:
            yield some
            some, size = [], 0
        some.append(one)
        size += weight
    if some:
        yield some


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_quoted, texts)) + "]" if texts else "CAST([], 'Array(String)')"
