"""The role `ledger` on a broker: proposals in, numbered commits out, across restarts and failures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.kafka.transport import Consumer
from processors.app import Ports
from processors.decisions.policy import Policy
from schemas.codec import encode
from schemas.errors import Fenced, Retryable
from schemas.events import DeadLetter
from schemas.ledger import Commit
from schemas.proposal import Proposal
from schemas.topics import COMMITS, DEAD_LETTERS, PROPOSALS
from tests.builders import T0
from tests.examples import tried
from tests.fakes import EmptySnapshot, MemoryCommitLog
from tests.stream.embedded import PATIENCE, Stream
from tests.worlds import World, day, doubtful, extraction, proposal

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
AMBIGUOUS = "gallium beijing licence export carmaker magnet motor plant"
DOUBTFUL = doubtful(GALLIUM, AMBIGUOUS)


def articles(first: int, last: int, *, ordered: bool = False) -> list[Proposal]:
    return [
        proposal(extraction(f"a{n}", GALLIUM, at=n / 10, family="abc"[n % 3], ordinal=n if ordered else 0))
        for n in range(first, last + 1)
    ]


def numbered(commits: list[Commit]) -> None:
    assert [c.n for c in commits] == list(range(1, len(commits) + 1))


class SlowLog(MemoryCommitLog):
    """Takes its time to be read, as a long one does."""

    def read(self, after: int, upto: int | None = None) -> Iterator[Commit]:
        time.sleep(0.6)
        return super().read(after, upto)


def test_proposals_become_numbered_commits_on_the_topic_and_in_the_log(stream: Stream) -> None:
    log = MemoryCommitLog()
    told: list[int] = []
    ports = Ports(
        now=lambda: T0,
        commit_log=log,
        snapshot=EmptySnapshot(),
        on_commits=lambda commits: told.extend(c.n for c in commits),
    )

    async def body() -> list[Commit]:
        stream.send(PROPOSALS, *articles(1, 20), *articles(1, 20), *articles(5, 25))  # many of them twice
        async with stream.running("ledger", ports):
            found = await stream.until(COMMITS, Commit, 25)
            await stream.until_acknowledged("ledger", PROPOSALS)
            return found

    commits = asyncio.run(body())
    numbered(commits)
    assert len(stream.read(COMMITS, Commit)) == 25
    assert log.commits() == commits
    assert told == list(range(1, 26))
    assert commits[0].input.incarnation == stream.broker.incarnation
    assert len(log.appends) < 25, "proposals that come together are written together"


def test_poison_goes_to_dead_letters_and_the_ledger_goes_on(stream: Stream) -> None:
    async def body() -> tuple[list[DeadLetter], list[Commit]]:
        stream.send(PROPOSALS, b"poison", *articles(1, 2), encode(articles(3, 3)[0])[:-3], *articles(4, 4))
        async with stream.running("ledger", Ports(now=lambda: T0, commit_log=MemoryCommitLog())):
            commits = await stream.until(COMMITS, Commit, 3)
            await stream.until_acknowledged("ledger", PROPOSALS)
            return stream.read(DEAD_LETTERS, DeadLetter), commits

    letters, commits = asyncio.run(body())
    assert [(letter.stage, letter.offset) for letter in letters] == [("ledger/decode", 0), ("ledger/decode", 3)]
    assert [c.proposal_id for c in commits] == ["x:a1:0", "x:a2:0", "x:a4:0"]


def test_a_new_app_on_the_same_log_goes_on_with_the_next_number(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("processors.agents.table_snapshot.EVERY", 4)  # so that the table has a checkpoint
    log = MemoryCommitLog()

    async def body() -> None:
        for first in (1, 11):
            again = articles(1, first - 1)[-3:]  # redelivered
            stream.send(PROPOSALS, *again, *articles(first, first + 9))
            async with stream.running("ledger", Ports(now=lambda: T0, commit_log=log)):
                await stream.until(COMMITS, Commit, first + 9)
                await stream.until_acknowledged("ledger", PROPOSALS)

    asyncio.run(body())
    commits = stream.read(COMMITS, Commit)
    numbered(commits)
    assert len(commits) == 20
    assert log.reads.count((0, None)) == 1, "the second app folded everything although its table had a checkpoint"
    alone = World()
    for part in articles(1, 20):
        assert part.extraction is not None
        alone.take(part.extraction)
    assert [(c.n, c.events, c.signals, c.stories) for c in commits] == [
        (c.n, c.events, c.signals, c.stories) for c in alone.log
    ]


def test_a_start_with_a_table_to_restore_loses_no_record(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust empties its queues when it resumes after the recovery: nothing may have got into them by then.

    Left to chance it is one start in eight, so the moment between is made longer than a fetch, and folding longer than
    that: what is fetched waits in the queue behind the first record.
    """
    monkeypatch.setattr("processors.agents.table_snapshot.EVERY", 4)
    log, seek, last = SlowLog(), Consumer.perform_seek, tried(20, 30)

    async def seek_at_leisure(consumer: Any) -> None:
        await seek(consumer)
        await asyncio.sleep(1.1)

    monkeypatch.setattr(Consumer, "perform_seek", seek_at_leisure)

    async def body() -> None:
        for first in range(1, last, 10):
            stream.send(PROPOSALS, *articles(first, first + 9))
            async with stream.running("ledger", Ports(now=lambda: T0, commit_log=log)):
                await stream.until(COMMITS, Commit, first + 9)
                await stream.until_acknowledged("ledger", PROPOSALS)

    monkeypatch.setattr("tests.stream.embedded.PATIENCE", 10.0)
    asyncio.run(body())
    commits = stream.read(COMMITS, Commit)
    numbered(commits)
    assert [c.proposal_id for c in commits] == [f"x:a{n}:0" for n in range(1, last + 1)]
    assert log.reads.count((0, None)) == 1, "a later start had no table to restore"


