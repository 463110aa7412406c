"""Commands: what each does, what it refuses, and that it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from processors.decisions.retrace import retrace
from schemas.ledger import Applied, Commit
from schemas.proposal import Answer, Command, Revision, SplitPart, Verdict
from tests.worlds import World, content, evidence, extraction, folded, kinds

GALLIUM = "gallium beijing licence export metal curbs smelter quota"
LASER = "quantum laser photon lattice cavity mirror pump beam"
FERRY = "ferry island tourist beach hotel season ticket queue"


class Desk:
    """A world with an analyst."""

    def __init__(self, **policy: Any) -> None:
        self.world = World(**policy)
        self.given = 0

    def give(self, action: str, **given: Any) -> Commit:
        """Give a command and check that every strength can still be retraced."""
        self.given += 1
        fields = {"by": "ann", "reason": "because", "command_id": f"c{self.given}"} | given
        commit = self.world.take(Command(action=action, **fields))  # type: ignore[arg-type]
        for event, parts in retrace(self.world.events(), self.world.policy):
            assert parts.strength == event.strength_after, event
        assert content(folded(self.world.policy, self.world.log)) == content(self.world.state)
        return commit

    def refused(self, action: str, **given: Any) -> str:
        """Give a command that must be refused; return why."""
        commit = self.give(action, **given)
        (done,) = commit.applied
        assert done.refused
        assert not commit.events
        assert not commit.signals
        return done.refused

    def id(self, article: str) -> str:
        """Return the id of the signal that an article's evidence was counted for."""
        return self.world.state.marks[article].evidence[0].signal_id

    def evidence(self, article: str) -> str:
        """Return the id of an article's first evidence."""
        return self.world.state.marks[article].evidence[0].evidence_id


@pytest.fixture
def desk() -> Desk:
    """Two candidates of one family each: a1 on gallium, b1 on lasers."""
    desk = Desk()
    desk.world.read("a1", GALLIUM)
    desk.world.read("b1", LASER, family="b")
    return desk


def done(commit: Commit) -> Applied:
    return commit.applied[0]


def test_a_merge_publishes_the_survivor_when_it_has_two_families_now(desk: Desk) -> None:
    gone, stays = desk.id("a1"), desk.id("b1")
    commit = desk.give("merge", signal_id=gone, into=stays)
    assert kinds(commit) == ["merged", "merged", "published"]
    first, second, _ = commit.events
    assert (first.signal_id, first.other_id, first.by) == (stays, gone, "ann")
    assert first.stories_moved == (desk.world.story("a1").story_id,)
    assert (second.signal_id, second.state, second.strength_after) == (gone, "merged", 0.0)
    head = desk.world.signal("a1")
    assert (head.signal_id, head.state, head.basis, head.story_count) == (stays, "published", "thesis", 2)
    assert (head.articles, head.families) == (2, {"a": 1, "b": 1})
    assert done(commit).other_ids == (stays,)


def test_an_article_in_both_signals_counts_once_and_twice_again_after_the_undo(desk: Desk) -> None:
    desk.world.read("c1", GALLIUM, LASER, family="c")
    one, other = desk.id("a1"), desk.id("b1")
    desk.give("merge", signal_id=one, into=other)
    assert desk.world.state.signals[other].articles == 3
    desk.give("undo", undoes="c1")
    assert [desk.world.state.signals[each].articles for each in (one, other)] == [2, 2]


def test_evidence_that_came_after_a_merge_goes_with_its_story_when_that_is_undone(desk: Desk) -> None:
    gone, stays = desk.id("a1"), desk.id("b1")
    desk.give("merge", signal_id=gone, into=stays)
    commit = desk.world.read("a2", GALLIUM, family="c")
    assert commit.events[0].signal_id == stays
    assert desk.id("a2") == gone
    commit = desk.give("undo", undoes="c1")
    assert kinds(commit) == ["undone", "undone", "published"]
    assert desk.world.state.signals[gone].state == "published", "two families by its own evidence now"
    left = desk.world.state.signals[stays]
    assert (left.state, left.published_at, left.articles) == ("candidate", None, 1)
    assert "is undone already" in desk.refused("undo", undoes="c1")


def test_a_merge_of_a_public_signal_makes_the_survivor_public(desk: Desk) -> None:
    desk.world.read("a2", GALLIUM, family="c")
    desk.world.read("d1", FERRY, family="a")
    commit = desk.give("merge", signal_id=desk.id("a1"), into=desk.id("d1"))
    assert kinds(commit)[-1] == "published"
    assert desk.world.signal("d1").state == "published"


