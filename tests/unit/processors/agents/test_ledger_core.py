"""The ledger's core with fakes: restored once, decided in order, written until durable, dead when fenced."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from processors.agents import ledger_core
from processors.agents.ledger_core import LedgerCore
from processors.agents.table_snapshot import TableSnapshot
from processors.app import Ports
from processors.decisions.policy import Policy
from schemas.codec import encode
from schemas.errors import Fenced, Retryable
from schemas.ledger import InputPosition
from schemas.proposal import Answer, Command, Extraction
from tests.builders import T0
from tests.fakes import MemoryCommitLog
from tests.worlds import World, content, day, doubtful, extraction, proposal

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
T = TypeVar("T")


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that must not take long."""

    async def bounded() -> T:
        return await asyncio.wait_for(coroutine, 5.0)

    return asyncio.run(bounded())


class Ledger:
    """A core with a log, a table and a list of what it died of."""

    def __init__(
        self, log: MemoryCommitLog | None = None, table: dict[bytes, bytes] | None = None, **policy: Any
    ) -> None:
        self.log, self.table = log or MemoryCommitLog(), {} if table is None else table
        self.died_of: list[BaseException] = []
        ports = Ports(now=lambda: T0, commit_log=self.log, policy=Policy(**policy), on_fatal=self.died_of.append)
        self.core = LedgerCore(ports, TableSnapshot(self.table, lambda: None))
        self.offset = 0

    def offer(self, part: Extraction | Answer | Command) -> list[int]:
        """Offer a proposal at the next offset; return the offsets dealt with."""
        position = InputPosition("b1", "bellwether.proposals", 0, self.offset)
        self.offset += 1
        return self.core.offer(proposal(part), position)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.agents.table_snapshot.EVERY", 3)
    monkeypatch.setattr(ledger_core.log, "disabled", True)


def started(log: MemoryCommitLog | None = None, table: dict[bytes, bytes] | None = None, **policy: Any) -> Ledger:
    ledger = Ledger(log, table, **policy)
    now(ledger.core.start())
    return ledger


def test_a_group_is_decided_in_order_and_written_at_once() -> None:
    ledger = started()
    assert [ledger.offer(extraction(f"a{n}", GALLIUM)) for n in range(3)] == [[0], [1], [2]]
    assert ledger.log.last() == 0, "nothing is durable before it is made so"
    commits = now(ledger.core.make_durable())
    assert [c.n for c in commits] == [1, 2, 3]
    assert ledger.log.appends == [(1, 2, 3)]
    assert [c.input.offset for c in ledger.log.read(0)] == [0, 1, 2]
    assert now(ledger.core.make_durable()) == [], "written once"


def test_a_proposal_that_changes_nothing_is_dealt_with_too() -> None:
    ledger = started()
    ledger.offer(extraction("a1", GALLIUM))
    assert ledger.offer(extraction("a1", GALLIUM)) == [1]
    assert len(now(ledger.core.make_durable())) == 1


def test_it_tries_until_the_group_is_durable() -> None:
    ledger = started()
    ledger.log.failures = [Retryable("busy"), Retryable("still busy")]
    ledger.offer(extraction("a1", GALLIUM))
    assert [c.n for c in now(ledger.core.make_durable())] == [1]
    assert ledger.log.appends == [(1,), (1,), (1,)]
    assert ledger.died_of == []


@pytest.mark.parametrize("error", [Fenced("another ledger"), OSError("disk")])
def test_what_no_retry_mends_is_fatal_and_nothing_is_in_the_table(error: Exception) -> None:
    ledger = started()
    ledger.log.failures = [error]
    ledger.offer(extraction("a1", GALLIUM))
    with pytest.raises(type(error)):
        now(ledger.core.make_durable())
    assert ledger.died_of == [error]
    assert ledger.table == {}
    assert ledger.log.last() == 0


def test_ordered_articles_wait_for_their_turn() -> None:
    ledger = started()
    assert ledger.offer(extraction("a3", GALLIUM, ordinal=3)) == []
    assert ledger.offer(extraction("a2", GALLIUM, ordinal=2)) == []
    assert ledger.offer(extraction("live", GALLIUM)) == [2]
    assert ledger.offer(extraction("a1", GALLIUM, ordinal=1)) == [3, 1, 0]
    commits = now(ledger.core.make_durable())
    assert [c.proposal_id for c in commits] == ["x:live:0", "x:a1:0", "x:a2:0", "x:a3:0"]


def test_a_held_proposal_that_comes_again_is_committed_once() -> None:
    ledger = started()
    assert ledger.offer(extraction("a2", GALLIUM, ordinal=2)) == []
    assert ledger.offer(extraction("a2", GALLIUM, ordinal=2)) == [0], "the first of the two may be acknowledged"
    assert ledger.offer(extraction("a1", GALLIUM, ordinal=1)) == [2, 1]
    assert len(now(ledger.core.make_durable())) == 2


