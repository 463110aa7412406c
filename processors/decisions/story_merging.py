"""Two stories turn out to be one: near-duplicates that no question was asked about.

Which signal goes on, when both have one of their own: one that rests on other stories too stays; of two that rest on
this story alone the pinned one stays, else the published, else the older. Two theses that share a story stay apart, as
do their stories: that one event bears on both says nothing about the theses, and a judge decides on those. What is
pinned or dismissed is never the one that goes, and what was divided, or merged and unmerged, stays apart.
"""

from __future__ import annotations

from processors.decisions.apart import divided, unmerged, unmerged_stories
from processors.decisions.counting import former, members, recounted
from processors.decisions.draft import Draft
from processors.decisions.ids import derived
from processors.decisions.merging import held_by, take_over
from processors.decisions.passing import named_today
from processors.decisions.refusing import record
from processors.decisions.settling import settle
from processors.decisions.story_heads import join_heads
from processors.decisions.substance import difference
from schemas.ledger import SignalHead, StoryHead
from schemas.proposal import Command


def merge_stories(draft: Draft, story_id: str, into_id: str, *, by: str, reason: str) -> bool:
    """Let `into_id` take over `story_id` (merges followed), and one signal the other's; say whether that was done.

    To be called when the draft's marks say all that the proposal has placed: counts are taken from them. Leaves an
    Applied record, so that it can be undone.
    """
    story, target = draft.story(story_id), draft.story(into_id)
    if story.story_id == target.story_id or not story.signal_id or not target.signal_id:
        return False  # what waits for an answer is the question's business
    one, other = (draft.signal(draft.resolve_signal(each.signal_id)) for each in (story, target))
    if _kept_apart(draft, story, target, one, other):
        return False
    roles = (one, other) if one.signal_id == other.signal_id else _roles(one, other)
    if roles is None:
        return False
    gone, stays = roles
    command = Command(
        derived("ms-", draft.proposal.proposal_id, story.story_id, target.story_id), "merge", by, reason,
        gone.signal_id, stays.signal_id,
    )  # fmt: skip
    before = (former(gone), former(stays)) if gone is not stays else (former(gone),)
    others = (stays.signal_id, story.story_id, target.story_id)
    record(draft, command, gone, before, others=others, action="merge-stories")
    held = held_by(draft, gone, stays)
    articles = {article for each in (gone, stays) for article, _ in members(draft, each.signal_id)}
    join_heads(draft, story, target, articles)
    note = f"{story.story_id} and {target.story_id} are one story: {reason}"
    for each in roles:
        draft.substance(each.signal_id).forget_voices()
    if gone.signal_id != stays.signal_id:
        take_over(draft, gone, stays, held, note=note, by=by)
        return True
    head = draft.put_signal(recounted(draft, stays))
    mass = difference(held.stays, named_today(draft.substance(head.signal_id), draft.resolve_story))
    head = draft.emit("merged", head, held.strength_stays, note=note, by=by, mass=mass)
    settle(draft, head, held.strength_stays, note=note, by=by)
    return True


def _kept_apart(draft: Draft, story: StoryHead, target: StoryHead, one: SignalHead, other: SignalHead) -> bool:
    return (
        divided(draft, one, other)
        or other.signal_id in unmerged(draft, one.signal_id)
        or unmerged_stories(draft, story.story_id, target.story_id)
    )


def _roles(one: SignalHead, other: SignalHead) -> tuple[SignalHead, SignalHead] | None:
    """Return (the one that goes, the one that stays), None if neither may go."""
    if "dismissed" in (one.state, other.state):
        return None
    if one.story_count > 1 and other.story_count > 1:
        return None
    gone, stays = sorted((one, other), key=_claim)
    return None if gone.pinned or gone.story_count > 1 else (gone, stays)


def _claim(head: SignalHead) -> tuple[bool, bool, bool, float, str]:
    """Order signals by how much they may stay, least first."""
    return (
        head.story_count > 1, head.pinned, head.published_at is not None, -head.opened_at.timestamp(), head.signal_id
    )  # fmt: skip
