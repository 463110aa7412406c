"""A signal cannot drift: one that is fed a foreign theme a day for 60 days ends as several coherent ones.

Chain drift: each foreign article says enough in the signal's own words to join its story. And a lenient judge, who says
"supports" to whatever is put to it. Without the watchman both end as one signal of 60 themes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random

import pytest

from processors.decisions.divisions import foreign_evidence, foreign_stories
from processors.decisions.draft import Draft
from processors.decisions.passing import named_today
from processors.decisions.retrace import retrace
from processors.decisions.substance import components
from schemas.codec import encode
from schemas.ledger import Commit
from schemas.proposal import Answer, Command, Tick, Verdict
from schemas.vocabulary import Stance
from tests.worlds import World, content, evidence, folded, proposal, restored

DAYS = 60
OWN = [
    "gallium", "germanium", "smelter", "quota", "licence", "ministry", "ingot", "refinery", "tariff", "shipment",
    "customs", "alloy", "warehouse", "trader",
]  # fmt: skip
ERODES = "a scarce input under one hand gives leverage over rivals"


def own(day: int) -> str:
    """Return words of the signal's own theme."""
    return " ".join(Random(f"own{day}").sample(OWN, 9))


def foreign(day: int, number: int) -> str:
    """Return four words of the signal's theme and seven of the day's."""
    random = Random(f"{day}.{number}")
    return " ".join([*random.sample(OWN, 4), *random.sample([f"theme{day}word{n}" for n in range(10)], 7)])


def elsewhere(number: int) -> str:
    """Return words of other news, so that what is frequent and what is rare is as in a stream."""
    return " ".join(Random(number).sample([f"other{number % 17}word{n}" for n in range(14)], 9))


def chain(world: World, days: int, first: int = 0) -> None:
    for day in range(first, days):
        world.read(f"own-{day}", own(day), at=day, family="abcdef"[day % 6])
        for number in range(6):
            world.read(f"else-{day}-{number}", elsewhere(6 * day + number), at=day + 0.1, family="g")
        for number in range(2 if day % 4 == 0 else 1):
            world.read(
                f"foreign-{day}-{number}", foreign(day, number), at=day + 0.3 + number / 10,
                family="bcdefa"[(day + number) % 6],
            )  # fmt: skip


@cache
def chained(watch: bool) -> World:
    world = World(watch=watch)
    chain(world, DAYS)
    return world


def mechanism(day: int) -> str:
    """Return what a foreign story says in general: two words of the scope's mechanism and six of its own."""
    return "scarce rivals " + " ".join(f"idea{day}part{n}" for n in range(6))


def lenient(world: World) -> list[Commit]:
    """Answer every open question: it supports whatever is named."""
    done = []
    for question in list(world.state.questions.values()):
        stance: Stance = "supports"
        verdicts = tuple(Verdict(c.signal_id, c.story_id, stance) for c in question.candidates)
        done.append(world.take(Answer(question.question_id, verdicts, "judge/lenient", "")))
    return done


@cache
def judged(watch: bool) -> World:
    world = World(judge="judge/lenient", ask_from=1.0, ask_until=0.0, watch=watch)
    for day in range(DAYS):
        said = evidence(own(day % 5), mechanism=ERODES, reasoning_origin="model", quote=f"own quote {day}")
        world.read(f"own-{day}", said, at=day, family="abcdef"[day % 6])
        lenient(world)
        for number in range(2 if day % 4 == 0 else 1):
            words = " ".join(f"theme{day}word{n}" for n in range(10))
            said = evidence(words, mechanism=mechanism(day), reasoning_origin="model", quote=f"{day} {number}")
            world.read(f"foreign-{day}-{number}", said, at=day + 0.3 + number / 10, family="bcdefa"[(day + number) % 6])
            lenient(world)
    return world


WORLDS = pytest.mark.parametrize("grown", [chained, judged])
Grown = Callable[[bool], World]


def articles(world: World, kind: str = "") -> list[str]:
    return [name for name in world.state.marks if name.startswith(kind) and not name.startswith("else")]


def theme(article: str) -> str:
    return "own" if article.startswith("own") else article.rsplit("-", 1)[0]


@WORLDS
def test_without_the_watchman_all_themes_are_one_signal(grown: Grown) -> None:
    world = grown(False)
    assert {world.signal(name).signal_id for name in articles(world)} == {world.signal("own-0").signal_id}
    assert len({theme(name) for name in articles(world)}) == DAYS + 1
    assert world.signal("own-0").evidence == 135


@WORLDS
def test_it_ends_as_several_coherent_signals(grown: Grown) -> None:
    world = grown(True)
    themes: dict[str, list[str]] = {}
    for name in articles(world):
        themes.setdefault(world.signal(name).signal_id, []).append(theme(name))
    mixed = [found for found in themes.values() if len(set(found)) > 1]
    if grown is judged:
        assert not mixed, "no signal has two themes"
        assert len(themes) == DAYS + 1, "and no theme has two signals"
    # The words that all foreign themes share with the signal may still bring two of them together in a small one.
    assert all(len(found) < 6 for found in mixed), "the watchman's first look is at six"
    assert len(mixed) < len(themes) / 3
    assert len(themes) > 40


