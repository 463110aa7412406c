"""The watchman's looks and acts: how often, on what, and that everything else still holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.retrace import retrace
from processors.decisions.signals import cut
from processors.decisions.watchman import is_due
from schemas.ledger import SignalHead
from schemas.proposal import Command, Revision
from tests.unit.processors.decisions import test_ledger_promises
from tests.unit.processors.decisions.test_ledger_promises import check_counts, histories, history, some
from tests.worlds import World, content, evidence, folded, kinds, restored

# Under these nearly any difference divides, and nearly any likeness joins.
KEEN: dict[str, Any] = {
    "foreign_share": 0.5, "foreign_share_tight": 0.7, "foreign_evidence": 2, "foreign_gap": 0.05, "foreign_days": 1,
    "tight_days": 1, "tight_evidence": 2, "same_centroid": 0.5, "same_scope": 0.3, "join_at": 0.5,
    "ask_from": 0.3, "ask_until": 0.55, "candidate_days": 60.0, "centroid_terms": 40,
}  # fmt: skip


def keen(seed: int) -> World:
    with patch.dict(test_ledger_promises.POLICY, KEEN):
        return history(seed)[0]


def test_looks_are_spread_so_that_none_is_far_from_the_next() -> None:
    looks = [n for n in range(1, 5_000) if is_due(n - 1, n, drifted=False)]
    assert looks[:9] == [6, 9, 12, 15, 18, 21, 25, 30, 36]
    gaps = [b - a for a, b in pairwise(looks)]
    assert max(gaps) == 60
    assert all(gap <= max(3, at // 5) for at, gap in zip(looks, gaps, strict=False))
    close = [n for n in range(1, 200) if is_due(n - 1, n, drifted=True)]
    assert close[:39] == list(range(2, 41))
    assert {40 + 8 * k for k in range(20)} <= set(close)
    assert not any(is_due(n, n, drifted=True) or is_due(n + 1, n, drifted=True) for n in range(100))
    assert is_due(3, 11, drifted=False), "several at once pass a rung too"


def test_the_random_histories_have_divisions_and_undone_ones() -> None:
    acts: Counter[tuple[str, bool]] = Counter()
    for seed in range(40):
        acts.update((d.action, d.undone) for d in keen(seed).state.applied.values() if d.command_id.startswith("w-"))
    assert acts["split-off", False] > 5
    assert acts["split-off", True] > 2


@some
@given(histories)
def test_whatever_it_does_counts_strengths_and_replay_hold(seed: int) -> None:
    world = keen(seed)
    for head in world.state.signals.values():
        check_counts(world.state, head)
    for event, parts in retrace(world.events(), world.policy):
        assert parts.strength == event.strength_after, event
    for story_id, story in world.state.stories.items():
        held = {a for a, mark in world.state.marks.items() for m in mark.evidence if not m.rejected
                and world.state.resolve_story(m.story_id) == story_id}  # fmt: skip
        if not story.merged_into:
            assert story.articles == len(held)
    assert content(folded(world.policy, world.log)) == content(world.state)
    assert content(restored(world.state, world.log)) == content(world.state)


def tags(world: World, head: SignalHead) -> dict[str, Counter[str]]:
    marks = [
        mark
        for whole in world.state.marks.values()
        for mark in whole.evidence
        if mark.signal_id and not mark.rejected and world.state.resolve_signal(mark.signal_id) == head.signal_id
    ]
    return {name: Counter(tag for mark in marks for tag in getattr(mark, name)) for name in
            ("actors", "sectors", "geographies")}  # fmt: skip


@some
@given(histories)
def test_no_tag_outlives_its_evidence_and_no_title_is_long(seed: int) -> None:
    """Through revisions, withdrawals, rejections, merges, splits by analysts and by the watchman, and undoing."""
    world = keen(seed)
    for head in world.state.signals.values():
        if head.merged_into:
            continue  # its survivor has them
        for name, found in tags(world, head).items():
            assert getattr(head, name) == found, (head.signal_id, name)
    titles = [event.title for event in world.events()] + [head.title for head in world.state.signals.values()]
    assert all(0 < len(title) <= 110 for title in titles)


@given(st.text(min_size=1, max_size=700))
@settings(max_examples=200, derandomize=True)
def test_a_cut_title_fits_and_says_how_the_text_begins(text: str) -> None:
    title = cut(text, 110)
    assert len(title) <= 110
    assert " ".join(text.split()).startswith(title.removesuffix("…").rstrip(" ,;:–—-"))


def test_titles_are_replaced_and_never_grow() -> None:
    long = "gallium germanium smelter quota licence ministry " * 12
    world = World()
    world.read("a1", evidence("gallium quota", claim=long[:600]))
    head = world.signal("a1")
    assert (len(head.title) <= 110, head.scope) == (True, long[:600])
    for number in range(12):
        world.read(f"b{number}", evidence("gallium quota", claim=f"{number} {long}"[:600]), at=number)
        assert world.signal("a1").title == head.title, "evidence never changes it"
    said = Revision(
        head.signal_id, world.signal("a1").seq, "One thing after another, " * 4 + "all of it", "", "", (), "n"
    )
    world.take(said)
    assert world.signal("a1").title == said.title, "as written, not added to what was there"
    world.take(Command("c1", "rename", "ann", "", signal_id=head.signal_id, title="x" * 110))
    assert world.signal("a1").title == "x" * 110


METALS = ["gallium", "germanium", "smelter", "quota", "licence", "ministry", "ingot", "refinery"]


def test_what_leaves_takes_its_tags_along_and_is_named_by_its_most_central_claim() -> None:
    world = World()
    for number in range(5):
        words = " ".join(METALS)
        world.read(f"own-{number}", evidence(words), at=number, family="abc"[number % 3])
        ferry = f"{' '.join(METALS[:4])} ferry island harbour crew timetable pier detail{number}"
        said = evidence(
            ferry, claim=f"Ferry {number} " + "of many words " * 30, sectors=("tourism",), actors=("Caledonian",),
            geographies=("GB",),
        )  # fmt: skip
        commit = world.read(f"ferry-{number}", said, at=number + 0.2, family="def"[number % 3])
    assert world.signal("ferry-0").signal_id != world.signal("own-0").signal_id
    parent, child = world.signal("own-0"), world.signal("ferry-0")
    assert (set(parent.actors), set(parent.sectors), set(parent.geographies)) == ({"MOFCOM"}, {"metals"}, {"CN"})
    assert (set(child.actors), set(child.sectors), set(child.geographies)) == ({"Caledonian"}, {"tourism"}, {"GB"})
    assert child.title.startswith("Ferry ")
    assert (len(child.title) <= 110, child.title.count("Ferry")) == (True, 1)
    assert child.scope == child.title
    assert {world.signal(f"ferry-{n}").signal_id for n in range(5)} == {child.signal_id}
    assert child.state == "published", "three families: by the rules of any signal"
    outcome = next(o for o in commit.outcomes)
    assert outcome.primary_signal_id == world.state.marks["ferry-4"].evidence[0].signal_id


@pytest.mark.parametrize("kept_apart", [False, True])
def test_near_duplicates_become_one_and_stay_two_when_an_analyst_says_so(kept_apart: bool) -> None:
    world = World(merge_at=1.1)
    more = [f"metal{n}" for n in range(8)]
    one, other = " ".join([*more, *METALS]), " ".join([*more, *METALS[:7], "foundry"])
    for number in range(5):
        world.read(f"one-{number}", evidence(one), at=number, family="abc"[number % 3])
    for number in range(5):
        world.state.policy = replace(world.policy, join_at=1.1 if number == 0 else world.policy.join_at)
        world.read(f"other-{number}", evidence(other), at=number + 0.1, family="abc"[number % 3])
    first, second = world.signal("one-0").signal_id, world.signal("other-0").signal_id
    assert first != second
    if kept_apart:
        world.take(Command("m", "merge", "bob", "", signal_id=second, into=first))
        world.take(Command("u", "undo", "ann", "", undoes="m"))
    commit = world.read("one-5", evidence(one), at=6, family="d")
    if kept_apart:
        assert "merged" not in kinds(commit)
        return
    (done,) = commit.applied
    assert (done.action, done.by, done.signal_id, done.other_ids) == ("merge", "watchman", second, (first,))
    assert "centroids 0." in done.reason
    assert world.signal("other-0").signal_id == first
    assert world.signal("one-0").evidence == 11
    undone = world.take(Command("u", "undo", "ann", "", undoes=done.command_id))
    assert not undone.applied[0].refused
    for number in range(6, 30):
        commit = world.read(f"one-{number}", evidence(one), at=number + 1, family="abc"[number % 3])
        assert "merged" not in kinds(commit), "kept apart for good"


def test_a_round_up_reinforces_each_story_by_one_and_never_whole() -> None:
    world = World()
    themes = [[f"theme{t}word{n}" for n in range(8)] for t in range(5)]
    for number, words in enumerate(themes):
        for family in "ab":
            world.read(f"{number}-{family}", evidence(" ".join(words)), family=family)
    items = [
        evidence(" ".join(words[:6]), item=number + 1, quote=f"item {number}: {words[0]}")
        for number, words in enumerate(themes)
    ]
    commit = world.read("round-up", *items, family="c")
    assert Counter(kinds(commit)) == {"reinforced": 5}
    assert len({event.signal_id for event in commit.events}) == 5
    for number in range(5):
        head = world.signal(f"{number}-a")
        assert (head.evidence, head.articles, head.story_count) == (3, 3, 1)
        assert world.state.marks["round-up"].evidence[number].signal_id == head.signal_id
    again = replace(items[0], quote="item 0 again", terms=items[0].terms)
    world.read("round-up-2", items[0], again, family="d")
    head = world.signal("0-a")
    assert (head.evidence, head.articles) == (5, 4), "an article counts once a signal"


def test_an_item_is_matched_by_its_own_terms_whatever_stands_beside_it() -> None:
    alone, beside = World(), World()
    for world in (alone, beside):
        world.read("a", evidence(" ".join(METALS)))
        world.read("b", evidence("ferry island harbour crew timetable pier"))
    item = evidence("ferry island harbour crew", quote="the ferry")
    alone.read("x", item)
    beside.read("x", evidence(" ".join(METALS), quote="the metal"), item, evidence("quite other words here", quote="o"))
    assert alone.state.marks["x"].evidence[0].story_id == beside.state.marks["x"].evidence[1].story_id
    assert alone.state.marks["x"].evidence[0].terms == beside.state.marks["x"].evidence[1].terms
    assert len({mark.signal_id for mark in beside.state.marks["x"].evidence}) == 3
