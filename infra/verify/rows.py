"""The second look of `verify`: the rows that commits carry whole (events, evidence, outcomes, vectors), by pages.

A row that the table has from a commit after the last one looked at is left out: it has moved on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from infra.verify.difference import ABSENT, Differences, columns, plain
from infra.verify.folding import Folding
from schemas.evidence import EvidenceRow
from schemas.ledger import Commit
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.rows import Rows
from sinks.clickhouse.tables import EMBEDDINGS, EVENTS, EVIDENCE, OUTCOMES

_AT_ONCE: Final = 1000  # ids in one statement
# What a takedown takes out of rows of the article itself; commits and rows say it in different words.
_WORDS: Final = frozenset({"quote", "anchor", "claim", "reasoning", "mechanism", "article_title", "reason", "note"})
Expected = Mapping[str, dict[str, Any]]  # key → columns


class RowCheck:
    """Compares the rows of commits with the tables. `upto`: the last commit that was folded."""

    def __init__(
        self, store: Store, generation: str, folding: Folding, differences: Differences, taken: frozenset[str]
    ) -> None:
        """`taken`: articles that were taken down."""
        self._store, self._generation, self._folding, self._differences = store, generation, folding, differences
        self._taken = taken

    def page(self, commits: Sequence[Commit]) -> None:
        """Compare what these commits wrote, as far as no later one replaced it."""
        if not commits:
            return
        self._events(commits)
        self._evidence(commits)
        self._outcomes(commits)
        self._embeddings(commits)

    def strangers(self) -> None:
        """Find rows that no commit wrote."""
        known = self._folding
        for table, key, there in (
            ("evidence", "evidence_id", known.evidence_at), ("outcomes", "article_id", known.outcomes_at),
            ("stories", "story_id", known.state.stories), ("signals", "signal_id", known.state.signals),
            ("commands", "command_id", known.state.applied),
        ):  # fmt: skip
            for row in self._keys(table, key):
                if row["key"] not in there:
                    self._differences.add(table, row["key"], "row", ABSENT, f"a row of commit {row['n']}")
        for row in self._keys("signal_events", "signal_id", "seq"):
            head = known.state.signals.get(row["key"])
            if head is None or not 1 <= row["seq"] <= head.seq:
                name = f"{row['key']} #{row['seq']}"
                self._differences.add("signal_events", name, "row", ABSENT, f"a row of commit {row['n']}")

    def _keys(self, table: str, key: str, *more: str) -> Iterator[Row]:
        named = ", ".join((f"{key} AS key", "n", *more))
        return self._store.stream(
            f"SELECT {named} FROM {table} FINAL WHERE generation = {{g:String}} AND n <= {{n:UInt64}}",  # noqa: S608
            {"g": self._generation, "n": self._folding.state.n},
        )

    def _events(self, commits: Sequence[Commit]) -> None:
        events = [(event, commit.n, i) for commit in commits for i, event in enumerate(commit.events)]
        expected = _expected(
            EVENTS, [event for event, _, _ in events], [f"{event.signal_id} #{event.seq}" for event, _, _ in events],
            n=[n for _, n, _ in events], i=[i for _, _, i in events],
        )  # fmt: skip
        rows = self._rows(EVENTS, "signal_id", sorted({event.signal_id for event, _, _ in events}),
                          "AND n >= {a:UInt64} AND n <= {b:UInt64}", a=commits[0].n, b=commits[-1].n)  # fmt: skip
        found = {f"{row['signal_id']} #{row['seq']}": row for row in rows}
        taken = {f"{event.signal_id} #{event.seq}" for event, _, _ in events if event.article_id in self._taken}
        self._compare("signal_events", EVENTS, expected, found, taken)

    def _evidence(self, commits: Sequence[Commit]) -> None:
        written: dict[str, tuple[EvidenceRow, int]] = {}
        for commit in commits:
            for row in commit.evidence:
                if self._folding.evidence_at.get(row.evidence_id) == commit.n:
                    written[row.evidence_id] = (row, commit.n)
        for key in written.keys() & self._folding.changes.keys():
            change, n = self._folding.changes[key]
            changed = {name: getattr(change, name) for name in change.__dataclass_fields__ if name != "evidence_id"}
            written[key] = (replace(written[key][0], **changed), n)
        records = [row for row, _ in written.values()]
        expected = _expected(
            EVIDENCE, records, list(written), generation=self._generation, n=[n for _, n in written.values()]
        )
        taken = {row.evidence_id for row in records if row.article_id in self._taken}
        found = {row["evidence_id"]: row for row in self._rows(EVIDENCE, "evidence_id", list(written))}
        self._compare("evidence", EVIDENCE, expected, found, taken)

    def _outcomes(self, commits: Sequence[Commit]) -> None:
        last = {
            outcome.article_id: (outcome, commit.n)
            for commit in commits
            for outcome in commit.outcomes
            if self._folding.outcomes_at.get(outcome.article_id) == commit.n
        }
        expected = _expected(
            OUTCOMES, [outcome for outcome, _ in last.values()], list(last),
            generation=self._generation, n=[n for _, n in last.values()],
        )  # fmt: skip
        found = {row["article_id"]: row for row in self._rows(OUTCOMES, "article_id", list(last))}
        self._compare("outcomes", OUTCOMES, expected, found, self._taken & last.keys())

    def _embeddings(self, commits: Sequence[Commit]) -> None:
        last = {
            f"{each.evidence_id} {each.model}": (each, commit.n)
            for commit in commits
            for each in commit.embeddings
            if self._folding.embeddings_at.get((each.evidence_id, each.model)) == commit.n
        }
        records = [each for each, _ in last.values()]
        expected = _expected(
            EMBEDDINGS, records, list(last), generation=self._generation, n=[n for _, n in last.values()]
        )
        rows = self._rows(EMBEDDINGS, "evidence_id", [each.evidence_id for each in records])
        found = {f"{row['evidence_id']} {row['model']}": row for row in rows}
        gone = {key for key, (each, _) in last.items() if not any(each.vector)} - found.keys()
        self._compare("embeddings", EMBEDDINGS, {k: v for k, v in expected.items() if k not in gone}, found, set())

    def _rows(self, rows: Rows[Any], key: str, ids: Sequence[str], more: str = "", **params: Any) -> Iterator[Row]:
        for start in range(0, len(ids), _AT_ONCE):
            yield from self._store.query(
                rows.select(f"WHERE generation = {{g:String}} AND {key} IN {{ids:Array(String)}} {more}", final=True),
                {"g": self._generation, "ids": ids[start : start + _AT_ONCE], **params},
                binary=rows.binary,
            )

    def _compare(
        self, kind: str, rows: Rows[Any], expected: Expected, found: Mapping[str, Row], taken: set[str] | frozenset[str]
    ) -> None:
        for key, one in expected.items():
            row = found.get(key)
            if row is None:
                self._differences.add(kind, key, "row", f"of commit {one['n']}", ABSENT)
            elif row["n"] <= self._folding.state.n:
                names = [name for name in rows.columns if key not in taken or name not in _WORDS]
                self._differences.compare(kind, key, {name: one[name] for name in names}, columns(names, row))


def _expected(rows: Rows[Any], records: Sequence[Any], keys: Sequence[str], **extra: Any) -> Expected:
    """Return the columns that these records are written as, by key."""
    data = rows.data(records, **extra)
    return {
        key: {name: plain(values[i]) for name, values in zip(rows.columns, data, strict=True)}
        for i, key in enumerate(keys)
    }