@WORLDS
def test_the_original_keeps_its_own_evidence_and_its_scope(grown: Grown) -> None:
    world = grown(True)
    head = world.signal("own-0")
    assert [name for name in articles(world) if world.signal(name).signal_id == head.signal_id] == articles(
        world, "own"
    )
    assert (head.scope, head.state, head.evidence, head.articles) == (f"Claim: {own(0)}", "published", DAYS, DAYS)
    assert head.basis == "story" or grown is judged
    assert head.opened_at == grown(False).signal("own-0").opened_at
    assert {change.evidence_id for commit in world.log for change in commit.changes if "moved" in change.reason} <= {
        mark.evidence_id for name in articles(world, "foreign") for mark in world.state.marks[name].evidence
    }, "nothing of its own was ever moved"


def held_in_all(world: World) -> int:
    return sum(head.evidence for head in world.state.signals.values() if not head.merged_into)


@WORLDS
def test_no_evidence_is_lost_and_each_strength_is_that_of_its_evidence(grown: Grown) -> None:
    world, whole = grown(True), grown(False)
    assert held_in_all(world) == held_in_all(whole)
    for signal_id, head in world.state.signals.items():
        if head.merged_into:
            continue  # says what it was
        held = [
            m
            for mark in world.state.marks.values()
            for m in mark.evidence
            if world.state.resolve_signal(m.signal_id) == signal_id
        ]
        assert head.evidence == len(held)
        parts = world.state.components(signal_id, world.state.now)
        mass = world.state.holdings.of(signal_id).mass()
        today = named_today(world.state.holdings.of(signal_id), world.state.resolve_story)
        assert sum(part.micro for part in mass) == sum(mark.micro for mark in held)
        assert parts.strength == components(today.mass(), world.state.now, world.policy).strength
    for event, parts in retrace(world.events(), world.policy):
        assert parts.strength == event.strength_after, event


@WORLDS
def test_each_division_is_an_event_with_its_reason_in_numbers(grown: Grown) -> None:
    world = grown(True)
    home = world.signal("own-0")
    acts = [done for done in world.state.applied.values() if done.action == "split-off"]
    splits = [event for event in world.events(home.signal_id) if event.kind == "split"]
    assert len(acts) == len(splits) > 5
    for event in splits:
        assert (event.by, event.state) == ("watchman", "published")
        assert "coherence 0." in event.note
        assert "separation at least 0." in event.note
    children = [child for done in acts for child in done.other_ids]
    assert list(home.children) == children
    for child in children:
        opened = world.events(child)[0]
        assert (opened.kind, opened.by, opened.other_id) == ("opened", "watchman", home.signal_id)
        assert world.state.signals[child].parent == home.signal_id
    claims = Counter(world.state.signals[child].title for child in children)
    assert all(title.startswith("Claim: ") and len(title) <= 110 for title in claims), "a claim, not all of them"


@WORLDS
def test_a_division_is_in_the_commit_that_showed_it_and_replays_to_the_same(grown: Grown) -> None:
    world = grown(True)
    for commit in world.log:
        for done in commit.applied:
            if done.action != "split-off":
                continue  # the matcher lets two stories be one
            assert commit.proposal_id.startswith(("x:", "a:"))
            assert {event.signal_id for event in commit.events} >= {done.signal_id, *done.other_ids}
    assert content(folded(world.policy, world.log)) == content(world.state)
    assert content(restored(world.state, world.log)) == content(world.state)
    again = grown.__wrapped__(True)  # type: ignore[attr-defined]
    assert [encode(commit) for commit in again.log] == [encode(commit) for commit in world.log]


def test_a_look_at_what_has_drifted_far_still_finds_it() -> None:
    """A ledger of before the watchman: the tail is long already when it is looked at first."""
    world = chained(False)
    draft = Draft(world.state, proposal(Tick(world.state.now)), world.policy)
    head = world.signal("own-0")
    found = foreign_evidence(draft, head, head.stories[0], least=4)
    assert found is not None
    assert len(found.parts) == world.policy.foreign_parts
    assert {theme(article) for part in found.parts for article, _ in part.leaving}.isdisjoint({"own"})
    world = judged(False)
    draft = Draft(world.state, proposal(Tick(world.state.now)), world.policy)
    found = foreign_stories(draft, world.signal("own-0"), least=4)
    assert found is not None
    assert {theme(article) for part in found.parts for article, _ in part.leaving}.isdisjoint({"own"})


def test_what_an_analyst_takes_back_is_not_done_again() -> None:
    world = World()
    chain(world, 20)
    acts = [done for done in world.state.applied.values() if done.action == "split-off"]
    for number, done in enumerate(reversed(acts)):
        commit = world.take(Command(f"u{number}", "undo", "ann", "one theme to me", undoes=done.command_id))
        assert not commit.applied[0].refused, commit.applied[0].refused
    assert world.signal("own-0").evidence == 45
    assert world.signal("own-0").children == ()
    chain(world, 40, 20)
    done_now = [done for done in world.state.applied.values() if done.action == "split-off"]
    assert {done.command_id for done in done_now} == {done.command_id for done in acts}, "and none since"
    assert {world.signal(name).signal_id for name in articles(world)} == {world.signal("own-0").signal_id}
    for event, parts in retrace(world.events(), world.policy):
        assert parts.strength == event.strength_after, event


def test_a_pinned_signal_is_left_alone() -> None:
    world = World()
    chain(world, 1)
    world.take(Command("p", "pin", "ann", "", signal_id=world.signal("own-0").signal_id))
    chain(world, 12, 1)
    assert {world.signal(name).signal_id for name in articles(world)} == {world.signal("own-0").signal_id}
