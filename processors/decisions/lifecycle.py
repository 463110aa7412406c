"""What time alone does to signals: published ones fade and go dormant, candidates without news are dropped."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta

from processors.decisions.draft import Draft
from processors.decisions.state import EPOCH, floor_hour, look_again
from schemas.copying import replace
from schemas.ledger import SignalHead
from schemas.vocabulary import SignalState

CLOCK = "clock"


def believed(draft: Draft, claimed: datetime) -> datetime:
    """Return the time to which an article that claims to be of `claimed` may move the ledger.

    A leap of more than `policy.jump` days is believed when the next article that claims a time confirms it; one
    article with a wrong date would otherwise age every signal at once, and time never goes back. What comes late by
    more than that says nothing of the present: it neither confirms nor refutes a leap, since a backfill runs beside
    live feeds.
    """
    leap = timedelta(days=draft.policy.jump)
    if claimed < draft.now - leap:
        return draft.now
    if draft.now == EPOCH or claimed <= draft.now + leap:
        draft.ahead = None
        return claimed
    if draft.ahead is None:
        draft.ahead = claimed
        return draft.now
    to, further = sorted((claimed, draft.ahead))
    draft.ahead = further if further > to + leap else None
    return to


def advance(draft: Draft, to: datetime) -> None:
    """Move the draft's time to `to` (never back), letting every signal that is due change on the way."""
    if to <= draft.now:
        return
    due = draft.state.due(floor_hour(to))  # in order, so a heap
    while due:  # hour by hour over all signals: each event sees the time at which it happens
        at, signal_id = heapq.heappop(due)
        draft.now = max(draft.now, at)
        again = _pass(draft, signal_id, at)
        if again is not None and again <= to:
            heapq.heappush(due, (again, signal_id))
    draft.now = to


def _pass(draft: Draft, signal_id: str, at: datetime) -> datetime | None:
    """Let one signal change its state at the hour `at`; return the next hour to look, None if there is none."""
    head, policy = draft.signal(signal_id), draft.policy
    if head.state == "candidate":
        if at < head.last_reinforced + timedelta(days=policy.candidate_days):
            return look_again(head, at, policy, draft.components)
        return _to(draft, head, "dormant", at, f"no second voice within {policy.candidate_days:g} days")
    current = draft.components(signal_id, at).strength
    if head.state == "published" and current < policy.fade_below:
        return _to(draft, head, "faded", at, f"strength fell below {policy.fade_below:g}")
    if head.state == "faded" and current < policy.dormant_below:
        return _to(draft, head, "dormant", at, f"strength fell below {policy.dormant_below:g}")
    return look_again(head, at, policy, draft.components)


def _to(draft: Draft, head: SignalHead, state: SignalState, at: datetime, note: str) -> datetime | None:
    hour_before = at - timedelta(hours=1)  # an hour's fading, not the fall since its last news
    before = draft.components(head.signal_id, hour_before).strength
    head = draft.put_signal(replace(head, state=state))
    head = draft.emit("faded" if state == "faded" else "dormant", head, before, cause=CLOCK, note=note)
    return look_again(head, at, draft.policy, draft.components)
