"""The commit log as a table: processors.ports.CommitLog when embedded, the archive of commits otherwise."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.codec import decode, encode
from schemas.errors import Fenced
from schemas.ledger import Commit
from sinks.clickhouse.connect import Store
from sinks.clickhouse.failures import GapError
from sinks.clickhouse.rows import micros

_COLUMNS: Final = ("generation", "n", "proposal_id", "at", "committed_at", "terms", "body", "proposal")
_PAGE: Final = 500  # commits in one read


class ChdbCommitLog:
    """Durable, ordered commits of one generation. One writer at a time; any number of readers."""

    carries: Final = False  # whoever appends also sends to the commits topic

    def __init__(self, store: Store, generation: str) -> None:
        self.generation = generation
        self._store = store
        self._lock = threading.Lock()
        self._last: int | None = None

    def last(self) -> int:
        """Return the number of the last durable commit, 0 if there is none."""
        with self._lock:
            return self._known_last()

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        """Yield commits with after < n (<= upto) in order, as far as the log goes.

        Raises GapError when one is missing in between, Poison when one cannot be decoded.
        """
        end = self._stored_last() if upto is None else upto
        while after < end:
            page = self._store.query(
                "SELECT n, body FROM commits WHERE generation = {g:String} AND n > {after:UInt64} "
                "AND n <= {upto:UInt64} ORDER BY n LIMIT 1 BY n LIMIT {page:UInt32}",
                {"g": self.generation, "after": after, "upto": end, "page": _PAGE},
                binary=("body",),
            )
            if not page:
                return
            for row in page:
                if row["n"] != after + 1:
                    raise GapError(after + 1, row["n"])
                after = row["n"]
                yield decode(row["body"], Commit)

    def append(self, commits: Sequence[Commit], proposals: Sequence[bytes] = ()) -> None:
        """Make `commits` durable, all or none, before returning. A repeat of stored commits is harmless.

        Raises GapError when a number is missing, Fenced when a stored commit of the same number is another
        one, Retryable when the store fails: then the same call may be made again.

        `proposals`: what each commit was decided on, framed, in the same order; none where they are kept elsewhere.
        """
        kept = proposals or [b""] * len(commits)
        with self._lock:
            last = self._known_last()
            again = [commit for commit in commits if commit.n <= last]
            if again:
                self._must_be_stored(again)
            fresh = commits[len(again) :]
            for expected, commit in enumerate(fresh, start=last + 1):
                if commit.generation != self.generation:
                    raise ValueError(f"commit {commit.n} is of generation {commit.generation}")
                if commit.n != expected:
                    raise GapError(expected, commit.n)
            if fresh:
                self._insert(fresh, kept[len(again) :])

    def _insert(self, commits: Sequence[Commit], proposals: Sequence[bytes]) -> None:
        bodies = [encode(commit) for commit in commits]
        first, last = commits[0].n, commits[-1].n
        digest = hashlib.blake2b(b"".join(bodies), digest_size=12).hexdigest()
        rows = [
            (c.generation, c.n, c.proposal_id, micros(c.at), micros(c.committed_at), list(c.terms), body, proposal)
            for c, body, proposal in zip(commits, bodies, proposals, strict=True)
        ]
        self._last = None  # unknown until the insert is through
        self._store.insert("commits", _COLUMNS, rows, token=f"{self.generation}:{first}:{last}:{digest}")
        self._last = last

    def _must_be_stored(self, commits: Sequence[Commit]) -> None:
        stored = self.read(commits[0].n - 1, commits[-1].n)
        for mine, theirs in zip(commits, stored, strict=True):
            if mine != theirs:
                raise Fenced(
                    f"commit {mine.n} of generation {self.generation} is stored with other content: "
                    "another ledger owns this log"
                )

    def _known_last(self) -> int:
        if self._last is None:
            self._last = self._stored_last()
        return self._last

    def _stored_last(self) -> int:
        sql = "SELECT max(n) FROM commits WHERE generation = {g:String}"
        return int(self._store.scalar(sql, {"g": self.generation}) or 0)
