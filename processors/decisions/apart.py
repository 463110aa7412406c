"""What stays apart: what was divided, and what became one and was taken back. Nothing joins it again unasked."""

from __future__ import annotations

from processors.decisions.draft import Draft
from schemas.ledger import SignalHead


def divided(draft: Draft, one: SignalHead, other: SignalHead) -> bool:
    """Say whether one signal was divided from the other, or an analyst made both of one signal."""
    if one.signal_id == other.signal_id:
        return False
    if one.signal_id == other.parent or other.signal_id == one.parent:
        return True
    return one.parent == other.parent != "" and draft.signal(one.parent).state == "split"


def unmerged(draft: Draft, signal_id: str) -> set[str]:
    """Return the signals whose merge with this one was taken back, whoever had made it."""
    pairs = [
        {done.signal_id, done.other_ids[0]}
        for done in draft.state.applied.values()
        if done.undone and done.action in ("merge", "merge-stories")
    ]
    return {each for pair in pairs if signal_id in pair for each in pair} - {signal_id}


def unmerged_stories(draft: Draft, one: str, other: str) -> bool:
    """Say whether it was taken back that these two stories are one."""
    return any(
        done.undone and done.action == "merge-stories" and {one, other} <= {*done.other_ids[1:]}
        for done in draft.state.applied.values()
    )
