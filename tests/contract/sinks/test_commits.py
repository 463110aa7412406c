"""The commit log, the projector and the snapshot, against a real (embedded) store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from processors.ports import CommitLog, Snapshot
from schemas.errors import Fenced, Retryable
from schemas.ledger import Commit
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.failures import GapError
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.project import Projector
from sinks.clickhouse.snapshot import HeadSnapshot
from sinks.clickhouse.tables import EVENTS, EVIDENCE
from tests.builders import (
    change,
    commit,
    event,
    evidence_row,
    full_commit,
    mark,
    outcome,
    question,
    signal,
    story,
)

TABLES = ("evidence", "signal_events", "outcomes", "stories", "signals", "heads")


def contents(store: Store) -> dict[str, list[Any]]:
    return {table: sorted(map(repr, store.query(f"SELECT * FROM {table} FINAL", binary=("body",)))) for table in TABLES}


def test_the_log_gives_back_what_was_appended(store: Store) -> None:
    log: CommitLog = ChdbCommitLog(store, "live")
    assert log.last() == 0
    commits = [full_commit(n) for n in range(1, 8)]
    log.append(commits[:3])
    log.append(commits[3:])
    again = ChdbCommitLog(store, "live")
    assert again.last() == 7
    assert list(again.read(0)) == commits
    assert list(again.read(2, 5)) == commits[2:5]
    assert list(again.read(7)) == []
    assert ChdbCommitLog(store, "shadow").last() == 0


def test_the_log_reads_over_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sinks.clickhouse.commit_log._PAGE", 3)
    log = ChdbCommitLog(store, "live")
    log.append([commit(n) for n in range(1, 11)])
    assert [c.n for c in log.read(1)] == list(range(2, 11))


def test_the_log_bears_repeats_and_refuses_gaps_and_strangers(store: Store) -> None:
    log = ChdbCommitLog(store, "live")
    commits = [full_commit(n) for n in range(1, 6)]
    log.append(commits[:3])
    log.append(commits[:3])
    ChdbCommitLog(store, "live").append(commits[1:5])
    assert store.scalar("SELECT count() FROM commits") == 5
    log = ChdbCommitLog(store, "live")
    with pytest.raises(GapError, match="commit 6 is missing"):
        log.append([commit(7)])
    with pytest.raises(GapError):
        log.append([commit(6), commit(8)])
    with pytest.raises(Fenced, match="commit 5 of generation live"):
        log.append([commit(5)])
    with pytest.raises(ValueError, match="shadow"):
        log.append([commit(6, generation="shadow")])
    assert log.last() == 5


def test_a_failed_append_can_be_made_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ChdbCommitLog(store, "live")
    insert, calls = store.insert, []

    def late(*args: Any, **named: Any) -> None:
        calls.append(1)
        insert(*args, **named)
        if len(calls) == 1:
            raise Retryable("the answer was lost")

    monkeypatch.setattr(store, "insert", late)
    with pytest.raises(Retryable):
        log.append([commit(1), commit(2)])
    log.append([commit(1), commit(2)])
    assert [c.n for c in log.read(0)] == [1, 2]
    assert store.scalar("SELECT count() FROM commits") == 2


def test_a_snapshot_holds_what_commits_left(store: Store) -> None:
    projector, log = Projector(store, "live"), ChdbCommitLog(store, "live")
    commits = [
        commit(
            1,
            stories=(story(1, 1), story(2, 1)),
            signals=(signal(1, 1, published_at=None),),
            questions=(question(1), question(2)),
            marks=(mark(1, 1, open_questions=("q1",), final=False),),
            terms=("a", "b"),
        ),
        commit(2),
        commit(
            3,
            stories=(story(2, 3, merged_into="s1", title="🦉"),),
            signals=(signal(1, 3),),
            closed_questions=("q1",),
            marks=(mark(1, 3), mark(2, 3)),
            terms=("b", "é"),
        ),
    ]
    log.append(commits)
    projector.apply(commits)
    snapshot: Snapshot = HeadSnapshot(store, "live")
    assert snapshot.position() == 3
    assert list(snapshot.signals()) == [signal(1, 3)]
    assert list(snapshot.stories()) == [story(1, 1), story(2, 3, merged_into="s1", title="🦉")]
    assert list(snapshot.marks()) == [mark(1, 3), mark(2, 3)]
    assert list(snapshot.questions()) == [question(2)]
    assert snapshot.document_frequencies() == (2, {"a": 1, "b": 2, "é": 1})
    log.append([commit(4, terms=("a",))])
    assert snapshot.document_frequencies() == (2, {"a": 1, "b": 2, "é": 1})
    assert HeadSnapshot(store, "other").document_frequencies() == (0, {})


def test_projecting_ignores_the_past_and_refuses_gaps(store: Store) -> None:
    projector = Projector(store, "live")
    projector.apply([full_commit(n) for n in range(1, 4)])
    before = contents(store)
    projector.apply([full_commit(2), full_commit(3)])
    projector.apply([commit(4, generation="shadow")])
    projector.apply([])
    with pytest.raises(GapError, match="commit 4 is missing: the next one at hand is 5"):
        projector.apply([full_commit(5)])
    assert contents(store) == before
    assert Projector(store, "live").position() == 3


@pytest.mark.parametrize("fails_at", range(1, 8))
def test_a_crash_between_tables_does_no_harm(store: Store, monkeypatch: pytest.MonkeyPatch, fails_at: int) -> None:
    commits = [
        *(full_commit(n, signals=3) for n in range(1, 10)),
        commit(10, changes=(change(1), change(4, status="accepted", signal_id="g2"))),
        commit(11, changes=(change(4, story_id="s9", reason="merged"),)),
    ]
    calm, insert = Projector(store, "live"), store.insert_columns
    calm.apply(commits)
    expected = contents(store)
    for table in (*TABLES, "projected"):
        store.command(f"TRUNCATE TABLE {table}")
    calls = []

    def crashing(table: str, columns: Sequence[str], data: Any, **named: Any) -> None:
        calls.append(table)
        if len(calls) == fails_at:
            raise Retryable("killed here")
        insert(table, columns, data, **named)

    monkeypatch.setattr(store, "insert_columns", crashing)
    with pytest.raises(Retryable):
        Projector(store, "live").apply(commits)
    assert Projector(store, "live").position() == 0
    for part in (commits[:4], commits[4:10], commits[10:]):
        Projector(store, "live").apply(part)
    assert contents(store) == expected


def test_changes_reach_stored_and_fresh_evidence(store: Store) -> None:
    projector = Projector(store, "live")
    projector.apply([commit(1, evidence=(evidence_row(1), evidence_row(2)))])
    projector.apply(
        [
            commit(2, changes=(change(1, reason="dropped ✂"),)),
            commit(3, evidence=(evidence_row(3),), changes=(change(3, signal_id="g1", micro=5),)),
            commit(4, changes=(change(99),)),
        ]
    )
    rows = {
        r["evidence_id"]: EVIDENCE.read(r) for r in store.query(EVIDENCE.select("ORDER BY evidence_id", final=True))
    }
    assert [(r.status, r.reason, r.micro) for r in rows.values()] == [
        ("withdrawn", "dropped ✂", 0),
        ("accepted", "cosine 0.71", 420_000),
        ("withdrawn", "the revision dropped it", 5),
    ]


def test_events_keep_their_order_and_content(store: Store) -> None:
    events = (event(2, 1, signal_id="z"), event(1, 1, signal_id="a"), event(1, 2, signal_id="a"))
    Projector(store, "live").apply([commit(1, events=events, outcomes=(outcome(1), outcome(1, reason="2nd")))])
    rows = store.query(EVENTS.select("ORDER BY n, i", final=True))
    assert tuple(EVENTS.read(row) for row in rows) == events
    assert store.query("SELECT reason FROM outcomes FINAL") == [{"reason": "2nd"}]


def test_a_follower_reads_from_the_log_what_the_broker_lost(store: Store) -> None:
    log, projector = ChdbCommitLog(store, "live"), Projector(store, "live")
    commits: list[Commit] = [full_commit(n) for n in range(1, 13)]
    log.append(commits[:10])
    follow = CommitFollower(projector, log)
    follow([commits[2], commits[1], commits[2], commits[6], commits[7]])
    assert projector.position() == 8
    follow([commits[0], commit(3, generation="other")])
    assert follow.catch_up() == 10
    with pytest.raises(Retryable, match="commit 11"):
        follow([commits[11]])
    assert store.scalar("SELECT count() FROM signal_events FINAL") == 10


def test_a_follower_archives_what_comes_over_kafka(store: Store) -> None:
    log, projector = ChdbCommitLog(store, "live"), Projector(store, "live")
    follow = CommitFollower(projector, log, archive=log)
    follow([full_commit(1), full_commit(2)])
    follow([full_commit(2), full_commit(3)])
    assert log.last() == projector.position() == 3
