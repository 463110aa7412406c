"""The ledger's promises, on random histories: whatever comes, in whatever way, and from wherever it starts again."""

from __future__ import annotations

import pickle
import struct
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from random import Random
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.state import LedgerState
from schemas.codec import encode
from schemas.evidence import Evidence
from schemas.ledger import Commit, SignalHead
from schemas.proposal import Answer, Command, Extraction, Revision, SplitPart, Tick, Verdict
from schemas.vocabulary import Stance
from tests.examples import tried
from tests.worlds import World, content, day, evidence, extraction, folded, restored

Part = Extraction | Answer | Revision | Tick | Command
POLICY = {
    "judge": "judge/1", "join_at": 0.97, "ask_from": 0.8, "ask_until": 0.98, "merge_at": 0.9,
    "story_horizon": 25.0, "sweep": 7,
    "candidate_days": 6.0, "jump": 4.0, "centroid_terms": 14,
    "half_life": {"structural": 6.0, "cyclical": 3.0, "event": 1.5},
}  # fmt: skip
TOPICS = [[f"{letter}{n}" for n in range(9)] for letter in "tuvw"]
MECHANISMS = ("cheap copies erode a lead", "scarce inputs raise prices", "rules move investment elsewhere")
STANCES: tuple[Stance, ...] = ("supports", "supports", "supports", "contradicts", "context")
# Every promise is checked on the same forty histories, each made once; thoroughly, on forty of its own.
histories = st.integers(0, tried(39, 2**32))
some = settings(deadline=None, derandomize=True, max_examples=40)


def found(random: Random) -> Evidence:
    topic = random.choice(TOPICS)
    words = random.sample(topic, random.randint(4, 8))
    if random.random() < 0.3:
        words += random.sample(random.choice(TOPICS), 3)
    return evidence(
        " ".join(sorted(set(words))),
        quote=f"quote {random.randint(0, 2)} of {topic[0]}",
        stance=random.choice(STANCES),
        kind=random.choice(("structural", "structural", "event")),
        sectors=tuple(random.sample(("AI", "metals", "space"), random.randint(0, 2))),
        salience=random.randint(1, 999_999),
        mechanism=random.choice(("", *MECHANISMS)),
        **(vector(random) if random.random() < 0.3 else {}),
    )


def vector(random: Random) -> dict[str, object]:
    values = [random.choice((-1.0, 0.0, 1.0)) for _ in range(4)]
    return {
        "embedding": struct.pack("<4f", *values),
        "embedding_model": random.choice(("all-minilm", "all-minilm", "e/2")),
    }


def article(random: Random, clock: float, ordinal: int) -> Extraction:
    name = f"a{random.randint(1, 40)}"
    quotes = {e.quote: e for e in (found(random) for _ in range(random.choice((0, 1, 1, 1, 2, 3))))}
    given: dict[str, object] = {"ordinal": ordinal, "revision": random.choice((0, 0, 0, 1, 2))}
    if not quotes:
        given["outcome"] = random.choice(("nothing", "deferred", "rejected"))
    if random.random() < 0.2:
        given["copy_of"] = f"a{random.randint(1, 40)}"
    at = clock - random.choice((0, 0, 0.2, 3, 40))
    return extraction(name, *quotes.values(), at=at, family=random.choice("abcd"), **given)


def answer(random: Random, state: LedgerState) -> Answer:
    question = random.choice([state.questions[key] for key in sorted(state.questions)])
    verdicts = tuple(
        Verdict(c.signal_id, c.story_id, random.choice(("supports", "contradicts", "context", "none")))
        for c in question.candidates
    )
    return Answer(question.question_id, random.choice((verdicts, ())), "judge/1", "")


def revision(random: Random, state: LedgerState) -> Revision:
    head = state.signals[random.choice(sorted(state.signals))]
    stale = random.choice((0, 0, 1))
    title, scope = f"Title {random.randint(0, 3)}", random.choice(("", "A wider scope"))
    return Revision(head.signal_id, max(0, head.seq - stale), title, "analysis", scope, (), "narrator/1")


