"""Evidence in order of signals: what moves leaves its signal, and a history counts evidence from its day on."""

from __future__ import annotations

from datetime import timedelta

from schemas.copying import replace
from schemas.ledger import EvidenceChange
from sinks.clickhouse.by_signal import counts_of, evidence_of, history
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector
from tests.builders import T0, commit, evidence_row, signal

TODAY = 20558  # of T0


def ids(store: Store, *signals: str) -> list[str]:
    return sorted(row["evidence_id"] for row in evidence_of(store, "live", signals, most=None))


def moved(number: int, onto: str) -> EvidenceChange:
    row = evidence_row(number)
    return EvidenceChange(row.evidence_id, "accepted", row.story_id, onto, row.stance, row.micro, "moved")


def test_evidence_that_moves_is_there_and_no_longer_here(store: Store) -> None:
    rows = tuple(evidence_row(n, signal_id="g1") for n in (1, 2))
    first, second = (row.evidence_id for row in rows)
    Projector(store, "live").apply([commit(1, evidence=rows)])
    Projector(store, "live").apply([commit(2, changes=(moved(1, "g2"),))])
    assert (ids(store, "g1"), ids(store, "g2")) == ([second], [first])
    Projector(store, "live").apply([commit(3, changes=(moved(1, "g1"),))])
    assert (ids(store, "g1"), ids(store, "g2")) == (sorted([first, second]), [])


def test_a_move_that_was_half_written_is_finished(store: Store) -> None:
    row = evidence_row(1, signal_id="g1")
    Projector(store, "live").apply([commit(1, evidence=(row,))])
    away = commit(2, changes=(moved(1, "g2"),))
    Projector(store, "live").apply([away])
    store.command("ALTER TABLE projected DELETE WHERE n = 2 SETTINGS mutations_sync = 2")  # killed before its last word
    store.insert("projected", ("generation", "target", "n", "at", "projected_at"), [("live", "tables", 1, 0, 0)])
    Projector(store, "live").apply([away])
    assert (ids(store, "g1"), ids(store, "g2")) == ([], [row.evidence_id])


def test_a_batch_that_makes_and_moves_leaves_nothing_behind(store: Store) -> None:
    row = evidence_row(1, signal_id="g1")
    Projector(store, "live").apply([commit(1, evidence=(row,)), commit(2, changes=(moved(1, "g2"),))])
    assert (ids(store, "g1"), ids(store, "g2")) == ([], [row.evidence_id])


def test_a_history_begins_with_the_first_evidence_and_rises_with_each(store: Store) -> None:
    rows = tuple(
        replace(evidence_row(n, signal_id="g1", family=f"f{n}"), day=TODAY - 3 * n, kind="structural") for n in range(3)
    )
    Projector(store, "live").apply([commit(1, evidence=rows, signals=(signal(1),))])
    past = history(store, "live", ["g1"], T0, 60)
    assert [point.at.date() for point in past.points] == [(T0 - timedelta(days=n)).date() for n in range(6, -1, -1)]
    risen = [point.strength for point in past.points]
    assert risen[3] > risen[2], "the second voice came three days after the first"
    assert risen[-1] > risen[-2], "the last one today"
    assert risen[1] < risen[0], "in between it fades"
    assert set(past.voices["supports"]) == {"f0", "f1", "f2"}


def test_the_newest_articles_and_what_is_cited(store: Store) -> None:
    rows = tuple(evidence_row(n, signal_id="g1") for n in range(10))
    Projector(store, "live").apply([commit(1, evidence=rows)])
    oldest = rows[0].evidence_id
    found = evidence_of(store, "live", ["g1"], most=2, named={oldest})
    newest = sorted(rows, key=lambda row: row.published_at)[-2:]
    assert {row["evidence_id"] for row in found} == {oldest, *(row.evidence_id for row in newest)}
    assert counts_of(store, "live", ["g1"])["articles"] == 10


def test_a_short_history_is_finer(store: Store) -> None:
    Projector(store, "live").apply([commit(1, evidence=(evidence_row(1, signal_id="g1", day=TODAY - 1),))])
    assert len(history(store, "live", ["g1"], T0, 60).points) == 2
    fine = history(store, "live", ["g1"], T0, 2)
    assert len(fine.points) == 6, "from the first midnight on, each sixth hour"
    assert fine.last == history(store, "live", ["g1"], T0, 60).last
