"""Near-duplicate stories become one: which signal stays, what the events say, and the way back."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given

from processors.decisions.draft import Draft
from processors.decisions.ids import derived
from processors.decisions.retrace import retrace
from processors.decisions.story_merging import merge_stories
from schemas.codec import decode, encode
from schemas.ledger import Commit, InputPosition
from schemas.proposal import Answer, Command, Extraction, SplitPart, Verdict
from tests.builders import T0
from tests.unit.processors.decisions.test_ledger_promises import check_counts, command, histories, history, some
from tests.worlds import World, content, evidence, extraction, folded, kinds, proposal, restored

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
LASER = "quantum laser photon lattice cavity mirror pump beam"
FERRY = "ferry island tourist beach hotel season ticket queue"


def join(world: World, one: str, other: str) -> Commit | None:
    """Let the stories of two articles become one, as the matcher would at the end of a proposal."""
    return join_stories(world, world.story(one).story_id, world.story(other).story_id)


def join_stories(world: World, one: str, other: str) -> Commit | None:
    draft = Draft(world.state, replace(proposal(extraction("none")), proposal_id=f"x:{len(world.log)}:0"), world.policy)
    if not merge_stories(draft, one, other, by="matcher", reason="alike"):
        assert not (draft.signals or draft.stories or draft.applied)  # noqa: PT018
        return None
    commit = decode(encode(draft.commit(InputPosition("b1", "p", 0, 0), T0)), Commit)
    world.log.append(commit)
    world.state.fold(commit)
    check(world)
    return commit


def check(world: World) -> None:
    """Check everything that must hold after each commit."""
    for head in world.state.signals.values():
        check_counts(world.state, head)
    for event, parts in retrace(world.events(), world.policy):
        assert parts.strength == event.strength_after, event
    assert content(folded(world.policy, world.log)) == content(world.state)
    assert content(restored(world.state, world.log)) == content(world.state)


def undo(world: World, commit: Commit) -> Commit:
    """Take back what `commit` did."""
    name = commit.applied[0].command_id
    undone = world.take(Command(f"u-{name}", "undo", "ann", "", undoes=name))
    assert not undone.applied[0].refused, undone.applied[0].refused
    check(world)
    return undone


@pytest.fixture
def world() -> World:
    """Two candidates of one story each, a1 older."""
    world = World()
    world.read("a1", GALLIUM)
    world.read("b1", LASER, at=1.0, family="a")
    world.read("c1", GALLIUM, LASER, at=2.0, family="a")
    return world


def test_two_signals_of_one_story_each_become_one_and_the_older_stays(world: World) -> None:
    one, other = world.signal("a1"), world.signal("b1")
    before = {article: world.story(article) for article in ("a1", "b1")}
    commit = join(world, "a1", "b1")
    assert commit is not None
    assert kinds(commit) == ["merged", "merged"]
    assert world.signal("b1").signal_id == one.signal_id
    story = world.story("a1")
    assert (story.story_id, story.articles, world.signal("a1").story_count) == (before["b1"].story_id, 3, 1)
    assert world.read("d1", LASER, at=3.0, family="d").events[0].signal_id == one.signal_id
    check(world)
    undo(world, commit)
    assert world.story("a1").articles == before["a1"].articles
    assert world.story("a1").centroid == pytest.approx(before["a1"].centroid)
    assert {world.signal(article).signal_id for article in ("a1", "b1")} == {one.signal_id, other.signal_id}
    assert (world.signal("a1").state, world.signal("d1").signal_id) == ("candidate", other.signal_id)


def test_a_published_signal_stays_before_an_older_one_and_a_pinned_one_before_that(world: World) -> None:
    world.read("b2", LASER, at=2.0, family="x")
    assert join(world, "b1", "a1") is not None
    assert world.signal("a1").signal_id == world.state.marks["b1"].evidence[0].signal_id
    again = World()
    again.read("a1", GALLIUM)
    again.read("a2", GALLIUM, family="x")
    again.read("b1", LASER, family="b")
    pinned = again.signal("b1").signal_id
    again.take(Command("p", "pin", "ann", "", signal_id=pinned))
    assert join(again, "b1", "a1") is not None
    assert again.signal("a1").signal_id == pinned


def theses() -> World:
    """A world in which a1's signal is a thesis of two stories."""
    world = World(judge="judge/1")
    world.read("a1", evidence(GALLIUM, mechanism="scarce inputs raise prices"))
    world.read("b1", evidence(LASER, mechanism="scarce inputs raise prices of lasers"), family="a")
    question = world.question()
    thesis = question.candidates[0].signal_id
    world.take(Answer(question.question_id, (Verdict(thesis, "", "supports"),), "judge/1", ""))
    assert world.signal("b1").story_count == 2
    return world


