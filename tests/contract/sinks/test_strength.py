"""Strength in SQL equals strength in Python, for evidence of every sort at any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.policy import record_policy
from processors.decisions.policy import Policy
from processors.decisions.strength import ONE_FAMILY, weights_at
from processors.decisions.substance import Substance
from schemas.evidence import EvidenceRow
from schemas.ledger import SignalHead, StoryHead
from schemas.mass import Mass
from sinks.clickhouse.as_of import voices_as_of
from sinks.clickhouse.by_signal import history, strengths
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.policy_rows import PolicyRows
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from tests.builders import T0, change, commit, evidence_row, signal, story
from tests.examples import tried

SIGNALS = [f"g{n}" for n in range(4)]
STORIES = [f"s{n}" for n in range(6)]
TODAY = 20558
TIMES = (
    T0,
    T0 + timedelta(hours=5, minutes=59, seconds=59, microseconds=999_999),
    T0 + timedelta(days=40, minutes=30),
    T0 - timedelta(days=12),
    datetime(1970, 1, 1, tzinfo=UTC),
    T0 + timedelta(days=4000),
)
MANY = settings(max_examples=tried(12, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

evidence = st.builds(
    evidence_row,
    st.integers(1, 10**9),
    signal_id=st.sampled_from([*SIGNALS, ""]),
    story_id=st.sampled_from(STORIES),
    family=st.sampled_from(["f1", "f2", "família ☂", ""]),
    stance=st.sampled_from(["supports", "supports", "contradicts", "context"]),
    kind=st.sampled_from(["structural", "cyclical", "event", "another"]),
    status=st.sampled_from(["accepted", "accepted", "accepted", "rejected", "withdrawn", "provisional"]),
    is_copy=st.booleans(),
    micro=st.one_of(st.just(0), st.integers(1, 1_000_000)),
    day=st.one_of(st.integers(TODAY - 90, TODAY + 10), st.integers(-3, 40_000)),
)
# Who was merged into whom: always a later one, so there are chains but no circles.
merges = st.tuples(
    *(st.one_of(st.just(0), st.integers(1, 3)) for _ in SIGNALS),
    *(st.one_of(st.just(0), st.integers(1, 3)) for _ in STORIES),
)


def onto(names: Sequence[str], steps: Sequence[int]) -> dict[str, str]:
    return {
        name: names[at + step] for at, (name, step) in enumerate(zip(names, steps, strict=True))
        if step and at + step < len(names)
    }  # fmt: skip


def end(key: str, merged: Mapping[str, str]) -> str:
    while key in merged:
        key = merged[key]
    return key


def heads(signals: Mapping[str, str], stories: Mapping[str, str]) -> tuple[list[SignalHead], list[StoryHead]]:
    return (
        [signal(signal_id=key, merged_into=signals.get(key, "")) for key in SIGNALS],
        [story(story_id=key, merged_into=stories.get(key, "")) for key in STORIES],
    )


def in_python(
    rows: Sequence[EvidenceRow], signals: Mapping[str, str], stories: Mapping[str, str]
) -> dict[str, Substance]:
    mass: dict[str, list[Mass]] = {}
    for row in {row.evidence_id: row for row in rows}.values():
        if row.status == "accepted" and row.micro and row.signal_id:
            part = Mass(end(row.story_id, stories), row.family, row.stance, row.day, row.micro, row.kind)
            mass.setdefault(end(row.signal_id, signals), []).append(part)
    return {key: Substance(parts) for key, parts in mass.items()}


def in_sql(store: Store, at: datetime) -> dict[str, Row]:
    rows = store.query(
        "SELECT * FROM signal_strength(at = {at:DateTime64(6, 'UTC')}) WHERE generation = 'live'", {"at": at}
    )
    return {row["signal_id"]: row for row in rows}


def close(value: Any) -> Any:
    return pytest.approx(value, abs=1e-9, rel=0)


@MANY
@given(rows=st.lists(evidence, max_size=30), steps=merges)
def test_python_and_sql_agree(store: Store, rows: list[EvidenceRow], steps: tuple[int, ...]) -> None:
    merged, joined = onto(SIGNALS, steps[: len(SIGNALS)]), onto(STORIES, steps[len(SIGNALS) :])
    for table in ("evidence", "evidence_by_signal", "signals", "stories", "projected"):
        store.command(f"TRUNCATE TABLE {table}")
    signals, stories = heads(merged, joined)
    elsewhere = evidence_row(7, signal_id="g1", story_id="s1", micro=900_000)
    Projector(store, "shadow").apply([commit(1, generation="shadow", evidence=(elsewhere,))])
    Projector(store, "live").apply([commit(1, evidence=tuple(rows), signals=tuple(signals), stories=tuple(stories))])
    for at in TIMES:
        expected, found = in_python(rows, merged, joined), in_sql(store, at)
        weights = weights_at(at, Policy())
        assert found.keys() == expected.keys()
        for key, substance in expected.items():
            parts = substance.components(weights)
            assert found[key]["supporting"] == close(parts.supporting)
            assert found[key]["opposing"] == close(parts.opposing)
            assert found[key]["strength"] == close(parts.strength)
            voices = voices_as_of(store, "live", at, key)
            spoken = substance.voices(weights)
            for stance in ("supports", "contradicts"):
                assert voices[stance] == close({who: voice for (side, who), voice in spoken.items() if side == stance})
            absorbed = [one for one in SIGNALS if end(one, merged) == key]
            alone = history(store, "live", absorbed, at, 2, {one: end(one, joined) for one in joined})
            assert alone.last is not None
            assert (alone.last.supporting, alone.last.opposing) == (close(parts.supporting), close(parts.opposing))
            assert alone.last.strength == close(parts.strength)
            assert alone.voices == {stance: close(voices[stance]) for stance in ("supports", "contradicts")}
        listed = strengths(store, "live", (), at, timedelta(days=7))
        assert {key for key, (now, _) in listed.items() if now} == expected.keys()
        assert all(now is None or now.strength == close(found[key]["strength"]) for key, (now, _) in listed.items())


def test_what_is_withdrawn_weighs_nothing(store: Store) -> None:
    Projector(store, "live").apply([commit(1, evidence=(evidence_row(1),), signals=(signal(1),))])
    assert in_sql(store, T0)["g1"]["strength"] > 0
    Projector(store, "live").apply([commit(2, changes=(change(1),))])
    assert in_sql(store, T0) == {}
    [head] = Reader(store, "live").signals(at=T0)
    assert (head["strength"], head["strength_as_committed"], head["contested"]) == (0.0, 2.3000000000000003, False)


def test_a_long_chain_of_merges_ends_at_its_survivor(store: Store) -> None:
    chain = tuple(signal(n, 1, merged_into=f"g{n + 1}" if n < 120 else "") for n in range(121))
    Projector(store, "live").apply([commit(1, evidence=(evidence_row(1, signal_id="g0"),), signals=chain)])
    assert list(in_sql(store, T0)) == ["g120"]


def test_strength_over_time_is_the_strength_at_each_time(store: Store) -> None:
    rows = tuple(evidence_row(n, signal_id="g1", day=TODAY - n, kind="event", micro=500_000) for n in range(5))
    Projector(store, "live").apply([commit(1, evidence=rows, signals=(signal(1),))])
    over = store.query(
        "SELECT at, strength FROM signal_strength_over(since = {a:DateTime64(6, 'UTC')}, "
        "until = {b:DateTime64(6, 'UTC')}, hours = 24) WHERE signal_id = 'g1' ORDER BY at",
        {"a": T0, "b": T0 + timedelta(days=20)},
    )
    assert len(over) == 21
    for row in over:
        assert row["strength"] == in_sql(store, row["at"])["g1"]["strength"]


def test_the_views_use_the_policy_that_was_recorded_last(store: Store) -> None:
    Projector(store, "live").apply([commit(1, evidence=(evidence_row(1),), signals=(signal(1),))])
    later = T0 + timedelta(days=45)
    slow = in_sql(store, later)["g1"]["strength"]
    PolicyRows(store).put("fast", {"structural": 1.0, "cyclical": 1.0, "event": 1.0}, ONE_FAMILY)
    assert in_sql(store, later)["g1"]["strength"] < slow / 2
    record_policy(store, Policy())
    record_policy(store, Policy())
    assert in_sql(store, later)["g1"]["strength"] == slow
    assert PolicyRows(store).half_lives()["fast"]["event"] == 1.0
