"""From random histories of the ledger to the store: what is stored explains every strength, by SQL and from events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from infra.policy import record_policy
from infra.why import asked_time, explanation
from processors.decisions.policy import Policy
from processors.decisions.strength import ONE_FAMILY
from processors.decisions.substance import components
from schemas.errors import BadInput
from schemas.events import SignalEvent
from schemas.mass import Mass
from sinks.clickhouse.connect import Store
from sinks.clickhouse.policy_rows import PolicyRows
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from tests.builders import T0, event
from tests.unit.processors.decisions.test_ledger_promises import histories, history

SOME = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SOME
@given(seed=histories)
def test_the_store_explains_every_strength_of_the_ledger(store: Store, seed: int) -> None:
    world, _ = history(seed)
    for table in ("evidence", "signals", "stories", "signal_events", "projected"):
        store.command(f"TRUNCATE TABLE {table}")
    record_policy(store, world.policy)
    Projector(store, "live").apply(world.log)
    reader, now = Reader(store, "live"), world.state.now
    listed = {row["signal_id"]: row for row in reader.signals(published_only=False, limit=10_000, at=now)}
    for signal_id, head in world.state.signals.items():
        if head.merged_into:
            continue
        expected = world.state.components(signal_id, now)
        assert listed[signal_id]["strength"] == pytest.approx(expected.strength, abs=1e-9, rel=0)
        found = explanation(signal_id, reader.lineage(signal_id), now, world.policy, {})
        assert found["strength"] == expected.strength
        assert found["retraced"]["differing"] == []
        for stance in ("supports", "contradicts"):
            for family in found[stance]:
                silent = 1.0
                for story in family["stories"]:
                    weighed = sum(row["micro"] / 1e6 * row["weight"] for row in story["rows"])
                    assert weighed == pytest.approx(story["mass"], rel=1e-12)
                    silent /= 1.0 + story["mass"]
                assert family["voice"] == 1.0 - silent


def told(
    signal_id: str, seq: int, policy: Policy, *mass: Mass, rests_on: tuple[Mass, ...], **more: object
) -> SignalEvent:
    strength = components(rests_on, T0, policy).strength
    made = event(1, seq, signal_id=signal_id, at=T0, mass=mass, strength_after=strength, policy=policy.version)
    return replace(made, **more)  # type: ignore[arg-type]


FOR = Mass("s1", "reuters", "supports", 20558, 900_000, "structural")
MORE = Mass("s2", "ap", "supports", 20540, 800_000, "event")
AGAINST = Mass("s2", "afp", "contradicts", 20557, 700_000, "event")


def test_what_came_from_another_signal_is_followed_to_its_events() -> None:
    policy = Policy()
    events = [
        told("g2", 1, policy, MORE, AGAINST, rests_on=(MORE, AGAINST)),
        told("g1", 1, policy, FOR, rests_on=(FOR,)),
        told("g1", 2, policy, rests_on=(FOR, MORE, AGAINST), kind="merged", other_id="g2", stories_moved=("s2",)),
    ]
    found = explanation("g1", events, T0, policy, {})
    assert (found["retraced"]["events"], found["retraced"]["signals"], found["retraced"]["differing"]) == (3, 2, [])
    assert [family["family"] for family in found["supports"]] == ["reuters", "ap"]
    assert found["contradicts"][0]["stories"][0]["rows"] == [
        {"kind": "event", "day": "2026-04-14", "micro": 700_000, "weight": pytest.approx(0.9, abs=0.1)}
    ]


def test_an_event_that_says_something_else_is_named() -> None:
    policy = Policy()
    wrong = told("g1", 1, policy, FOR, rests_on=(FOR, MORE))
    [one] = explanation("g1", [wrong], T0, policy, {})["retraced"]["differing"]
    assert (one["event_id"], one["strength_after"]) == (wrong.event_id, wrong.strength_after)
    assert one["retraced"] == components((FOR,), T0, policy).strength


def test_each_event_is_retraced_under_the_policy_of_its_time(store: Store) -> None:
    former = replace(Policy(), version="1", half_life={"structural": 9.0, "cyclical": 9.0, "event": 9.0})
    old = Mass("s1", "reuters", "supports", 20500, 900_000, "structural")
    first = told("g1", 1, former.judged_by("m/judge/1"), old, rests_on=(old,))
    second = told("g1", 2, Policy(), FOR, rests_on=(old, FOR))
    PolicyRows(store).put(former.version, former.half_life, ONE_FAMILY)
    record_policy(store, Policy())
    found = explanation("g1", [first, second], T0, Policy(), PolicyRows(store).half_lives())
    assert found["retraced"]["differing"] == []
    assert explanation("g1", [first, second], T0, Policy(), {})["retraced"]["differing"] != []


def test_a_past_time_knows_only_what_was_known_then() -> None:
    policy = Policy()
    first = told("g1", 1, policy, FOR, rests_on=(FOR,))
    later = replace(told("g1", 2, policy, AGAINST, rests_on=(FOR, AGAINST)), at=T0 + timedelta(days=2))
    then = explanation("g1", [first, later], T0 + timedelta(days=1), policy, {})
    assert (then["opposing"], then["last_event"]["event_id"]) == (0.0, first.event_id)
    assert explanation("g1", [first, later], T0 + timedelta(days=3), policy, {})["opposing"] > 0
    with pytest.raises(BadInput, match="had no event by"):
        explanation("g1", [first], T0 - timedelta(days=1), policy, {})


def test_times_are_days_or_iso() -> None:
    assert asked_time("") is None
    assert str(asked_time("2026-04-15")) == "2026-04-15 23:59:59.999999+00:00"
    assert str(asked_time("2026-04-15T09:30")) == "2026-04-15 09:30:00+00:00"
    with pytest.raises(BadInput, match="--at"):
        asked_time("yesterday")
