"""The ledger's state as the projections hold it: processors.ports.Snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from schemas.codec import learn
from schemas.ledger import Applied, ArticleMark, SignalHead, StoryHead
from schemas.proposal import Question
from sinks.clickhouse.batch import HeadKind
from sinks.clickhouse.connect import Store
from sinks.clickhouse.failures import StoreError
from sinks.clickhouse.project import projected

T = TypeVar("T")


class HeadSnapshot:
    """Heads of one generation. Wholly contains every commit up to `position()`, fixed when it is made.

    After a crash a head may be newer than the position; folding the commits after it sets things right,
    because a commit carries whole heads.
    """

    def __init__(self, store: Store, generation: str) -> None:
        self._store = store
        self._generation = generation
        self._position = projected(store, generation)

    def position(self) -> int:
        """Return the number of the last commit that is wholly contained, 0 if there is none."""
        return self._position

    def signals(self) -> Iterator[SignalHead]:
        """Yield every signal's head, in order of id."""
        return self._heads("signal", SignalHead)

    def stories(self) -> Iterator[StoryHead]:
        """Yield every story's head, merged ones too, in order of id."""
        return self._heads("story", StoryHead)

    def marks(self) -> Iterator[ArticleMark]:
        """Yield the mark of every article, in order of id."""
        return self._heads("mark", ArticleMark)

    def questions(self) -> Iterator[Question]:
        """Yield the open questions, in order of id."""
        return self._heads("question", Question)

    def applied(self) -> Iterator[Applied]:
        """Yield what became of every command, in order of id."""
        return self._heads("applied", Applied)

    def document_frequencies(self) -> tuple[int, Mapping[str, int]]:
        """Return how many commits up to the position have terms, and in how many of them each term occurs."""
        among = "FROM (SELECT n, terms FROM commits WHERE generation = {g:String} AND n <= {n:UInt64} LIMIT 1 BY n)"
        params = {"g": self._generation, "n": self._position}
        documents = self._store.scalar(f"SELECT countIf(notEmpty(terms)) {among}", params)
        counted = self._store.stream(
            f"SELECT arrayJoin(terms) AS term, count() AS documents {among} GROUP BY term",
            params,
        )
        return int(documents or 0), {row["term"]: row["documents"] for row in counted}

    def _heads(self, kind: HeadKind, record: type[T]) -> Iterator[T]:
        learn(record)
        decode = msgspec.json.Decoder(record).decode
        rows = self._store.stream(
            "SELECT key, body FROM heads FINAL WHERE generation = {g:String} AND kind = {k:String} "
            "AND NOT closed ORDER BY key",
            {"g": self._generation, "k": kind},
            binary=("body",),
        )
        for row in rows:
            try:
                yield decode(row["body"])
            except msgspec.DecodeError as error:
                raise StoreError(f"the stored {kind} {row['key']} cannot be read: {error}") from error