def test_stories_under_one_thesis_become_one_and_its_strength_changes() -> None:
    world = theses()
    before = world.signal("a1")
    commit = join(world, "a1", "b1")
    assert commit is not None
    assert kinds(commit) == ["merged"]
    (event,) = commit.events
    assert event.strength_after < event.strength_before, "one family tells one story, not two"
    assert sorted(part.micro for part in event.mass) == [-600_000, 600_000 * 2 - 600_000]
    assert (world.signal("a1").basis, world.signal("a1").story_count) == ("story", 1)
    undo(world, commit)
    assert (world.signal("a1").basis, world.signal("a1").strength) == ("thesis", before.strength)


def test_a_signal_of_that_story_only_goes_into_the_thesis_and_two_theses_stay_apart() -> None:
    world = theses()
    world.read("f1", FERRY, family="f")
    thesis = world.signal("a1").signal_id
    world.take(Command("p", "pin", "ann", "", signal_id=world.signal("f1").signal_id))
    assert join(world, "f1", "a1") is None, "what is pinned does not go"
    world.take(Command("q", "unpin", "ann", "", signal_id=world.signal("f1").signal_id))
    commit = join(world, "f1", "a1")
    assert commit is not None
    assert world.signal("f1").signal_id == thesis
    assert join(world, "f1", "a1") is None, "they are one already"
    undo(world, commit)
    other = theses()
    first = other.signal("a1").signal_id
    other.read("g1", FERRY, family="g")
    other.read("h1", "harbour crane vessel cargo dock berth tug pilot", family="h")
    other.take(Command("m", "merge", "ann", "", other.signal("g1").signal_id, other.signal("h1").signal_id))
    assert join(other, "g1", "a1") is None
    assert other.signal("a1").signal_id == first


def revised(part: Extraction, revision: int) -> Extraction:
    """Return the same words in a later revision; ids of evidence name the revision they are from."""
    found = [replace(e, evidence_id=derived("ev-", part.article_id, str(revision), e.quote)) for e in part.evidence]
    return replace(part, revision=revision, evidence=tuple(found))


@some
@given(histories)
def test_stories_may_become_one_at_any_time_and_be_two_again(seed: int) -> None:
    world, parts = history(seed, 40)
    random, joined = Random(seed), list[Commit]()
    for number in range(8):
        one, other = (random.choice(sorted(world.state.stories)) for _ in range(2))
        commit = join_stories(world, one, other)
        if commit is not None:
            joined.append(commit)
        if joined and random.random() < 0.4:
            name = random.choice(joined).applied[0].command_id
            world.offer(Command(f"u{number}", "undo", "ann", "", undoes=name))
        if random.random() < 0.5:
            world.offer(command(random, world.state, 2000 + number))
        world.offer(revised(random.choice([p for p in parts if isinstance(p, Extraction)]), 10 + number))
        check(world)


def test_what_was_taken_back_or_divided_does_not_become_one_again(world: World) -> None:
    commit = join(world, "a1", "b1")
    assert commit is not None
    undo(world, commit)
    assert join(world, "a1", "b1") is None
    assert join(world, "b1", "a1") is None
    world.read("a2", GALLIUM, at=3.0, family="b")
    mark = world.state.marks["a2"].evidence[0]
    parts = (SplitPart("Metals", ()), SplitPart("Others", (mark.evidence_id,)))
    divided = world.take(Command("s1", "split", "ann", "", signal_id=world.signal("a2").signal_id, parts=parts))
    assert not divided.applied[0].refused
    assert join(world, "a1", "a2") is None
    assert world.read("a3", GALLIUM, at=4.0).evidence[0].candidates, "both were compared with it"
    assert world.signal("a1").signal_id != world.signal("a2").signal_id
