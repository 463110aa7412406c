"""An article's extraction: what it does to stories and signals, and the one outcome that it gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.evidence import RejectedQuote
from schemas.proposal import Revision
from tests.worlds import World, day, evidence, extraction, kinds

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
FERRY = "ferry island tourist beach hotel season ticket queue"
LASER = "quantum laser photon lattice cavity mirror pump beam"

STANCES = ["supports"] * 4 + ["contradicts"] + ["supports"] * 3


# --- opening, joining, publishing ---------------------------------------------------------------------------------


def test_the_first_article_opens_a_story_and_a_candidate() -> None:
    world = World()
    commit = world.read("a1", GALLIUM)
    (head,), (outcome,), (row,) = commit.signals, commit.outcomes, commit.evidence
    assert kinds(commit) == ["opened"]
    assert (head.state, head.basis, head.seq, head.articles, head.families) == ("candidate", "story", 1, 1, {"a": 1})
    assert head.scope == head.title == f"Claim: {GALLIUM}"
    assert (row.status, row.micro, row.signal_id) == ("accepted", 600_000, head.signal_id)
    assert (outcome.outcome, outcome.primary_signal_id, outcome.external_id) == ("accepted", head.signal_id, "ext-a1")
    assert outcome.evidence_ids == (row.evidence_id,)


def test_a_second_family_publishes_it() -> None:
    world = World()
    world.read("a1", GALLIUM)
    commit = world.read("a2", GALLIUM, family="b")
    assert kinds(commit) == ["reinforced", "published"]
    assert [e.state for e in commit.events] == ["candidate", "published"]
    assert commit.events[0].strength_before < commit.events[0].strength_after
    assert commit.signals[0].published_at == commit.at
    assert kinds(world.read("a3", GALLIUM, family="c")) == ["reinforced"], "published once"


def test_an_echo_of_one_family_is_never_published() -> None:
    world = World()
    for number in range(60):
        world.read(f"a{number}", GALLIUM, at=number / 10)
    assert world.signal("a0").state == "candidate"
    assert world.signal("a0").strength < 3.0
    assert "published" not in {e.kind for e in world.events()}


def test_one_very_salient_evidence_publishes_at_once() -> None:
    commit = World().read("a1", evidence(GALLIUM, salience=990_000))
    assert kinds(commit) == ["opened", "published"]


def test_a_contradiction_lowers_the_signal_and_is_no_second_voice() -> None:
    world = World()
    world.read("a1", GALLIUM)
    commit = world.read("a2", evidence(GALLIUM, stance="contradicts"), family="b")
    assert kinds(commit) == ["contradicted"]
    (event,) = commit.events
    assert event.strength_after < event.strength_before
    assert world.signal("a1").state == "candidate"


def test_what_contradicts_nothing_known_supports_the_claim_it_opens_with() -> None:
    world = World()
    commit = world.read("a1", evidence(GALLIUM, stance="contradicts"))
    assert commit.evidence[0].stance == "supports"
    assert commit.signals[0].strength > 0


def test_context_weighs_nothing() -> None:
    world = World()
    world.read("a1", GALLIUM)
    commit = world.read("a2", evidence(GALLIUM, stance="context"), family="b")
    assert kinds(commit) == ["context"]
    assert commit.events[0].strength_after == commit.events[0].strength_before
    assert commit.evidence[0].micro == 0


# --- copies and round-ups -----------------------------------------------------------------------------------------


def test_a_copy_goes_where_its_original_went_and_moves_nothing() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("a2", FERRY)
    was = world.signal("a1")
    commit = world.read("c1", evidence(FERRY, quote="cut differently"), family="b", copy_of="a1")
    head = world.signal("a1")
    assert world.story("c1").story_id == world.story("a1").story_id
    assert kinds(commit) == []
    assert (head.supporting, head.strength, head.families, head.times_extracted) == (
        was.supporting, was.strength, was.families, was.times_extracted,
    )  # fmt: skip
    assert head.articles == was.articles + 1, "the page still lists it"
    assert head.state == "candidate"
    assert commit.evidence[0].micro == 0
    assert commit.evidence[0].reason == "syndicated copy of a1"
    assert world.outcomes("c1")[0].primary_signal_id == head.signal_id


def test_copies_in_many_papers_are_one_voice() -> None:
    world = World()
    world.read("a1", GALLIUM)
    for number in range(20):
        world.read(f"c{number}", GALLIUM, family=f"f{number}", copy_of="a1")
    assert world.signal("a1").state == "candidate"
    assert world.signal("a1").strength == world.strength("a1") < 3.0


def test_a_copy_does_not_pull_its_story_towards_its_own_words() -> None:
    world = World()
    world.read("a1", GALLIUM)
    was = world.story("a1").centroid
    world.read("c1", FERRY, copy_of="a1")
    assert world.story("a1").centroid == was


def test_a_copy_of_an_unknown_article_is_matched_like_any_other() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("c1", GALLIUM, copy_of="never-seen", family="b")
    assert world.story("c1").story_id == world.story("a1").story_id


def test_the_items_of_a_round_up_go_to_their_own_stories() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("a2", FERRY)
    commit = world.read("r1", GALLIUM, FERRY, LASER, family="b")
    stories = [row.story_id for row in commit.evidence]
    assert stories[:2] == [world.story("a1").story_id, world.story("a2").story_id]
    assert len(set(stories)) == 3
    assert kinds(commit) == ["reinforced", "published", "reinforced", "published", "opened"]
    (outcome,) = commit.outcomes
    assert list(outcome.story_ids) == stories
    assert outcome.primary_story_id == stories[0]


def test_an_item_of_a_copied_round_up_follows_the_same_words() -> None:
    world = World()
    world.read("r1", GALLIUM, FERRY)
    first, second = (mark.story_id for mark in world.state.marks["r1"].evidence)
    world.read("c1", evidence(LASER, quote=f"It is said: {FERRY}"), copy_of="r1", family="b")
    assert world.story("c1").story_id == second != first


# --- revisions ----------------------------------------------------------------------------------------------------


def test_a_revision_keeps_what_it_still_says_and_withdraws_the_rest() -> None:
    world = World()
    world.read("a1", evidence(GALLIUM, quote="kept"), evidence(GALLIUM, quote="dropped", salience=500_000))
    mass = sum(m.micro for m in world.state.holdings.of(world.signal("a1").signal_id).mass())
    kept, dropped = world.state.marks["a1"].evidence
    commit = world.read("a1", evidence(GALLIUM, quote="kept", quote_start=9, quote_end=13), revision=1)
    head = world.signal("a1")
    assert kinds(commit) == ["evidence-rejected"]
    (event,) = commit.events
    assert event.strength_after < event.strength_before
    assert dropped.evidence_id in event.note
    assert "no longer says it" in event.note
    assert {c.evidence_id: c.status for c in commit.changes} == {
        kept.evidence_id: "withdrawn", dropped.evidence_id: "withdrawn",
    }  # fmt: skip
    (row,) = commit.evidence
    assert (row.quote_start, row.revision, row.signal_id, row.micro) == (9, 1, head.signal_id, 600_000)
    assert (head.articles, head.evidence, head.times_extracted) == (1, 1, 1)
    assert sum(m.micro for m in world.state.holdings.of(head.signal_id).mass()) == mass - 500_000
    assert [m.micro for m in event.mass] == [-500_000]
    assert len(world.outcomes("a1")) == 2


def test_a_revision_with_the_same_quotes_is_no_news() -> None:
    world = World()
    world.read("a1", GALLIUM)
    was = world.signal("a1")
    commit = world.read("a1", GALLIUM, revision=1)
    now = world.signal("a1")
    assert commit.events == ()
    assert replace(now, n=was.n, top_evidence_id="") == replace(was, top_evidence_id="")
    assert now.top_evidence_id == commit.evidence[0].evidence_id, "the top quote is one that still stands"


def test_a_revision_may_classify_the_same_words_otherwise() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("a1", evidence(GALLIUM, kind="event", sectors=("AI",)), revision=1)
    head = world.signal("a1")
    assert (head.kinds, head.kind, head.sectors) == ({"event": 1}, "event", {"AI": 1})


@pytest.mark.parametrize("order", ["new first", "kept first", "only new", "nothing"])
def test_an_article_counts_once_in_a_signal_whatever_its_revision_changes(order: str) -> None:
    world = World()
    world.read("other", GALLIUM, family="b")
    world.read("a1", evidence(GALLIUM, quote="one"), evidence(GALLIUM, quote="two"))
    one, new = evidence(GALLIUM, quote="one"), evidence(GALLIUM, quote="three")
    revised = {"new first": (new, one), "kept first": (one, new), "only new": (new,), "nothing": ()}[order]
    world.read("a1", *revised, revision=1)
    head = world.signal("other")
    assert head.articles == (1 if order == "nothing" else 2)
    assert head.evidence == 1 + len(revised)
    assert sum(head.families.values()) == 1 + len(revised)


def test_a_quote_moves_to_another_signal_only_by_new_words() -> None:
    world = World()
    world.read("a1", GALLIUM)
    commit = world.read("a1", FERRY, revision=1)
    assert kinds(commit) == ["opened", "evidence-rejected", "dormant"], "nothing is left of the first"
    assert commit.outcomes[0].primary_signal_id == commit.events[0].signal_id


@pytest.mark.parametrize("revision", [0, 1])
def test_what_comes_late_or_twice_changes_nothing(revision: int) -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("a1", GALLIUM, revision=1)
    assert world.offer(extraction("a1", FERRY, revision=revision)) is None, "the first one with its id wins"


# --- nothing, rejected, deferred ----------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["nothing", "rejected", "deferred"])
def test_an_article_without_evidence_has_its_outcome_and_reason(outcome: str) -> None:
    world = World()
    commit = world.read("a1", outcome=outcome, reason="because")
    assert [(o.outcome, o.reason, o.story_ids) for o in commit.outcomes] == [(outcome, "because", ())]
    assert (commit.stories, commit.signals, commit.events) == ((), (), ())


def test_a_quote_that_is_not_in_the_article_is_kept_as_rejected() -> None:
    commit = World().read("a1", GALLIUM, rejected=(RejectedQuote("never said", "not in the article"),))
    accepted, rejected = commit.evidence
    assert (rejected.status, rejected.quote, rejected.reason) == ("rejected", "never said", "not in the article")
    assert (rejected.signal_id, rejected.story_id, rejected.micro) == ("", "", 0)
    assert commit.outcomes[0].evidence_ids == (accepted.evidence_id,)


def test_a_deferred_article_is_settled_later_and_only_once() -> None:
    world = World()
    world.read("a1", outcome="deferred", reason="no money")
    assert world.offer(extraction("a1", outcome="deferred", reason="no money")) is None, "it came twice"
    assert kinds(world.read("a1", GALLIUM)) == ["opened"]
    assert world.offer(extraction("a1", GALLIUM)) is None
    assert world.offer(extraction("a1", outcome="deferred", reason="no money")) is None
    assert [o.outcome for o in world.outcomes("a1")] == ["deferred", "accepted"]


def test_the_same_words_twice_in_an_article_count_once() -> None:
    commit = World().read("a1", evidence(GALLIUM, quote="said twice"), FERRY, evidence(GALLIUM, quote="Said  twice"))
    assert len(commit.evidence) == 2
    assert commit.outcomes[0].primary_story_id == commit.evidence[0].story_id
    assert commit.evidence[0].quote == "said twice"


def test_a_deferred_revision_withdraws_nothing_before_it_is_read() -> None:
    """A service that is down must not weaken signals."""
    world = World()
    world.read("a1", GALLIUM)
    was = world.signal("a1")
    commit = world.read("a1", revision=1, outcome="deferred", reason="no money")
    assert commit.events == ()
    assert commit.changes == ()
    assert world.signal("a1") == was
    assert [o.outcome for o in commit.outcomes] == ["deferred"]
    settled = world.read("a1", FERRY, revision=1)
    assert kinds(settled) == ["opened", "evidence-rejected", "dormant"]


# --- order --------------------------------------------------------------------------------------------------------


def test_ordinals_are_counted_even_when_their_article_came_before_by_another_way() -> None:
    world = World()
    world.read("a1", GALLIUM, revision=1)
    assert world.state.next_ordinal == 1
    commit = world.read("a1", GALLIUM, revision=0, ordinal=1)
    assert (commit.next_ordinal, commit.events, commit.outcomes, commit.evidence) == (2, (), (), ())
    assert world.offer(extraction("a1", GALLIUM, ordinal=1)) is None, "said once"
    assert world.read("a2", GALLIUM, ordinal=2).next_ordinal == 3


def test_events_of_a_signal_are_numbered_without_gaps() -> None:
    world = World()
    for number in range(12):
        found = evidence(GALLIUM, stance=("supports", "contradicts", "context")[number % 3])
        world.read(f"a{number}", found, FERRY, at=number * 9, family="abc"[number % 3])
    for signal_id, head in world.state.signals.items():
        assert [e.seq for e in world.events(signal_id)] == list(range(1, head.seq + 1))
        assert {e.event_id for e in world.events(signal_id)} == {f"live:{signal_id}:{n + 1}" for n in range(head.seq)}


def test_equal_evidence_in_any_order_has_equal_strength() -> None:
    parts = [
        extraction(f"a{n}", evidence(GALLIUM, stance=STANCES[n]), at=n, family="abcd"[n % 4])
        for n in range(len(STANCES))
    ]
    masses = set()
    for order in (parts, parts[:1] + parts[:0:-1]):
        world = World()
        for part in order:
            world.take(part)
        masses.add(tuple((m.family, m.stance, m.day, m.micro) for m in world.signal("a0").mass))
        assert world.state.now == day(7)
    assert len(masses) == 1


# --- titles -------------------------------------------------------------------------------------------------------


def test_a_title_is_bounded_and_the_scope_is_the_opening_claim() -> None:
    world = World()
    claim = "The export of gallium is curbed again " * 12
    head = world.read("a1", evidence(GALLIUM, claim=claim)).signals[0]
    assert len(head.title) <= 110
    assert head.scope == claim
    world.read("a2", evidence(GALLIUM, claim="Something else altogether"), family="b")
    assert (world.signal("a1").title, world.signal("a1").scope) == (head.title, claim)


def revision(world: World, article: str = "a1", **given: str | int) -> Revision:
    head = world.signal(article)
    fields = {"based_on_seq": head.seq, "title": "Gallium gets scarce", "analysis": "Two metals.", "scope": ""} | given
    return Revision(signal_id=head.signal_id, cites=("e1",), narrator="narrator/1", **fields)  # type: ignore[arg-type]


def test_a_narrator_rewrites_title_and_analysis() -> None:
    world = World()
    world.read("a1", GALLIUM)
    commit = world.take(revision(world))
    assert kinds(commit) == ["revised"]
    assert (world.signal("a1").title, world.signal("a1").analysis) == ("Gallium gets scarce", "Two metals.")
    assert "narrator/1" in commit.events[0].note
    assert world.offer(revision(world)) is None, "the same words again are no news"


def test_the_scope_is_frozen_from_the_third_evidence_on() -> None:
    world = World()
    world.read("a1", GALLIUM)
    world.read("a2", GALLIUM)
    world.take(revision(world, scope="Curbs spread from metal to metal"))
    assert world.signal("a1").scope == "Curbs spread from metal to metal"
    world.read("a3", GALLIUM)
    world.take(revision(world, title="Another title", scope="Drifting away"))
    assert world.signal("a1").scope == "Curbs spread from metal to metal"
    assert world.signal("a1").title == "Another title"


def test_an_older_revision_that_comes_again_does_not_bring_old_words_back() -> None:
    world = World()
    world.read("a1", GALLIUM)
    first = revision(world, title="First title")
    world.take(first)
    world.read("a2", GALLIUM)
    second = revision(world, title="Second title")
    world.take(second)
    assert world.offer(first) is None
    assert world.offer(second) is None
    assert world.signal("a1").title == "Second title"


def test_a_revision_of_an_unknown_signal_changes_nothing() -> None:
    assert World().offer(Revision("sg-none", 1, "t", "a", "", (), "narrator/1")) is None
