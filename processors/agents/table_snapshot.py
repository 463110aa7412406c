"""The ledger's Faust table as its snapshot: heads written through, document frequencies at checkpoints.

Keys: `st:`, `sg:`, `am:`, `qu:`, `ap:` + id for heads; `df:A:<shard>` and `df:B:<shard>` for two sets of document
frequencies, of which `meta` names the finished one and the commit it belongs to. A crash in the middle of a
checkpoint leaves the other set untouched, so folding from there counts no term twice. `meta` is written only when
everything that it claims is known to be stored.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from processors.decisions.state import LedgerState
from schemas.ledger import Applied, ArticleMark, Commit, SignalHead, StoryHead
from schemas.proposal import Question

SHARDS = 64
EVERY = 2_000  # commits between checkpoints
T = TypeVar("T")


class TableSnapshot:
    """Reads and writes the table. Its position is that of the last finished checkpoint; heads may be newer."""

    def __init__(self, table: Any, confirm: Callable[[], None]) -> None:
        """`confirm` returns when everything written so far is stored, and raises when it may not be."""
        self._table, self._confirm = table, confirm
        self._noted: dict[str, Any] = {}  # key -> the head to write, None to remove it
        self._noted_n = 0
        self._checkpoint: dict[str, Any] | None = None  # read once: Faust may restore the table in mid-life

    def note(self, commit: Commit) -> None:
        """Take the heads that a durable commit changed, for the next `write`. Commits come in order."""
        self._noted |= {"st:" + story.story_id: story for story in commit.stories}
        self._noted |= {"sg:" + signal.signal_id: signal for signal in commit.signals}
        self._noted |= {"am:" + mark.article_id: mark for mark in commit.marks}
        self._noted |= {"qu:" + question.question_id: question for question in commit.questions}
        self._noted |= {"ap:" + done.command_id: done for done in commit.applied}
        self._noted |= {"qu:" + question_id: None for question_id in commit.closed_questions}
        self._noted_n = commit.n

    def write(self, state: LedgerState) -> None:
        """Write the noted heads, each key once, and now and then a checkpoint. May wait for the broker."""
        for key, head in self._noted.items():
            if head is not None:
                self._table[key.encode()] = msgspec.msgpack.encode(head)
            else:
                self._table.pop(key.encode(), None)
        self._noted = {}
        if state.n == self._noted_n and state.n - self.position() >= EVERY:
            self._write_checkpoint(state)

    def _write_checkpoint(self, state: LedgerState) -> None:
        used = self._meta().get("set", "B")
        fresh = "A" if used == "B" else "B"
        shards: list[dict[str, int]] = [{} for _ in range(SHARDS)]
        for term, count in state.frequencies.counts.items():
            shards[zlib.crc32(term.encode()) % SHARDS][term] = count
        for number, shard in enumerate(shards):
            self._table[f"df:{fresh}:{number}".encode()] = msgspec.msgpack.encode(shard)
        meta = {"n": state.n, "set": fresh, "documents": state.frequencies.documents}
        self._confirm()
        self._table[b"meta"] = msgspec.json.encode(meta)
        self._checkpoint = meta

    def position(self) -> int:
        """Return the commit of the last finished checkpoint, 0 if there is none."""
        return int(self._meta().get("n", 0))

    def signals(self) -> Iterable[SignalHead]:
        """Yield the stored signals."""
        return self._heads(b"sg:", SignalHead)

    def stories(self) -> Iterable[StoryHead]:
        """Yield the stored stories."""
        return self._heads(b"st:", StoryHead)

    def marks(self) -> Iterable[ArticleMark]:
        """Yield the stored article marks."""
        return self._heads(b"am:", ArticleMark)

    def questions(self) -> Iterable[Question]:
        """Yield the stored open questions."""
        return self._heads(b"qu:", Question)

    def applied(self) -> Iterable[Applied]:
        """Yield what became of every command."""
        return self._heads(b"ap:", Applied)

    def document_frequencies(self) -> tuple[int, Mapping[str, int]]:
        """Return the counts of the last finished checkpoint."""
        meta = self._meta()
        counts: dict[str, int] = {}
        for number in range(SHARDS):
            shard = self._table.get(f"df:{meta.get('set')}:{number}".encode())
            if shard:
                counts |= msgspec.msgpack.decode(shard, type=dict[str, int])
        return int(meta.get("documents", 0)), counts

    def _meta(self) -> dict[str, Any]:
        if self._checkpoint is None:
            raw = self._table.get(b"meta")
            self._checkpoint = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
        return self._checkpoint

    def _heads(self, prefix: bytes, record: type[T]) -> Iterator[T]:
        for key, value in self._table.items():
            if key.startswith(prefix):
                yield msgspec.msgpack.decode(value, type=record)
