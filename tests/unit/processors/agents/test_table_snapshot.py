"""The ledger's table as its snapshot: heads written through, checkpoints that a crash cannot spoil."""

from __future__ import annotations

from typing import Any

import pytest

from processors.agents import table_snapshot
from processors.agents.table_snapshot import TableSnapshot
from processors.decisions.state import EPOCH, LedgerState, last_sweep
from schemas.ledger import Commit
from tests.worlds import World, content, doubtful, evidence

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
AMBIGUOUS = "gallium beijing licence export carmaker magnet motor plant"
DOUBTFUL = doubtful(GALLIUM, AMBIGUOUS)


class Died(Exception):
    """The process ended in the middle of a write."""


class Table(dict[bytes, bytes]):
    """A Faust table's content, that may die at one of the next writes."""

    writes_left: int | None = None

    def __setitem__(self, key: bytes, value: bytes) -> None:
        if self.writes_left is not None:
            if self.writes_left == 0:
                raise Died
            self.writes_left -= 1
        super().__setitem__(key, value)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_snapshot, "EVERY", 5)


def stored(table: Any) -> TableSnapshot:
    """Return the snapshot of a table that stores whatever it is given."""
    return TableSnapshot(table, lambda: None)


def lived(commits: int) -> tuple[World, LedgerState]:
    """Return a world of so many commits, and a fresh state with its policy."""
    world = World(judge="judge/1", **DOUBTFUL, sweep=4)
    number = 0
    while len(world.log) < commits:
        number += 1
        words = AMBIGUOUS if number % 4 == 0 else GALLIUM if number % 2 else f"w{number} x{number} y{number} z{number}"
        world.read(f"a{number}", evidence(words), at=number, family="abc"[number % 3])
        if number % 6 == 0 and world.state.questions:
            world.answer(next(iter(world.state.questions.values())))
    world.log[commits:] = []
    return world, LedgerState(world.policy)


def write(table: Any, commits: list[Commit], world: World, *, into: LedgerState) -> TableSnapshot:
    """Write commits one by one as the ledger does, folding them into `into`."""
    snapshot = stored(table)
    for commit in commits:
        into.fold(commit)
        snapshot.note(commit)
        snapshot.write(into)
    return snapshot


def restored(table: Any, world: World, log: list[Commit]) -> LedgerState:
    """Start from the table as a new process does: position, heads, counts, then the commits that it lacks."""
    snapshot, state = stored(table), LedgerState(world.policy)
    position = snapshot.position()
    swept = last_sweep(position, world.policy)
    at = log[position - 1] if position else None
    state.restore(
        position,
        at.at if at else EPOCH,
        at.next_ordinal if at else 1,
        snapshot.stories(),
        snapshot.signals(),
        snapshot.marks(),
        snapshot.questions(),
        snapshot.document_frequencies(),
        log[swept - 1].at if swept else EPOCH,
        at.ahead if at else None,
    )
    for commit in log[position:]:
        state.fold(commit)
    return state


@pytest.mark.parametrize("commits", [0, 1, 4, 5, 6, 13, 20])
def test_a_start_from_the_table_is_as_if_nothing_had_happened(commits: int) -> None:
    world, live = lived(commits)
    table = Table()
    write(table, world.log, world, into=live)
    assert stored(table).position() == commits // 5 * 5
    assert content(restored(table, world, world.log)) == content(live)


def test_the_two_sets_of_counts_take_turns() -> None:
    world, live = lived(17)
    table, sets = Table(), []
    for commit in world.log:
        write(table, [commit], world, into=live)
        if commit.n % 5 == 0:
            sets.append(stored(table)._meta()["set"])
    assert sets == ["A", "B", "A"]


@pytest.mark.parametrize("survived", [0, 1, 7, 40, 63, 64])
def test_a_crash_amid_a_checkpoint_leaves_the_former_one_usable(survived: int) -> None:
    """Of the 65 writes of the second checkpoint only some get through; the last is the one that names it."""
    world, live = lived(12)
    table = Table()
    snapshot = write(table, world.log[:9], world, into=live)
    tenth = world.log[9]
    live.fold(tenth)
    heads = len(tenth.stories) + len(tenth.signals) + len(tenth.marks) + len(tenth.questions)
    table.writes_left = heads + survived
    snapshot.note(tenth)
    with pytest.raises(Died):
        snapshot.write(live)
    table.writes_left = None
    assert stored(table).position() == 5
    for commit in world.log[10:]:
        live.fold(commit)
    assert content(restored(table, world, world.log)) == content(live)


def test_a_whole_checkpoint_moves_the_position() -> None:
    world, live = lived(10)
    table = Table()
    write(table, world.log, world, into=live)
    assert stored(table).position() == 10
    assert dict(stored(table).document_frequencies()[1]) == live.frequencies.counts


def test_a_group_ends_in_a_checkpoint_only_at_its_last_commit() -> None:
    world, live = lived(7)
    table, snapshot = Table(), None
    for commit in world.log:
        live.fold(commit)
    snapshot = stored(table)
    for commit in world.log[:6]:
        snapshot.note(commit)
    snapshot.write(live)  # the state is at 7 already: its counts would be too many
    assert snapshot.position() == 0
    snapshot.note(world.log[6])
    snapshot.write(live)
    assert snapshot.position() == 7


def test_a_checkpoint_is_named_only_when_all_of_it_is_known_to_be_stored() -> None:
    world, live = lived(5)
    table, confirmed = Table(), []

    def confirm() -> None:
        confirmed.append(set(table))
        raise Died

    snapshot = TableSnapshot(table, confirm)
    for commit in world.log:
        live.fold(commit)
        snapshot.note(commit)
    with pytest.raises(Died):
        snapshot.write(live)
    assert confirmed == [set(table)]
    heads = {key for kind in ("st:", "sg:", "am:") for key in confirmed[0] if key.startswith(kind.encode())}
    assert len(heads) == len(live.stories) + len(live.signals) + len(live.marks)
    assert sum(key.startswith(b"df:A:") for key in confirmed[0]) == table_snapshot.SHARDS
    assert stored(table).position() == 0


def test_a_head_that_a_group_changes_often_is_written_once() -> None:
    world, live = lived(4)
    table = Table()
    snapshot = stored(table)
    for commit in world.log:
        live.fold(commit)
        snapshot.note(commit)
    table.writes_left = len(live.stories) + len(live.signals) + len(live.marks) + len(live.questions)
    snapshot.write(live)
    assert table.writes_left == 0


def test_a_closed_question_leaves_the_table() -> None:
    world, live = lived(3)
    world.read("a4", AMBIGUOUS, family="b")
    question = world.question()
    world.answer(question)
    table = Table()
    write(table, world.log[:-1], world, into=live)
    assert [q.question_id for q in stored(table).questions()] == [question.question_id]
    write(table, world.log[-1:], world, into=live)
    assert list(stored(table).questions()) == []
