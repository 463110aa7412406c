"""What time alone does: candidates are dropped, published signals fade, go dormant and come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.state import floor_hour
from tests.worlds import World, content, day, evidence, extraction, kinds

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
LASER = "quantum laser photon lattice cavity mirror pump beam"
FERRY = "ferry island tourist beach hotel season ticket queue"


def published(**policy: Any) -> World:
    """A world with one published signal of a1 and a2, one family each."""
    world = World(**policy)
    world.read("a1", GALLIUM)
    world.read("a2", GALLIUM, family="b")
    assert world.signal("a1").state == "published"
    return world


def test_a_candidate_without_a_second_voice_is_dropped_in_the_first_hour_after_its_days() -> None:
    world = World(candidate_days=30.0)
    world.read("a1", GALLIUM)
    due = floor_hour(day(30)) + timedelta(hours=1)
    assert kinds(world.tick(29.99)) == []
    commit = world.tick(31)
    assert commit is not None
    (event,) = commit.events
    assert (event.kind, event.at, event.cause) == ("dormant", due, "clock")
    assert world.signal("a1").state == "dormant"
    assert kinds(world.tick(500)) == [], "it is dropped once"


def test_news_keeps_a_candidate() -> None:
    world = World(candidate_days=30.0)
    world.read("a1", GALLIUM)
    world.read("a2", GALLIUM, at=20.0)  # the same family
    assert kinds(world.tick(31)) == []
    assert kinds(world.tick(51)) == ["dormant"]


def test_a_dropped_candidate_becomes_one_again_and_may_be_published() -> None:
    world = World(candidate_days=10.0)
    world.read("a1", GALLIUM)
    world.tick(12)
    assert kinds(world.read("a2", GALLIUM, at=13)) == ["reinforced", "revived"]
    assert world.signal("a1").state == "candidate"
    assert kinds(world.read("a3", GALLIUM, at=14, family="b")) == ["reinforced", "published"]


def test_a_signal_fades_and_goes_dormant_in_the_hours_in_which_it_crosses() -> None:
    world = published()
    before = world.signal("a1")
    commit = world.tick(1000)
    assert commit is not None
    assert kinds(commit) == ["faded", "dormant"]
    for event, limit in zip(commit.events, (world.policy.fade_below, world.policy.dormant_below), strict=True):
        assert world.strength("a1", event.at) < limit
        assert world.strength("a1", event.at - timedelta(hours=1)) >= limit
        assert event.strength_after == world.strength("a1", event.at)
    assert [e.seq for e in world.events(before.signal_id)] == list(range(1, before.seq + 3))


def test_hour_by_hour_and_in_one_leap_end_the_same() -> None:
    slow, fast = published(), published()
    for step in range(1, 200):
        slow.tick(step)
    fast.tick(199)
    assert slow.signal("a1").state == fast.signal("a1").state == "dormant"
    assert [(e.seq, e.kind, e.at, e.strength_after) for e in slow.events()] == [
        (e.seq, e.kind, e.at, e.strength_after) for e in fast.events()
    ]


def test_a_leap_of_two_years_is_one_commit_in_the_order_of_time() -> None:
    world = World(candidate_days=30.0)
    for name, words in (("x", GALLIUM), ("y", FERRY), ("z", "quantum laser photon lattice cavity mirror pump beam")):
        world.read(f"{name}1", words)
        world.read(f"{name}2", words, family="b")
    world.read("y3", FERRY, family="c")  # lasts longer
    world.read("lonely", "volcano lava ash plume crater tremor cone vent")
    commit = world.tick(730)
    assert commit is not None
    assert sorted(kinds(commit)) == ["dormant"] * 4 + ["faded"] * 3
    times = [event.at for event in commit.events]
    assert times == sorted(times)
    for event in commit.events:
        if event.kind == "faded":
            assert 0.97 < event.strength_after < 1.0, "strength is that of the hour of the event"
    assert commit.at == day(730)
    assert kinds(world.tick(731)) == []


def test_an_article_from_the_future_lets_the_time_before_it_pass_first() -> None:
    world = published()
    commit = world.read("late", FERRY, at=400)
    assert kinds(commit) == ["faded", "dormant", "opened"]
    assert [e.cause for e in commit.events] == ["clock", "clock", "x:late:0"]


def test_a_leap_is_believed_only_when_a_second_article_confirms_it() -> None:
    world = published(jump=3.0)
    assert kinds(world.read("wrong", FERRY, at=400)) == ["opened"], "one article with a wrong date ages nothing"
    assert world.state.now == day(0)
    assert world.read("honest", FERRY, at=1).at == day(1)
    world.read("b1", LASER, at=90)
    commit = world.read("b2", LASER, at=91)
    assert commit.at == day(90), "what both of them claim"
    assert "faded" in kinds(commit)


def test_a_flagged_date_moves_no_time() -> None:
    world = published()
    assert world.read("odd", FERRY, at=2, date_flag="future").at == day(0)
    assert world.read("fine", FERRY, at=2).at == day(2)


def test_a_faded_signal_is_revived_only_when_it_crosses() -> None:
    world = published(candidate_days=999.0)
    world.tick(85)
    assert world.signal("a1").state == "faded"
    weak = evidence(GALLIUM, quote="weak", salience=20_000)
    assert kinds(world.read("a3", weak, at=85.1)) == ["reinforced"]
    assert world.signal("a1").state == "faded"
    assert kinds(world.read("a4", GALLIUM, at=85.2)) == ["reinforced", "revived"]
    assert world.signal("a1").state == "published"
    assert kinds(world.read("a5", GALLIUM, at=85.3)) == ["reinforced"], "revived once"


def test_a_contradiction_never_revives() -> None:
    world = published()
    world.tick(85)
    assert kinds(world.read("a3", evidence(GALLIUM, stance="contradicts"), at=85.1)) == ["contradicted"]
    assert world.signal("a1").state == "faded"


def test_a_signal_that_holds_longer_than_is_looked_ahead_still_fades() -> None:
    world = published(half_life={"structural": 3_000.0, "cyclical": 3_000.0, "event": 3_000.0})
    commit = world.tick(30_000)
    assert kinds(commit) == ["faded", "dormant"]


def test_time_never_goes_back() -> None:
    world = published()
    world.tick(5)
    assert world.tick(3) is None
    assert world.read("old", FERRY, at=-100).at == day(5)
    assert world.state.now == day(5)


def test_events_never_lie_before_the_time_they_were_decided_at() -> None:
    """A candidate from an old article is overdue at once; its end is still not before its beginning."""
    world = World(candidate_days=30.0)
    world.tick(100)
    world.read("old", GALLIUM, at=-50)
    world.tick(101)
    times = [event.at for event in world.events()]
    assert [e.kind for e in world.events()] == ["opened", "dormant"]
    assert times == sorted(times)


def test_ticks_within_an_hour_are_not_worth_a_commit() -> None:
    world = World()
    assert world.tick(0.0) is not None
    assert world.tick(0.001) is None
    assert world.tick(0.1) is not None


def test_deciding_changes_nothing() -> None:
    world = published()
    world.read("b1", FERRY)
    before = content(world.state)
    for part in (extraction("new", GALLIUM, FERRY, at=300, family="c"), extraction("a1", revision=1, at=1)):
        first = world.decide(part)
        assert content(world.state) == before
        assert world.decide(part) == first, "the same question has the same answer"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 60.0), min_size=1, max_size=12))
def test_however_time_passes_the_same_things_happen_at_the_same_hours(steps: list[float]) -> None:
    stepped, leaping = published(), published()
    stepped.read("b1", FERRY), leaping.read("b1", FERRY)
    now = 0.0
    for step in steps:
        now += step
        stepped.tick(now)
    leaping.tick(now)
    assert [(e.event_id, e.kind, e.at) for e in stepped.events()] == [
        (e.event_id, e.kind, e.at) for e in leaping.events()
    ]
