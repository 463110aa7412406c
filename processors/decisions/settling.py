"""In which state a signal stands when a command has changed what it rests on."""

from __future__ import annotations

from processors.decisions.draft import Draft
from processors.decisions.signals import published
from schemas.copying import replace
from schemas.ledger import SignalHead
from schemas.vocabulary import SignalState

ACTIVE: tuple[SignalState, ...] = ("candidate", "published", "faded")


def settle(
    draft: Draft, head: SignalHead, before: float, *, note: str, by: str, joined: SignalHead | None = None
) -> SignalHead:
    """Publish or revive `head` (already put) by the usual rules, and say so.

    `joined` is a signal that it has just taken over: what was public stays public.
    """
    policy, substance = draft.policy, draft.substance(head.signal_id)
    if joined is not None and head.published_at is None and joined.published_at is not None:
        head = draft.put_signal(replace(head, state="published", published_at=draft.now))
        return draft.emit("published", head, before, note=note, by=by)
    if head.published_at is None:
        if head.state == "dormant" and joined is not None and joined.state in ACTIVE:
            head = draft.put_signal(replace(head, state="candidate"))
            head = draft.emit("revived", head, before, note="a candidate again", by=by)
        if head.state == "candidate" and published(head, substance, policy):
            head = draft.put_signal(replace(head, state="published", published_at=draft.now))
            return draft.emit("published", head, before, note=note, by=by)
    elif head.state in ("faded", "dormant") and head.strength >= policy.revive_at:
        head = draft.put_signal(replace(head, state="published"))
        return draft.emit("revived", head, before, note=note, by=by)
    return head


def as_its_sums_say(draft: Draft, head: SignalHead) -> SignalState:
    """Return the state in which a dismissed signal comes back."""
    policy, strength = draft.policy, draft.components(head.signal_id).strength
    if head.published_at is None:
        return "published" if published(head, draft.substance(head.signal_id), policy) else "candidate"
    if strength >= policy.fade_below:
        return "published"
    return "faded" if strength >= policy.dormant_below else "dormant"
