"""What the command line and the pages read: counts, signals, briefs, exports."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from schemas.errors import BadInput
from sinks.alerts.rules import recent
from sinks.alerts.stored import RecentEvents
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.export import export
from sinks.clickhouse.exported import EXPORTS, ExportKind, export_kind, exported
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from tests.builders import (
    TEXT,
    article,
    change,
    commit,
    event,
    evidence_row,
    full_commit,
    minutes,
    outcome,
    signal,
    story,
)

NOW = minutes(60)
KINDS: tuple[ExportKind, ...] = tuple(EXPORTS)


def rows(store: Store, kind: ExportKind, **named: Any) -> list[dict[str, Any]]:
    return list(exported(store, "live", kind, **named))


@pytest.fixture
def filled(store: Store) -> Store:
    """Signal g1 took over g2 and g3 (g3 by way of g2), story s1 took over s2; g4 is a candidate."""
    ArticleStore(store).put([article(n) for n in range(1, 6)] + [article(2, revision=1, text="✂ " + TEXT)])
    commits = [
        commit(1, events=(event(1, 1), event(1, 2)), outcomes=(outcome(1),), stories=(story(1, 1),),
               signals=(signal(1, 1),), evidence=(evidence_row(1), evidence_row(11, status="rejected"))),
        commit(2, events=(event(2, 1),), outcomes=(outcome(2),), stories=(story(2, 2, merged_into="s1"),),
               signals=(signal(2, 2, merged_into="g1", state="merged"),),
               evidence=(evidence_row(2, quote_end=5, salience=1), evidence_row(3, status="withdrawn"))),
        commit(3, events=(event(3, 1),), outcomes=(outcome(3, outcome="nothing", reason="a list of prices"),),
               signals=(signal(3, 3, merged_into="g2", state="merged"),),
               evidence=(evidence_row(4, signal_id="g3", family="other"),)),
        commit(4, events=(event(4, 1),), outcomes=(outcome(4, outcome="deferred", reason="money"),),
               signals=(signal(4, 4, state="candidate", published_at=None),), stories=(story(4, 4),)),
    ]  # fmt: skip
    ChdbCommitLog(store, "live").append([*commits, commit(5)])
    Projector(store, "live").apply(commits)
    return store


def test_status_counts_what_export_gives(filled: Store) -> None:
    status = Reader(filled, "live").status()
    assert status == {
        "generation": "live", "articles": 5, "outcomes": {"accepted": 2, "deferred": 1, "nothing": 1},
        "evidence": 3, "stories": 2, "signals": 2, "published": 1, "signal_events": 5, "dead_letters": 0,
        "last_commit": 5, "projected": 4, "lag": 1, "without_outcome": 2,
    }  # fmt: skip
    for kind in ("articles", "evidence", "stories", "signals"):
        assert len(rows(filled, kind)) == status[kind]
    assert len(rows(filled, "signal-events")) == status["signal_events"]
    assert len(rows(filled, "outcomes")) == sum(status["outcomes"].values())
    empty = Reader(filled, "shadow").status()
    assert (empty["outcomes"], empty["without_outcome"], empty["lag"]) == ({}, 5, 0)


def test_merged_stories_and_signals_are_named_by_their_survivors(filled: Store) -> None:
    evidence = {row["evidence_id"][-2:]: row for row in rows(filled, "evidence")}
    assert {key: (row["story_id"], row["signal_id"]) for key, row in evidence.items()} == {
        "01": ("s1", "g1"), "02": ("s1", "g1"), "04": ("s4", "g1"),
    }  # fmt: skip
    settled = {row["article_id"][-1]: row for row in rows(filled, "outcomes")}
    assert (settled["2"]["primary_story_id"], settled["2"]["primary_signal_id"]) == ("s1", "g1")
    assert settled["2"]["story_ids"] == ["s1"]
    assert [row["status"] for row in rows(filled, "evidence", rejected=True)].count("rejected") == 1


def test_a_divided_signal_is_left_out_and_outcomes_name_its_parts(filled: Store) -> None:
    parts = [signal(5, 5, parent="g1"), signal(6, 5, parent="g1", state="dismissed")]
    moved = [change(1, status="accepted", signal_id="g5", story_id="s1", micro=1),
             change(2, status="accepted", signal_id="g6", story_id="s9", micro=1)]  # fmt: skip
    whole = signal(1, 5, state="split", children=("g5", "g6"))
    Projector(filled, "live").apply([commit(5, signals=(whole, *parts), changes=tuple(moved))])
    reader = Reader(filled, "live")
    assert [row["signal_id"] for row in reader.signals()] == ["g5"]
    assert [row["signal_id"] for row in reader.signals(published_only=False)] == ["g5", "g4"]
    assert reader.status()["signals"] == 2
    assert [(row["signal_id"], row["state"]) for row in rows(filled, "signals")] == [
        ("g4", "candidate"), ("g5", "published"), ("g6", "dismissed"),
    ]  # fmt: skip
    settled = {row["article_id"][-1]: row for row in rows(filled, "outcomes")}
    named = {key: (row["primary_signal_id"], row["signal_ids"]) for key, row in settled.items()}
    assert named["1"] == ("g5", ["g5"])
    assert named["2"] == ("g6", ["g6"])


def test_every_exported_quote_is_in_the_exported_text(filled: Store) -> None:
    texts = {row["article_id"]: row["text"] for row in rows(filled, "articles")}
    row = next(row for row in rows(filled, "evidence") if row["evidence_id"].endswith("01"))
    assert texts[row["article_id"]][row["quote_start"] : row["quote_end"]] == row["quote"]
    assert texts[article(2).article_id] == TEXT  # revision 1 is not settled: its evidence is revision 0's


def test_signals_are_listed_strongest_first(filled: Store) -> None:
    reader = Reader(filled, "live")
    assert [row["signal_id"] for row in reader.signals()] == ["g1"]
    assert [row["signal_id"] for row in reader.signals(published_only=False)] == ["g4", "g1"]
    assert "mass" not in reader.signals()[0]


def test_a_signal_comes_with_its_evidence_events_and_stories(filled: Store) -> None:
    reader = Reader(filled, "live")
    found = reader.signal("g3", NOW)
    assert found is not None
    assert found["signal_id"] == "g1"
    assert [row["evidence_id"][-2:] for row in found["evidence"]] == ["04", "03", "02", "01"]
    assert {row["signal_id"] for row in found["evidence"]} == {"g1"}
    assert [row["seq"] for row in found["events"]] == [1, 2]
    assert [row["story_id"] for row in found["story_rows"]] == ["s1", "s4"]
    standing = [row for row in found["evidence"] if row["status"] == "accepted"]
    assert found["counts"]["articles"] == len({row["article_id"] for row in standing}) > 0
    assert found["strength"] == found["curve"][-1].strength > 0
    assert set(found["why"]["supports"]) == {row["family"] for row in standing if row["micro"]}
    assert reader.signal("nobody", NOW) is None


def test_evidence_that_moved_is_with_its_new_signal_only(filled: Store) -> None:
    moved = change(1, status="accepted", signal_id="g4", story_id="s4", micro=420_000)
    Projector(filled, "live").apply([commit(5, changes=(moved,))])
    reader = Reader(filled, "live")
    by_signal = {key: reader.signal(key, NOW) for key in ("g1", "g4")}
    found = {
        key: [row["evidence_id"][-2:] for row in value["evidence"]]
        for key, value in by_signal.items()
        if value is not None
    }
    assert found == {"g1": ["04", "03", "02"], "g4": ["01"]}


def test_events_page_by_cursor(filled: Store) -> None:
    reader, cursor, seen = Reader(filled, "live"), (0, 0), []
    cursor = (0, 0)
    while page := reader.events(cursor, limit=2):
        seen += [row["event_id"] for row in page]
        cursor = (page[-1]["n"], page[-1]["i"])
    assert seen == ["live:g1:1", "live:g1:2", "live:g2:1", "live:g3:1", "live:g4:1"]
    assert [row["event_id"] for row in reader.events(published_only=True)] == ["live:g1:2"]
    assert [row["n"] for row in reader.events((1, 0), upto=2)] == [1, 2]


def test_thousands_of_candidates_never_reach_a_reader(store: Store) -> None:
    """Singletons wait unpublished, and are dropped after a while: neither shows, unless it is asked for."""
    heads = [signal(n, 1, state="candidate" if n % 2 else "dormant", published_at=None) for n in range(3000)]
    told = [event(n, 1, state=heads[n].state, kind="opened" if n % 2 else "dormant") for n in range(3000)]
    Projector(store, "live").apply([commit(1, events=tuple(told), signals=tuple(heads))])
    reader = Reader(store, "live")
    assert reader.signals() == reader.signals(at=NOW) == []
    assert reader.events(published_only=True) == []
    inputs = reader.brief_inputs(minutes(0), minutes(60), 0, 1)
    assert (inputs["signals"], inputs["candidates"]) == ([], 3000)
    assert len(reader.signals(published_only=False, at=NOW)) == 1000, "no more than asked for"
    assert len(reader.events()) == 500


def test_brief_inputs_hold_what_moved(filled: Store) -> None:
    inputs = Reader(filled, "live").brief_inputs(
        minutes(0), minutes(2), 0, Reader(filled, "live").commit_at(minutes(2))
    )
    [moved] = inputs["signals"]
    assert (moved["signal_id"], moved["strength_before"], moved["strength_after"]) == (
        "g1",
        0.0,
        0.1 + 0.2 + 2,
    )
    assert [row["evidence_id"][-2:] for row in moved["quotes"]] == ["01", "02"], "of the signal and what it took over"
    assert (inputs["candidates"], inputs["outcomes"]) == (0, {"accepted": 2})
    assert Reader(filled, "live").brief_inputs(minutes(9), minutes(10), 99, 100)["signals"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_json_lines_and_parquet_hold_the_same(filled: Store, tmp_path: Path, kind: ExportKind) -> None:
    out = io.BytesIO()
    count = export(filled, "live", kind, out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    file = tmp_path / "rows.parquet"
    assert export(filled, "live", kind, file, "parquet") == count == len(lines) > 0
    table = pq.read_table(file)
    assert table.column_names == list(lines[0]) if kind != "articles" else set(lines[0])
    key = next(name for name in lines[0] if name.endswith("_id"))
    assert table.column(key).to_pylist() == [line[key] for line in lines]
    assert list(tmp_path.iterdir()) == [file]


def test_times_are_written_in_utc_with_z(filled: Store) -> None:
    out = io.BytesIO()
    export(filled, "live", "articles", out)
    assert json.loads(out.getvalue().splitlines()[0])["published_at"] == "2026-04-15T08:31:00.123457Z"


def test_a_large_export_streams(store: Store) -> None:
    Projector(store, "live").apply([full_commit(n) for n in range(1, 3001)])
    assert [row["evidence_id"] for row in rows(store, "evidence")] == [f"e{n:019d}" for n in range(1, 3001)]


def test_bad_exports_are_refused(filled: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="choose one of articles, evidence"):
        export_kind("article")
    assert export_kind("signal-events") == "signal-events"
    with pytest.raises(BadInput, match="cannot write"):
        export(filled, "live", "articles", tmp_path / "no" / "such" / "folder")


def test_a_brief_knows_what_came_long_after_its_day(filled: Store) -> None:
    old = evidence_row(9, published_at=NOW - timedelta(days=30))
    week = evidence_row(10, published_at=NOW - timedelta(days=6))
    events = (
        event(1, 7, evidence_id=old.evidence_id, at=NOW),
        event(1, 8, evidence_id=week.evidence_id, at=NOW),
        event(1, 9, evidence_id=old.evidence_id, at=NOW, by="ann"),
    )
    Projector(filled, "live").apply([commit(5, events=events, evidence=(old, week), signals=(signal(1, 5),))])
    (one,) = Reader(filled, "live").brief_inputs(minutes(0), NOW, 4, 5)["signals"]
    assert [each["late"] for each in one["window"]] == [True, False, False]


def test_alerts_see_what_came_late_at_the_time_of_its_article(filled: Store) -> None:
    old = evidence_row(9, published_at=NOW - timedelta(days=30))
    fresh = evidence_row(10, published_at=NOW - timedelta(hours=23))
    events = (
        event(1, 7, evidence_id=old.evidence_id, at=NOW),
        event(1, 8, evidence_id=fresh.evidence_id, at=NOW),
        event(1, 9, evidence_id=old.evidence_id, at=NOW, by="ann"),
        event(1, 10, evidence_id="", at=NOW),
    )
    Projector(filled, "live").apply([commit(5, events=events, evidence=(old, fresh), signals=(signal(1, 5),))])
    found = [one for _, one in RecentEvents(filled, "live").after((4, 0), NOW, 10) if one.seq > 6]
    assert [(one.at, recent(one, NOW)) for one in found] == [
        (NOW - timedelta(days=30), False), (NOW, True), (NOW, True), (NOW, True),
    ]  # fmt: skip