ACTIONS = (
    "merge", "merge", "merge", "split", "split", "rename", "dismiss", "restore", "pin", "unpin", "reject-evidence",
    "undo", "undo", "undo", "undo",
)  # fmt: skip


def command(random: Random, state: LedgerState, number: int) -> Command:
    """Return a command that may well be refused."""
    action = random.choice(ACTIONS)
    names = sorted(state.signals)
    if random.random() < 0.8:  # of signals that have something to lose
        names = [k for k in names if state.signals[k].evidence > 1 or action == "merge"] or names
    if action == "restore":
        names = [k for k in names if state.signals[k].state == "dismissed"] or names
    if action == "unpin":
        names = [k for k in names if state.signals[k].pinned] or names
    signal_id = random.choice(names)
    given: dict[str, object] = {"signal_id": signal_id}
    held = sorted(key for key, _ in state.holdings.members(state.resolve_signal(signal_id)))
    if action == "merge":
        given["into"] = random.choice(names)
    elif action == "rename":
        given["title"] = f"Analyst's title {random.randint(0, 2)}"
    elif action == "reject-evidence":
        given["evidence_id"] = random.choice(held or ["none"])
    elif action == "split":
        some_of_it = random.sample(held, random.randint(0, len(held)))
        cut = random.randint(0, len(some_of_it))
        named: tuple[list[str], ...] = ([], some_of_it[:cut], some_of_it[cut:])
        given["parts"] = tuple(SplitPart(f"Part {n}", tuple(ids)) for n, ids in enumerate(named) if ids or not n)
    elif action == "undo":
        open_ones = [k for k, done in sorted(state.applied.items()) if not done.refused and not done.undone]
        given = {"undoes": random.choice(open_ones or ["none"])}
    by = random.choice(("ann", "ann", "watchman"))
    return Command(f"c{number}", action, by, random.choice(("", "because")), **given)  # type: ignore[arg-type]


def history(seed: int, length: int = 60) -> tuple[World, list[Part]]:
    """Return a world after a random history, and the proposals that made it: copies for the caller to change."""
    return cast(tuple[World, list[Part]], pickle.loads(_made(seed, length, repr(sorted(POLICY.items())))))


@lru_cache(256)
def _made(seed: int, length: int, policy: str) -> bytes:
    """Make it under POLICY, of which `policy` tells one from another."""
    random, world = Random(seed), World(**POLICY)
    parts: list[Part] = []
    clock, ordinal = 0.0, 0
    for _ in range(length):
        clock += random.choice((0.0, 0.01, 0.3, 1.0, 2.5, 15.0 * random.random()))
        kind = random.choices(("article", "answer", "revision", "tick", "command"), (8, 3, 1, 1, 4))[0]
        part: Part
        if kind == "answer" and world.state.questions:
            part = answer(random, world.state)
        elif kind == "revision" and world.state.signals:
            part = revision(random, world.state)
        elif kind == "tick":
            part = Tick(day(clock))
        elif kind == "command" and world.state.signals:
            part = command(random, world.state, len(parts))
        else:
            ordinal += 1
            part = article(random, clock, random.choice((0, ordinal)))
        before = content(world.state)
        world.decide(part)
        assert content(world.state) == before, "deciding changed the state"
        world.offer(part)
        parts.append(part)
    made = pickle.dumps((world, parts))
    assert content(pickle.loads(made)[0].state) == content(world.state), "the copies are as good as it"
    return made


def replayed(parts: list[Part], start: LedgerState, log: list[Commit]) -> World:
    """Return a world that goes on from `start` with `parts`."""
    world = World(**POLICY)
    world.state, world.log = start, list(log)
    for part in parts:
        world.offer(part)
    return world