@pytest.mark.parametrize("commits", [1, 3, 4, 7])
@pytest.mark.parametrize("with_table", [True, False])
def test_a_new_process_goes_on_where_the_log_ends(commits: int, with_table: bool) -> None:
    first = started()
    for number in range(commits):
        first.offer(extraction(f"a{number}", GALLIUM, at=number, family="abc"[number % 3], ordinal=number + 1))
        now(first.core.make_durable())
    second = started(first.log, first.table if with_table else {})
    assert content(second.core.state) == content(first.core.state)
    for ledger in (first, second):
        ledger.offset = 99
        assert ledger.offer(extraction("next", GALLIUM, at=30, ordinal=commits + 1)) == [99]
    one, other = ([commit for commit, _ in ledger.core._undurable] for ledger in (first, second))
    assert [encode(c) for c in one] == [encode(c) for c in other]
    assert one[0].n == commits + 1


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_head_that_never_reached_the_table_is_there_before_a_checkpoint_claims_it(kept: int) -> None:
    """A process may die between its commit and its table; the next one, which folds it, must not pass over it."""
    first = started()
    for number in range(3):
        first.offer(extraction(f"a{number}", f"one{number} two{number} three{number} four{number}", at=number))
        now(first.core.make_durable())
        if number + 1 == kept:
            table = dict(first.table)
    second = started(first.log, table if kept else {})
    for number in range(3, 6):
        second.offer(extraction(f"a{number}", GALLIUM, at=number))
        now(second.core.make_durable())
    third = started(first.log, second.table)
    assert first.log.reads[-1] == (6, None), "no checkpoint: this test shows nothing"
    assert content(third.core.state) == content(second.core.state)


def test_what_was_decided_but_not_durable_is_decided_again_after_a_crash() -> None:
    first = started()
    first.offer(extraction("a1", GALLIUM))
    now(first.core.make_durable())
    first.offer(extraction("a2", GALLIUM))  # and then it dies
    second = started(first.log, first.table)
    assert second.offer(extraction("a1", GALLIUM)) == [0]
    assert second.offer(extraction("a2", GALLIUM)) == [1]
    assert [(c.n, c.proposal_id) for c in now(second.core.make_durable())] == [(2, "x:a2:0")]


def test_it_is_restored_once_a_process() -> None:
    ledger = started()
    ledger.offer(extraction("a1", GALLIUM))
    before = content(ledger.core.state)
    now(ledger.core.start())  # a rebalance
    assert content(ledger.core.state) == before


def test_overdue_questions_are_known_by_the_wall_clock() -> None:
    policy: dict[str, Any] = {
        "judge": "judge/1",
        **doubtful(GALLIUM, "gallium beijing licence export carmaker magnet motor plant"),
        "question_seconds": 60.0,
    }
    ledger = started(**policy)
    ledger.offer(extraction("a1", GALLIUM))
    ledger.offer(extraction("q1", "gallium beijing licence export carmaker magnet motor plant"))
    deadline = next(iter(ledger.core.state.questions.values())).deadline
    assert ledger.core.overdue(T0) == []
    assert [q.article_id for q in ledger.core.overdue(deadline)] == ["q1"]
    assert Ledger(ledger.log, **policy).core.overdue(day(99)) == [], "not before it has started"


def test_the_log_of_a_world_and_of_a_core_are_the_same() -> None:
    """The core adds nothing to what is decided."""
    ledger, world = started(), World()
    for number in range(5):
        part = extraction(f"a{number}", GALLIUM, at=number)
        ledger.offer(part)
        world.take(part)
    assert [encode(c) for c in now(ledger.core.make_durable())] == [encode(c) for c in world.log]


def test_a_command_is_answered_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applied, refused, or not decided by a fault of ours: whoever asked learns it, once."""
    ledger = started()
    ledger.offer(extraction("a1", GALLIUM))
    (signal_id,) = ledger.core.state.signals
    assert ledger.offer(Command("c1", "pin", "ann", "", signal_id=signal_id)) == [1]
    assert ledger.offer(Command("c2", "pin", "ann", "", signal_id="sg-none")) == [2]
    assert ledger.offer(Command("c2", "pin", "ann", "", signal_id="sg-none")) == [3]

    def fault(*_: Any) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("processors.decisions.ledger.apply_command", fault)
    ledger.offer(Command("c3", "unpin", "ann", "", signal_id=signal_id))
    ledger.offer(Command("c3", "unpin", "ann", "", signal_id=signal_id))
    commits = now(ledger.core.make_durable())
    done = [each for commit in commits for each in commit.applied]
    assert [(each.command_id, each.refused) for each in done] == [
        ("c1", ""),
        ("c2", "there is no signal sg-none: `bellwether signals` lists their ids"),
        ("c3", "the ledger could not decide on it: KeyError: 'lost'"),
    ]
    assert ledger.core.state.signals[signal_id].pinned


def test_a_rejected_article_is_logged_with_its_id_and_commit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ledger_core.log, "disabled", False)
    ledger = Ledger()
    now(ledger.core.start())
    rejected = replace(extraction("none"), outcome="rejected", reason="it is a riddle")
    with caplog.at_level("INFO", logger="bellwether.ledger"):
        ledger.offer(rejected)
    (line,) = [record for record in caplog.records if record.message == "article rejected: it is a riddle"]
    assert vars(line)["article_id"] == rejected.article_id
    assert (vars(line)["revision"], vars(line)["commit"]) == (rejected.revision, 1)
