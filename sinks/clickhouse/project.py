"""Folds commits into the tables that people, pages and the ledger's next start read.

Safe to repeat: every row carries its commit's number as version, so a second writing changes nothing, and
the position is written last. One insert per table and batch.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from schemas.ledger import Commit, with_counts
from sinks.clickhouse.batch import Batch, Head, Versioned, collect
from sinks.clickhouse.connect import Store
from sinks.clickhouse.failures import GapError
from sinks.clickhouse.rows import micros
from sinks.clickhouse.standing import standing_evidence
from sinks.clickhouse.tables import BY_SIGNAL, COMMANDS, EMBEDDINGS, EVENTS, EVIDENCE, OUTCOMES, SIGNALS, STORIES

_log = logging.getLogger("bellwether.sinks")
TARGET: Final = "tables"
_HEADS: Final = ("generation", "kind", "key", "n", "closed", "body")
_PROJECTED: Final = ("generation", "target", "n", "at", "projected_at")


def projected(store: Store, generation: str) -> int:
    """Return the number of the last commit that is wholly in the tables, 0 if there is none."""
    sql = "SELECT max(n) FROM projected WHERE generation = {g:String} AND target = {p:String}"
    return int(store.scalar(sql, {"g": generation, "p": TARGET}) or 0)


class Projector:
    """Writes one generation's projections. One per generation; safe to call from several threads."""

    def __init__(self, store: Store, generation: str) -> None:
        self.generation = generation
        self._store = store
        self._lock = threading.Lock()
        self._position: int | None = None

    def position(self) -> int:
        """Return the number of the last commit that is wholly in the tables."""
        position = self._position
        if position is None:
            position = self._position = projected(self._store, self.generation)
        return position

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Keep the tables as they are while somebody copies them; commits wait in their log."""
        with self._lock:
            yield

    def apply(self, commits: Sequence[Commit]) -> None:
        """Write the commits after `position()`; others are ignored.

        Raises GapError, before anything is written, when one is missing in between; Retryable or StoreError
        when the store fails, and then the same call may be made again.
        """
        with self._lock:
            fresh = self._fresh(commits)
            if not fresh:
                return
            wanted = {change.evidence_id for commit in fresh for change in commit.changes}
            standing = standing_evidence(self._store, self.generation, wanted)
            batch = collect(fresh, standing)
            if batch.unknown:
                _log.warning("changes of evidence that was never committed: %s", ", ".join(batch.unknown))
            self._write(batch, standing)
            last = fresh[-1]
            row = (self.generation, TARGET, last.n, micros(last.at), micros(datetime.now(UTC)))
            self._store.insert("projected", _PROJECTED, [row])
            self._position = last.n

    def _fresh(self, commits: Sequence[Commit]) -> list[Commit]:
        expected = self.position() + 1
        fresh = []
        for commit in commits:
            if commit.generation != self.generation or commit.n < expected:
                continue
            if commit.n > expected:
                raise GapError(expected, commit.n)
            fresh.append(commit)
            expected += 1
        return fresh

    def _write(self, batch: Batch, standing: Mapping[str, Versioned]) -> None:
        insert, generation = self._store.insert_columns, self.generation
        rows, versions = batch.evidence_rows()
        left, at = batch.left_behind(standing)
        gone = [0] * len(rows) + [1] * len(left)
        # Before the evidence itself: what stands there says who was left, also when this is done twice.
        insert(
            BY_SIGNAL.table,
            BY_SIGNAL.columns,
            BY_SIGNAL.data([*rows, *left], generation=generation, n=[*versions, *at], gone=gone),
        )
        insert(EVIDENCE.table, EVIDENCE.columns, EVIDENCE.data(rows, generation=generation, n=versions))
        if batch.embeddings:
            vectors, numbers = [list(part) for part in zip(*batch.embeddings.values(), strict=True)]
            insert(EMBEDDINGS.table, EMBEDDINGS.columns, EMBEDDINGS.data(vectors, generation=generation, n=numbers))
        insert(EVENTS.table, EVENTS.columns, EVENTS.data(batch.events, n=batch.event_n, i=batch.event_i))
        outcomes = [outcome for outcome, _ in batch.outcomes.values()]
        settled = [n for _, n in batch.outcomes.values()]
        insert(OUTCOMES.table, OUTCOMES.columns, OUTCOMES.data(outcomes, generation=generation, n=settled))
        stories, signals = list(batch.stories.values()), [with_counts(head) for head in batch.signals.values()]
        insert(STORIES.table, STORIES.columns, STORIES.data(stories, generation=generation))
        insert(SIGNALS.table, SIGNALS.columns, SIGNALS.data(signals, generation=generation))
        if batch.applied:
            applied = list(batch.applied.values())
            insert(COMMANDS.table, COMMANDS.columns, COMMANDS.data(applied, generation=generation))
        self._store.insert("heads", _HEADS, [self._head(head) for head in batch.heads()])

    def _head(self, head: Head) -> tuple[object, ...]:
        return (self.generation, head.kind, head.key, head.n, head.closed, head.body)