def test_the_random_histories_are_worth_their_name() -> None:
    """Guards the tests below: together the histories must contain everything that can happen."""
    seen: Counter[str] = Counter()
    for seed in range(30):
        world, _ = history(seed)
        for commit in world.log:
            seen.update(event.kind for event in commit.events)
            seen.update(f"outcome {o.outcome}" for o in commit.outcomes)
            seen.update(f"change {change.status}" for change in commit.changes)
            seen["question"] += len(commit.questions)
            seen["merge"] += sum(bool(story.merged_into) for story in commit.stories)
            seen.update(f"{done.action} done" for done in commit.applied if not done.refused and not done.undone)
            seen.update(
                f"{world.state.applied[done.command_id].action} undone" for done in commit.applied if done.undone
            )
            seen["refused"] += sum(bool(done.refused) for done in commit.applied)
            seen["waiting revised"] += any(row.status == "provisional" and row.revision for row in commit.evidence)
        seen["swept"] += len(world.state.stories) - len(world.state.index)
    expected = {
        "opened", "published", "reinforced", "contradicted", "context", "revised", "faded", "dormant", "revived",
        "evidence-rejected", "outcome accepted", "outcome nothing", "outcome rejected", "outcome deferred",
        "change accepted", "change withdrawn", "question", "merge", "waiting revised", "swept", "refused",
        "merged", "split", "renamed", "dismissed", "pinned", "undone", "restore done",
        *(f"{action} done" for action in ACTIONS), "merge undone", "split undone", "reject-evidence undone",
        "dismiss undone", "rename undone",
    }  # fmt: skip
    assert {name for name in expected if seen[name] < 3} == set()


@some
@given(histories, st.randoms(use_true_random=False))
def test_duplicates_and_redelivery_change_nothing(seed: int, random: Random) -> None:
    world, parts = history(seed)
    again = World(**POLICY)
    for number, part in enumerate(parts):
        again.offer(part)
        for earlier in random.sample(parts[: number + 1], min(3, number + 1)):  # anything that came may come again
            assert again.offer(earlier) is None, f"{earlier} was taken twice"
    assert content(again.state) == content(world.state)
    assert [encode(c) for c in again.log] == [encode(c) for c in world.log]


@some
@given(histories)
def test_the_live_state_is_the_folded_commits(seed: int) -> None:
    world, _ = history(seed)
    assert [commit.n for commit in world.log] == list(range(1, len(world.log) + 1))
    assert content(folded(world.policy, world.log)) == content(world.state)


@some
@given(histories, st.integers(0, 45))
def test_a_start_from_a_snapshot_goes_on_exactly_as_if_it_had_never_stopped(seed: int, prefix: int) -> None:
    world, parts = history(seed)
    before = replayed(parts[:prefix], LedgerState(world.policy), [])
    again = restored(before.state, before.log)
    assert content(again) == content(before.state)
    after = replayed(parts[prefix:], again, before.log)
    assert [encode(c) for c in after.log] == [encode(c) for c in world.log], "it decided otherwise after the restart"
    assert content(after.state) == content(world.state)


@some
@given(histories, st.integers(0, 45), st.integers(0, 45))
def test_a_snapshot_whose_heads_are_newer_is_set_right_by_folding(seed: int, one: int, other: int) -> None:
    """A crash may leave heads of later commits beside the position; the commits after it carry whole heads."""
    world, _ = history(seed)
    position, newer = sorted(min(n, len(world.log)) for n in (one, other))
    old, new = folded(world.policy, world.log[:position]), folded(world.policy, world.log[:newer])
    torn = LedgerState(world.policy)
    torn.__dict__.update(old.__dict__)
    torn.stories, torn.signals, torn.marks = new.stories, new.signals, new.marks
    torn.questions = {k: v for k, v in old.questions.items() if k in new.questions} | new.questions
    again = restored(torn, world.log)
    for commit in world.log[position:]:
        again.fold(commit)
    assert content(again) == content(world.state)


