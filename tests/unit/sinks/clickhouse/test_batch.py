"""What a run of commits leaves behind, decided without a store."""

from __future__ import annotations

import msgspec

from schemas.ledger import SignalHead
from sinks.clickhouse.batch import Head, collect
from tests.builders import change, commit, evidence_row, mark, outcome, question, signal, story


def test_only_the_last_head_of_a_key_survives() -> None:
    batch = collect(
        [
            commit(1, stories=(story(1, 1),), signals=(signal(1, 1),), marks=(mark(1, 1, final=False),)),
            commit(2, stories=(story(1, 2),), signals=(signal(1, 2), signal(2, 2)), marks=(mark(1, 2),)),
        ],
        {},
    )
    heads = list(batch.heads())
    assert [(h.kind, h.key, h.n) for h in heads] == [
        ("story", "s1", 2), ("signal", "g1", 2), ("signal", "g2", 2), ("mark", "a0000000000000000001", 2),
    ]  # fmt: skip
    assert msgspec.json.decode(heads[1].body, type=SignalHead) == signal(1, 2)


def test_a_question_is_open_until_it_is_closed() -> None:
    batch = collect([commit(1, questions=(question(1), question(2))), commit(2, closed_questions=("q1",))], {})
    first, second = batch.heads()
    assert first == Head("question", "q1", 2, True, b"")
    assert (second.key, second.n, second.closed) == ("q2", 1, False)


def test_an_outcome_of_a_later_commit_replaces_the_former() -> None:
    batch = collect([commit(1, outcomes=(outcome(1),)), commit(2, outcomes=(outcome(1, revision=1),))], {})
    assert list(batch.outcomes.values()) == [(outcome(1, revision=1), 2)]


def test_changes_apply_to_the_batch_before_the_store() -> None:
    stored = {evidence_row(1).evidence_id: (evidence_row(1), 3)}
    batch = collect([commit(4, changes=(change(1, micro=9),)), commit(5, changes=(change(1, story_id="s7"),))], stored)
    rows, versions = batch.evidence_rows()
    assert [(r.status, r.story_id, r.micro) for r in rows] == [("withdrawn", "s7", 0)]
    assert versions == [5]


def test_a_change_that_the_store_has_already_is_skipped() -> None:
    stored = {evidence_row(1).evidence_id: (evidence_row(1, reason="as of 9"), 9)}
    batch = collect([commit(4, changes=(change(1),))], stored)
    assert batch.evidence_rows() == ([], [])
    assert batch.unknown == []


def test_a_change_of_nothing_is_reported() -> None:
    assert collect([commit(4, changes=(change(1),))], {}).unknown == [change(1).evidence_id]