@pytest.mark.parametrize(
    ("action", "given", "why"),
    [
        ("merge", {"signal_id": "A", "into": "A"}, "cannot be merged into"),
        ("merge", {"signal_id": "A"}, "needs into"),
        ("merge", {"signal_id": "A", "into": "sg-none"}, "there is no signal sg-none"),
        ("pin", {"signal_id": "A", "title": "x"}, "does not take title"),
        ("restore", {"signal_id": "A"}, "not dismissed"),
        ("unpin", {"signal_id": "A"}, "not pinned"),
        ("rename", {"signal_id": "A", "title": "  "}, "needs title"),
        ("split", {"signal_id": "A", "parts": (SplitPart("One", ("x",)),)}, "two parts or more"),
        (
            "split",
            {"signal_id": "A", "parts": (SplitPart("One", ()), SplitPart("Two", ("x",)))},
            "no standing evidence",
        ),
        ("reject-evidence", {"signal_id": "A", "evidence_id": "B"}, "no standing evidence of"),
        ("undo", {"undoes": "c99"}, "there is no command c99"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    desk: Desk, action: str, given: dict[str, Any], why: str
) -> None:
    names = {"A": desk.id("a1"), "B": desk.evidence("b1")}
    given = {key: names.get(value, value) if isinstance(value, str) else value for key, value in given.items()}
    assert why in desk.refused(action, **given)


def test_a_command_that_comes_twice_is_applied_once(desk: Desk) -> None:
    order = Command("c1", "pin", "ann", "", signal_id=desk.id("a1"))
    assert desk.world.offer(order) is not None
    assert desk.world.offer(order) is None
    assert "already pinned" in desk.refused("pin", signal_id=desk.id("a1"), command_id="c2")


def test_a_split_opens_children_with_whole_and_divided_stories(desk: Desk) -> None:
    desk.world.read("a2", GALLIUM, family="c")
    desk.world.read("a3", GALLIUM, family="d")
    desk.give("merge", signal_id=desk.id("b1"), into=desk.id("a1"))
    parent = desk.world.signal("a1")
    parts = (SplitPart("Metals", ()), SplitPart("Optics and one", (desk.evidence("b1"), desk.evidence("a3"))))
    commit = desk.give("split", signal_id=desk.id("b1"), parts=parts)
    assert kinds(commit) == ["opened", "published", "opened", "published", "split"]
    metals, optics = (desk.world.state.signals[child] for child in done(commit).other_ids)
    assert (metals.title, metals.evidence, metals.parent, metals.basis) == ("Metals", 2, parent.signal_id, "story")
    assert (optics.title, optics.evidence, optics.basis, optics.scope) == ("Optics and one", 2, "thesis", optics.title)
    assert metals.opened_at >= parent.opened_at
    empty = desk.world.state.signals[parent.signal_id]
    assert (empty.state, empty.evidence, empty.strength, empty.children) == (
        "split", 0, 0.0, (metals.signal_id, optics.signal_id),
    )  # fmt: skip
    assert {change.signal_id for change in commit.changes} == {metals.signal_id, optics.signal_id}
    assert desk.world.story("a3").story_id != desk.world.story("a1").story_id
    joined = desk.world.read("a4", GALLIUM, family="e").events[0].signal_id
    assert joined in (metals.signal_id, optics.signal_id), "both parts know the words that they were found by"
    assert "was divided: name one of its parts" in desk.refused("pin", signal_id=parent.signal_id)
    rejected = desk.give("reject-evidence", signal_id=parent.signal_id, evidence_id=desk.evidence("b1"))
    assert rejected.events[0].signal_id == optics.signal_id, "the part that holds it now"
    commit = desk.give("undo", undoes=done(commit).command_id)
    again = desk.world.state.signals[parent.signal_id]
    assert (again.state, again.evidence, again.children) == ("published", 4, ())
    assert desk.world.story("a3").story_id == desk.world.story("a1").story_id
    assert "remembers nothing" in desk.refused("undo", undoes="c1")


def test_a_split_of_too_much_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("processors.decisions.splitting.MOST_MOVED", 1)
    desk.world.read("a2", GALLIUM, family="c")
    parts = (SplitPart("One", ()), SplitPart("Two", (desk.evidence("a2"),)))
    assert "moves at most 1" in desk.refused("split", signal_id=desk.id("a1"), parts=parts)


def test_a_narrator_keeps_an_analysts_title_and_may_change_the_analysis(desk: Desk) -> None:
    commit = desk.give("rename", signal_id=desk.id("a1"), title="Metals as leverage")
    assert kinds(commit) == ["renamed"]
    seq = desk.world.signal("a1").seq
    narrated = Revision(desk.id("a1"), seq, "Another title", "It says why.", "", (), "narrator/1")
    assert desk.world.offer(narrated) is not None
    assert (desk.world.signal("a1").title, desk.world.signal("a1").analysis) == ("Metals as leverage", "It says why.")
    desk.give("undo", undoes="c1")
    assert desk.world.signal("a1").title.startswith("Claim: gallium")
    assert desk.world.offer(narrated) is None


def test_a_dismissed_signal_counts_silently_and_comes_back_as_its_sums_say(desk: Desk) -> None:
    desk.give("dismiss", signal_id=desk.id("a1"))
    assert "already dismissed" in desk.refused("dismiss", signal_id=desk.id("a1"))
    signals = len(desk.world.state.signals)
    commit = desk.world.read("a2", GALLIUM, family="c")
    assert [(event.kind, event.state) for event in commit.events] == [("reinforced", "dismissed")]
    assert len(desk.world.state.signals) == signals, "nothing new opens for the same story"
    desk.world.tick(60)
    assert desk.world.signal("a1").state == "dismissed"
    commit = desk.give("restore", signal_id=desk.id("a1"))
    assert kinds(commit) == ["revived"]
    assert desk.world.signal("a1").state == "published", "two families by now"


def test_a_pinned_signal_neither_fades_nor_is_touched_by_the_watchman(desk: Desk) -> None:
    desk.give("pin", signal_id=desk.id("a1"))
    desk.world.tick(400)
    assert desk.world.signal("a1").state == "candidate"
    assert desk.world.signal("b1").state == "dormant"
    assert "is pinned" in desk.refused("merge", signal_id=desk.id("b1"), into=desk.id("a1"), by="watchman")
    desk.give("unpin", signal_id=desk.id("a1"))
    desk.world.tick(401)
    assert desk.world.signal("a1").state == "dormant"


def test_rejected_evidence_stays_out_in_later_revisions_until_that_is_undone(desk: Desk) -> None:
    desk.world.read("a2", GALLIUM, family="c")
    signal_id = desk.id("a2")
    before = desk.world.signal("a1")
    commit = desk.give("reject-evidence", signal_id=signal_id, evidence_id=desk.evidence("a2"))
    assert kinds(commit) == ["evidence-rejected"]
    assert [(change.status, change.micro) for change in commit.changes] == [("rejected", 0)]
    assert "rejected by ann" in commit.changes[0].reason
    assert desk.world.signal("a1").evidence == 1
    commit = desk.world.read("a2", GALLIUM, FERRY, family="c", revision=1)
    assert [row.status for row in commit.evidence] == ["rejected", "accepted"]
    assert desk.world.state.signals[signal_id].evidence == 1
    assert [outcome.evidence_ids for outcome in commit.outcomes] == [(commit.evidence[1].evidence_id,)]
    desk.give("undo", undoes="c1")
    again = desk.world.state.signals[signal_id]
    assert (again.evidence, again.families, again.state) == (2, before.families, "published")


def test_rejected_words_that_the_article_drops_do_not_come_back(desk: Desk) -> None:
    desk.world.read("a2", GALLIUM, family="c")
    desk.give("reject-evidence", signal_id=desk.id("a2"), evidence_id=desk.evidence("a2"))
    desk.world.read("a2", family="c", revision=1)
    assert "no longer says" in desk.refused("undo", undoes="c1")
    commit = desk.world.read("a2", GALLIUM, family="c", revision=2)
    assert [row.status for row in commit.evidence] == ["rejected"]
    assert [outcome.outcome for outcome in commit.outcomes] == ["rejected"]
    assert not desk.give("undo", undoes="c1", command_id="again").applied[0].refused


def test_a_verdict_on_a_divided_thesis_joins_the_nearest_part() -> None:
    desk = Desk(judge="judge/1")
    metal = evidence(GALLIUM, mechanism="scarce metal inputs raise prices")
    desk.world.read("a1", metal)
    desk.world.read("a2", metal, family="b")
    desk.world.read("c1", evidence(FERRY, mechanism="scarce metal inputs raise prices of ferries"), family="c")
    question = desk.world.question()
    parts = (SplitPart("Quotas and licences", ()), SplitPart("Claim: ferry island tourist", (desk.evidence("a2"),)))
    commit = desk.give("split", signal_id=desk.id("a1"), parts=parts)
    parent = question.candidates[0].signal_id
    desk.world.take(Answer(question.question_id, (Verdict(parent, "", "supports"),), "judge/1", ""))
    assert desk.id("c1") == done(commit).other_ids[1]


def test_a_revision_of_a_divided_or_merged_signal_is_dropped(desk: Desk) -> None:
    stale = Revision(desk.id("a1"), desk.world.signal("a1").seq, "Title", "", "", (), "narrator/1")
    desk.give("merge", signal_id=desk.id("a1"), into=desk.id("b1"))
    assert desk.world.offer(stale) is None
    desk.give("undo", undoes="c1")
    assert desk.world.offer(stale) is None, "it was written before"


def test_undoing_keeps_to_the_order(desk: Desk) -> None:
    desk.world.read("d1", FERRY, family="d")
    desk.give("merge", signal_id=desk.id("a1"), into=desk.id("b1"))
    desk.give("merge", signal_id=desk.id("b1"), into=desk.id("d1"))
    assert "undo c2 first" in desk.refused("undo", undoes="c1")
    desk.give("undo", undoes="c2")
    desk.give("undo", undoes="c1")
    assert {desk.world.state.resolve_signal(desk.id(each)) for each in ("a1", "b1", "d1")} == {
        desk.id(each) for each in ("a1", "b1", "d1")
    }
    assert desk.world.offer(extraction("a2", GALLIUM, family="z")) is not None