def test_ordered_articles_commit_in_their_order(stream: Stream) -> None:
    async def body() -> list[Commit]:
        stream.send(PROPOSALS, *reversed(articles(1, 12, ordered=True)))
        async with stream.running("ledger", Ports(now=lambda: T0, commit_log=MemoryCommitLog())):
            commits = await stream.until(COMMITS, Commit, 12)
            await stream.until_acknowledged("ledger", PROPOSALS)
            return commits

    assert [c.proposal_id for c in asyncio.run(body())] == [f"x:a{n}:0" for n in range(1, 13)]


def test_what_waits_for_its_turn_is_not_acknowledged(stream: Stream) -> None:
    """A process that ends while articles wait in the resequencer must get them again."""
    log = MemoryCommitLog()

    async def body() -> list[Commit]:
        live = proposal(extraction("live", GALLIUM))
        stream.send(PROPOSALS, *articles(2, 4, ordered=True), live)
        async with stream.running("ledger", Ports(now=lambda: T0, commit_log=log, snapshot=EmptySnapshot())):
            await stream.until(COMMITS, Commit, 1)
        stream.send(PROPOSALS, *articles(1, 1, ordered=True))
        async with stream.running("ledger", Ports(now=lambda: T0, commit_log=log, snapshot=EmptySnapshot())):
            return await stream.until(COMMITS, Commit, 5)

    assert [c.proposal_id for c in asyncio.run(body())] == ["x:live:0", *(f"x:a{n}:0" for n in range(1, 5))]


def test_nothing_is_visible_before_it_is_durable(stream: Stream) -> None:
    log = MemoryCommitLog()
    log.failures = [Retryable("busy"), Retryable("busy")]

    async def body() -> None:
        stream.send(PROPOSALS, *articles(1, 3))
        async with stream.running("ledger", Ports(now=lambda: T0, commit_log=log, snapshot=EmptySnapshot())):
            while log.failures:
                assert stream.read(COMMITS, Commit) == []
                await asyncio.sleep(0.01)
            await stream.until(COMMITS, Commit, 3)

    asyncio.run(asyncio.wait_for(body(), PATIENCE))
    numbered(stream.read(COMMITS, Commit))


def test_a_fenced_ledger_ends_and_leaves_its_input_to_the_next(
    stream: Stream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1)
    log = MemoryCommitLog()
    log.failures = [Fenced("another ledger has taken over")] * 3
    died: list[BaseException] = []

    async def body() -> None:
        stream.send(PROPOSALS, *articles(1, 3))
        async with stream.running(
            "ledger", Ports(now=lambda: T0, commit_log=log, snapshot=EmptySnapshot(), on_fatal=died.append)
        ):
            while not died:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        log.failures = []
        assert stream.read(COMMITS, Commit) == []
        async with stream.running("ledger", Ports(now=lambda: T0, commit_log=log, snapshot=EmptySnapshot())):
            await stream.until(COMMITS, Commit, 3)

    asyncio.run(asyncio.wait_for(body(), PATIENCE))
    assert isinstance(died[0], Fenced)
    numbered(stream.read(COMMITS, Commit))


def test_a_question_whose_time_is_up_is_decided_by_policy(stream: Stream) -> None:
    policy = Policy(judge="judge/1", **DOUBTFUL, question_seconds=60.0)
    clock = [T0]

    async def body() -> list[Commit]:
        stream.send(PROPOSALS, *articles(1, 1), proposal(extraction("q1", AMBIGUOUS, family="b")))
        ports = Ports(now=lambda: clock[0], commit_log=MemoryCommitLog(), policy=policy)
        async with stream.running("ledger", ports):
            asked = await stream.until(COMMITS, Commit, 2)
            assert len(asked[1].questions) == 1
            assert asked[1].outcomes == ()
            clock[0] = day(1)
            commits = await stream.until(COMMITS, Commit, 3)
            await stream.until_acknowledged("ledger", PROPOSALS)
            return commits

    *_, decided = asyncio.run(body())
    assert decided.closed_questions
    assert [(o.article_id, o.outcome) for o in decided.outcomes] == [("q1", "accepted")]
    assert "deadline gave no verdict" in decided.evidence[0].reason
