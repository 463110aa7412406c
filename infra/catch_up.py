"""Bringing the projections up to the commit log, as after a crash between the two."""

from __future__ import annotations

from schemas.ledger import Commit
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.project import Projector

_AT_ONCE = 500


def catch_up(commit_log: ChdbCommitLog, projector: Projector) -> int:
    """Project every commit that is not projected yet; return the number of the last durable commit."""
    batch: list[Commit] = []
    for commit in commit_log.read(projector.position()):
        batch.append(commit)
        if len(batch) >= _AT_ONCE:
            projector.apply(batch)
            batch = []
    projector.apply(batch)
    return commit_log.last()
