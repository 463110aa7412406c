"""The handler that keeps projections up with the commits topic, whatever the broker lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from schemas.errors import Retryable
from schemas.ledger import Commit
from sinks.clickhouse.failures import GapError
from sinks.clickhouse.project import Projector

_PAGE: Final = 500  # commits written at a time


class CommitReader(Protocol):
    """The durable log to fill gaps from; processors.ports.CommitLog fits."""

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        """Yield commits with after < n (<= upto) in order."""
        ...


class CommitArchive(Protocol):
    """Where commits are kept that came over Kafka; ChdbCommitLog fits."""

    def append(self, commits: Sequence[Commit]) -> None:
        """Store `commits`; a repeat is harmless."""
        ...


class CommitFollower:
    """Writes batches of commits to a Projector in order, reading from `log` what did not arrive.

    With `archive` each commit is first stored there: on real Kafka the log is not the store's own table.
    """

    def __init__(self, projector: Projector, log: CommitReader, *, archive: CommitArchive | None = None) -> None:
        self._projector = projector
        self._log = log
        self._archive = archive

    def __call__(self, commits: Sequence[Commit]) -> None:
        """Project a batch as it came from the topic: repeats, other generations and gaps included.

        Raises Retryable when a missing commit is not in the log yet, or when the store fails.
        """
        run: list[Commit] = []
        expected = self._projector.position() + 1
        for commit in commits:
            if commit.generation != self._projector.generation or commit.n < expected:
                continue
            if commit.n > expected:
                self._write(run)
                run = []
                self.catch_up(commit.n - 1)
            run.append(commit)
            expected = commit.n + 1
        self._write(run)

    def catch_up(self, upto: int | None = None) -> int:
        """Project what the log has after the position (up to commit `upto`); return the new position.

        Raises Retryable when the log does not reach `upto`.
        """
        page: list[Commit] = []
        for commit in self._log.read(self._projector.position(), upto):
            page.append(commit)
            if len(page) == _PAGE:
                self._write(page)
                page = []
        self._write(page)
        position = self._projector.position()
        if upto is not None and position < upto:
            raise Retryable(f"commit {position + 1} was announced as past but the log does not have it yet")
        return position

    def _write(self, commits: Sequence[Commit]) -> None:
        if not commits:
            return
        try:
            if self._archive is not None:
                self._archive.append(commits)
            self._projector.apply(commits)
        except GapError as gap:
            raise Retryable(str(gap)) from gap
