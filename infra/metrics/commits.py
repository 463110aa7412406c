"""Counts what a ledger commits: a commit log that is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import get_args

from infra.metrics.catalogue import COMMIT_NUMBER, COMMIT_SECONDS, COMMITS, OUTCOMES, QUESTIONS_ASKED, SIGNAL_EVENTS
from infra.metrics.registry import METRICS, Metrics
from processors.ports import CommitLog
from schemas.ledger import Commit
from schemas.vocabulary import EventKind, OutcomeKind


class MeasuredCommitLog:
    """Implements processors.ports.CommitLog over another one. `now` is the clock that commits are dated with."""

    def __init__(self, log: CommitLog, now: Callable[[], datetime], metrics: Metrics = METRICS) -> None:
        self._log, self._now, self._metrics = log, now, metrics
        for kind in get_args(OutcomeKind):  # a series that begins at 1 has no increase
            metrics.count(OUTCOMES, kind, by=0)
        for kind in get_args(EventKind):
            metrics.count(SIGNAL_EVENTS, kind, by=0)
        metrics.count(COMMITS, by=0)
        self._number = 0

    @property
    def carries(self) -> bool:
        """See CommitLog."""
        return self._log.carries

    def last(self) -> int:
        """See CommitLog."""
        return self._log.last()

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        """See CommitLog. What a starting ledger reads to remember tells the number, too: not only its next commit."""
        for commit in self._log.read(after, upto):
            if commit.n > self._number:
                self._told(commit.n)
            yield commit

    def append(self, commits: Sequence[Commit], proposals: Sequence[bytes] = ()) -> None:
        """See CommitLog. Tries that failed before are part of the time that it took."""
        self._log.append(commits, proposals)
        if not commits:
            return
        count = self._metrics.count
        waited = (self._now() - min(commit.committed_at for commit in commits)).total_seconds()
        self._metrics.observe(COMMIT_SECONDS, max(0.0, waited))
        self._told(commits[-1].n)
        count(COMMITS, by=len(commits))
        for commit in commits:
            for outcome in commit.outcomes:
                count(OUTCOMES, outcome.outcome)
            for event in commit.events:
                count(SIGNAL_EVENTS, event.kind)
            count(QUESTIONS_ASKED, by=len(commit.questions))

    def _told(self, number: int) -> None:
        self._number = number
        self._metrics.set(COMMIT_NUMBER, number)