@some
@given(histories)
def test_every_article_has_one_outcome_per_revision_once_nothing_is_open(seed: int) -> None:
    world, parts = history(seed)
    for question in list(world.state.questions):
        world.offer(Answer(question, (), "deadline", ""))
    settled = Counter((o.article_id, o.revision) for c in world.log for o in c.outcomes if o.outcome != "deferred")
    assert set(settled.values()) <= {1}
    for mark in world.state.marks.values():
        assert mark.open_questions == ()
        assert settled[mark.article_id, mark.revision] == mark.final
    offered = {part.article_id for part in parts if isinstance(part, Extraction)}
    assert world.state.marks.keys() == offered


@some
@given(histories)
def test_events_are_numbered_without_gaps_and_say_what_the_head_says(seed: int) -> None:
    world, _ = history(seed)
    for signal_id, head in world.state.signals.items():
        events = world.events(signal_id)
        assert [e.seq for e in events] == list(range(1, head.seq + 1))
        assert (events[0].kind, events[-1].state) == ("opened", head.state)
        assert [e.at for e in events] == sorted(e.at for e in events)


def check_counts(state: LedgerState, head: SignalHead) -> None:
    """Anyone can recompute a signal from what is on its page."""
    signal_id = head.signal_id
    marks = [
        (article_id, mark)
        for article_id, whole in state.marks.items()
        for mark in whole.evidence
        if mark.signal_id and not mark.rejected and state.resolve_signal(mark.signal_id) == signal_id
    ]
    substance = state.holdings.of(signal_id)
    if head.state == "merged":  # its counts stay those of the merge
        assert (marks, list(substance.mass()), dict(substance.actors), head.strength) == ([], [], {}, 0.0)
        return
    assert head.evidence == len(marks)
    assert head.articles == len({article_id for article_id, _ in marks})
    assert head.times_extracted == sum(not mark.is_copy for _, mark in marks)
    assert head.kinds == Counter(mark.kind for _, mark in marks)
    assert head.sectors == Counter(sector for _, mark in marks for sector in mark.sectors)
    voices = [mark for _, mark in marks if not mark.is_copy and mark.stance != "context"]
    assert head.families == Counter(mark.family for mark in voices)
    sums: Counter[tuple[str, str, str, int, str]] = Counter()
    for _, mark in marks:
        if mark.micro:
            sums[mark.story_id, mark.family, mark.stance, mark.day, mark.kind] += mark.micro
    assert {(m.story_id, m.family, m.stance, m.day, m.kind): m.micro for m in substance.mass()} == sums
    assert substance.actors == Counter(actor for _, mark in marks for actor in mark.actors)
    assert head.top_evidence_id in ("", *(mark.evidence_id for _, mark in marks))
    stories = [
        story_id
        for story_id, story in state.stories.items()
        if story.signal_id and not story.merged_into and state.resolve_signal(story.signal_id) == signal_id
    ]
    assert (head.story_count, sorted(head.stories)) == (len(stories), sorted(stories))
    assert {state.resolve_story(mark.story_id) for _, mark in marks} <= set(stories)
    assert head.basis == ("thesis" if len(stories) > 1 else "story")
    assert head.state != "split" or not marks


@some
@given(histories)
def test_a_signals_counts_are_those_of_its_standing_evidence(seed: int) -> None:
    world, _ = history(seed)
    for head in world.state.signals.values():
        check_counts(world.state, head)


@some
@given(histories)
def test_a_head_says_at_every_commit_what_its_marks_say(seed: int) -> None:
    world, _ = history(seed)
    state = LedgerState(world.policy)
    for commit in world.log:
        state.fold(commit)
        for head in commit.signals:
            check_counts(state, head)
            times = {commit.at, *(event.at for event in commit.events if event.signal_id == head.signal_id)}
            assert head.strength in {state.components(head.signal_id, at).strength for at in times}


