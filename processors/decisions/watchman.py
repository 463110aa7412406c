"""The watchman: a signal cannot drift. When a signal is looked at, and what is then to be done about it.

Pure: reads a draft to which a proposal was applied. What it finds goes into the same commit.

A signal is looked at when its evidence passes 6, 9, 12, 15, 18, 21, 25, 30, … (a step is a fifth of what there is, at
least 3 and at most 60): a foreign tail stays a small part of it, every evidence is among the latest 72 of some look,
and what a look costs is spread over the step. One that has drifted before is looked at each time up to 40 evidence, and
each eighth time from there on.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from processors.decisions.apart import unmerged
from processors.decisions.divisions import Split, foreign_evidence, foreign_stories
from processors.decisions.draft import Draft
from processors.decisions.duplicates import Merge, near_duplicate
from processors.decisions.parting import SPLIT_OFF
from schemas.ledger import SignalHead

_WATCHED: Final = ("candidate", "published", "faded", "dormant")
_FIRST, _LEAST, _MOST = 6, 3, 60
_CLOSELY, _CLOSELY_STEP = 40, 8


def _ladder() -> tuple[int, ...]:
    rungs = [_FIRST]
    while (step := max(_LEAST, rungs[-1] // 5)) < _MOST:
        rungs.append(rungs[-1] + step)
    return tuple(rungs)


_LADDER: Final = _ladder()


def _rung(evidence: int) -> int:
    return bisect_right(_LADDER, evidence) + max(0, evidence - _LADDER[-1]) // _MOST


def is_due(before: int, after: int, *, drifted: bool) -> bool:
    """Say whether a signal is looked at that had `before` and has `after` evidence now."""
    if after <= before or after < 2:
        return False
    if drifted and (after <= _CLOSELY or after // _CLOSELY_STEP > before // _CLOSELY_STEP):
        return True
    return _rung(after) > _rung(before)


def watch(draft: Draft) -> list[Split | Merge]:
    """Return what is to be done about the signals that this draft counted evidence for, at most one thing each."""
    if not draft.policy.watch:
        return []
    touched: dict[str, str] = {}  # signal → a story of it that got evidence
    for row in draft.evidence:
        if row.signal_id and row.status == "accepted":
            touched[draft.resolve_signal(row.signal_id)] = draft.resolve_story(row.story_id)
    found: list[Split | Merge] = []
    for signal_id, story_id in touched.items():
        head, former = draft.signal(signal_id), draft.state.signals.get(signal_id)
        if head.state not in _WATCHED or head.pinned:
            continue
        if is_due(former.evidence if former else 0, head.evidence, drifted=bool(head.children)):
            act = _look(draft, head, story_id)
            if act is not None:
                found.append(act)
    return found


def _look(draft: Draft, head: SignalHead, story_id: str) -> Split | Merge | None:
    least = 1 if head.children else draft.policy.foreign_evidence
    split = foreign_evidence(draft, head, story_id, least=least)
    if split is None and head.basis == "thesis":
        split = foreign_stories(draft, head, least=least)
    if split is not None and not _is_kept_whole(draft, head.signal_id):
        return split
    merge = near_duplicate(draft, head, story_id, ())
    apart = unmerged(draft, head.signal_id) if merge else ()
    return near_duplicate(draft, head, story_id, apart) if apart else merge


def _is_kept_whole(draft: Draft, signal_id: str) -> bool:
    """Whether an analyst has taken back a division of this signal: then it is never divided unasked again."""
    return any(
        done.undone and done.action == SPLIT_OFF and done.signal_id == signal_id
        for done in draft.state.applied.values()
    )
