"""The sweep publishes again what was lost, and nothing that is only late."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from infra.kafka.progress import Offsets
from infra.kafka.sweep import Sweep, SweepParts
from infra.kafka.ticks import nothing_under_way
from schemas.article import Article
from schemas.topics import ARTICLES, LIVE, PROPOSALS
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector, projected
from tests.builders import T0, article, commit, outcome


@dataclass
class World:
    """A cluster whose offsets are set by hand, and what the sweep did to it."""

    topics: dict[str, dict[int, int]] = field(default_factory=lambda: {ARTICLES.name: {0: 0}, PROPOSALS.name: {0: 0}})
    groups: dict[str, dict[int, int]] = field(default_factory=lambda: {"extract": {}, "ledger": {}})
    now: float = 0.0
    published: list[Article] = field(default_factory=list)
    given_up: list[Article] = field(default_factory=list)

    def ends(self, topic: str) -> Offsets:
        return dict(self.topics[topic])

    def committed(self, group: str, topic: str) -> Offsets:
        return dict(self.groups[group.removeprefix("bellwether-")])

    def publish(self, articles: Sequence[Article]) -> None:
        self.published += articles

    def give_up(self, articles: Sequence[Article], reason: str) -> None:
        self.given_up += articles


@pytest.fixture
def world() -> World:
    return World()


def sweep_of(world: World, store: Store, commits: int = 0, asked: Collection[tuple[str, int]] = ()) -> Sweep:
    parts = SweepParts(
        articles=ArticleStore(store, now=lambda: T0),
        progress=world,
        last_commit=lambda: commits,
        projected=lambda: projected(store, LIVE),
        publish=world.publish,
        give_up=world.give_up,
        now=lambda: T0 + timedelta(seconds=1 + world.now),
        asked=lambda: asked,
    )
    return Sweep(parts, LIVE, attempts=3, stalled_seconds=60)


def stored(store: Store, *numbers: int) -> None:
    ArticleStore(store, now=lambda: T0).put([article(number) for number in numbers])


def turn(sweep: Sweep, times: int = 4) -> int:
    return sum(sweep() for _ in range(times))


def test_a_lost_article_is_published_again_until_it_is_given_up(world: World, store: Store) -> None:
    stored(store, 1, 2)
    Projector(store, LIVE).apply([commit(1, outcomes=(outcome(2),))])
    sweep = sweep_of(world, store, commits=1)
    for attempt in (1, 2):
        assert turn(sweep) == 1
        assert (world.published[-1].article_id, world.published[-1].attempt) == (article(1).article_id, attempt)
    assert turn(sweep) == 0
    assert [each.article_id for each in world.given_up] == [article(1).article_id]


def test_what_waits_for_an_extractor_or_a_sink_is_not_lost(world: World, store: Store) -> None:
    stored(store, 1)
    world.topics[ARTICLES.name] = {0: 5, 1: 3}
    world.groups["extract"] = {0: 5}
    sweep = sweep_of(world, store, commits=2)
    assert turn(sweep, 10) == 0
    world.groups["extract"] = {0: 5, 1: 3}
    assert turn(sweep, 10) == 0  # the tables lack commits 1 and 2
    Projector(store, LIVE).apply([commit(1), commit(2)])
    assert turn(sweep, 2) == 1


def test_a_ledger_that_stands_still_waits_for_a_lost_ordinal(world: World, store: Store) -> None:
    stored(store, 1)
    world.topics[PROPOSALS.name] = {0: 10}
    world.groups["ledger"] = {0: 4}
    sweep = sweep_of(world, store)
    assert turn(sweep) == 0
    world.now, world.groups["ledger"] = 59, {0: 7}
    assert turn(sweep) == 0
    world.now = 100  # it has moved since
    assert turn(sweep) == 0
    world.now = 120
    assert turn(sweep) == 1


def test_what_waits_for_a_judge_is_not_lost(world: World, store: Store) -> None:
    stored(store, 1, 2)
    sweep = sweep_of(world, store, asked={(article(1).article_id, 0)})
    assert turn(sweep) == 1
    assert [each.article_id for each in world.published] == [article(2).article_id]


def test_what_was_stored_after_the_mark_is_left_for_the_next(world: World, store: Store) -> None:
    sweep = sweep_of(world, store)
    sweep()
    ArticleStore(store, now=lambda: T0 + timedelta(hours=1)).put([article(1)])
    assert turn(sweep, 3) == 0


def test_time_passes_only_when_nothing_is_under_way(world: World) -> None:
    assert nothing_under_way(world)
    world.topics[PROPOSALS.name] = {0: 1}
    assert not nothing_under_way(world)
    world.groups["ledger"] = {0: 1}
    assert nothing_under_way(world)
    world.topics[ARTICLES.name] = {0: 0, 1: 2}
    assert not nothing_under_way(world)