@some
@given(histories)
def test_a_stale_or_refused_command_changes_nothing_but_its_record(seed: int) -> None:
    world, _ = history(seed)
    commands = [commit for commit in world.log if commit.proposal_id.startswith("c:")]
    for commit in commands:
        own = [done for done in commit.applied if f"c:{done.command_id}" == commit.proposal_id]
        assert len(own) == 1
        if own[0].refused:
            assert (*commit.events, *commit.signals, *commit.stories, *commit.marks, *commit.changes) == ()
        else:
            assert commit.events, "whatever changes is told"
            assert all(event.by and event.cause == commit.proposal_id for event in commit.events)


NOT_RESTORED = {"n", "seq", "strength", "supporting", "opposing", "contested", "revised_seq", "stories"}


@some
@given(histories, st.integers(0, 2**32))
def test_undoing_a_command_at_once_restores_every_head(seed: int, other: int) -> None:
    world, _ = history(seed, 40)
    random = Random(other)
    for number in range(8):
        before, stories = dict(world.state.signals), dict(world.state.stories)
        order = command(random, world.state, 1000 + number)
        commit = world.take(order)
        if order.action == "undo" or commit.applied[0].refused:
            continue
        undone = world.take(Command(f"u{number}", "undo", "ann", "", undoes=order.command_id))
        assert not undone.applied[0].refused, undone.applied[0].refused
        for signal_id, head in before.items():
            now = world.state.signals[signal_id]
            kept = NOT_RESTORED | (set() if head.kinds else {"kind", "lens"})  # of no evidence: the last ones known
            for name in head.__dataclass_fields__.keys() - kept:
                assert getattr(now, name) == getattr(head, name), (order, name)
            assert set(now.stories) == set(head.stories)
        for signal_id in world.state.signals.keys() - before.keys():
            assert world.state.signals[signal_id].state == "merged"
        for story_id, story in stories.items():
            again = world.state.stories[story_id]
            assert (again.articles, sum(again.families.values()), again.merged_into) == (
                story.articles, sum(story.families.values()), story.merged_into,
            )  # fmt: skip
            assert world.state.resolve_signal(again.signal_id) == world.state.resolve_signal(story.signal_id)
            for term in again.centroid.keys() & story.centroid.keys():  # others may come or go where it is cut
                assert again.centroid[term] == pytest.approx(story.centroid[term])
        assert content(folded(world.policy, world.log)) == content(world.state)
        assert content(restored(world.state, world.log)) == content(world.state)


@some
@given(histories)
def test_a_storys_counts_are_those_of_its_standing_evidence(seed: int) -> None:
    world, _ = history(seed)
    for story_id, head in world.state.stories.items():
        articles = {
            article_id
            for article_id, whole in world.state.marks.items()
            for mark in whole.evidence
            if not mark.rejected and world.state.resolve_story(mark.story_id) == story_id
        }
        if not head.merged_into:
            assert head.articles == len(articles), head.story_id
            assert sum(head.families.values()) == len(articles)


@some
@given(histories, st.randoms(use_true_random=False))
def test_the_same_members_make_the_same_strength_in_any_order(seed: int, random: Random) -> None:
    """Greedy matching depends on order; what a membership weighs does not."""
    source = Random(seed)
    parts = [
        extraction(f"a{n}", replace(evidence("one two three four"), stance=source.choice(STANCES),
                   salience=source.randint(1, 900_000)), at=source.random() * 5, family=source.choice("abcde"))
        for n in range(12)
    ]  # fmt: skip
    first = extraction("first", evidence("one two three four"), at=0.0)
    masses = set()
    for _ in range(3):
        world = World()
        for part in (first, *parts):
            world.take(part)
        world.tick(10)
        head = world.signal("first")
        assert head.evidence == 13
        masses.add(tuple(world.state.holdings.of(head.signal_id).mass()))
        random.shuffle(parts)
    assert len(masses) == 1


def test_a_gap_in_the_commits_is_refused_and_an_old_one_changes_nothing() -> None:
    world, _ = history(1)
    state = folded(world.policy, world.log[:5])
    before = content(state)
    state.fold(world.log[2])
    assert content(state) == before
    with pytest.raises(ValueError, match="commit 8 does not follow 5"):
        state.fold(world.log[7])
