"""The evidence of a signal and of what it took over, as a draft has it: some at its two ends."""

from __future__ import annotations

from processors.decisions.counting import Member, joined
from processors.decisions.draft import Draft
from schemas.ledger import EvidenceMark


def at_the_ends(draft: Draft, signal_id: str, first: int, last: int) -> list[Member]:
    """Return up to `first` earliest and `last` latest evidence, in order of day."""
    touched = sum(len(former.evidence) for each in draft.marks if (former := draft.state.marks.get(each)))
    ends = draft.state.holdings.ends
    known = [pair for each in sorted(joined(draft, signal_id)) for pair in ends(each, first + touched, last + touched)]
    found = [
        (article, mark) for evidence_id, article in dict(known).items() if (mark := _mark(draft, article, evidence_id))
    ]
    found += _drafted(draft, signal_id)
    found.sort(key=lambda member: (member[1].day, member[1].evidence_id))
    return found if len(found) <= first + last else [*found[:first], *found[-last:]]


def _mark(draft: Draft, article_id: str, evidence_id: str) -> EvidenceMark | None:
    if article_id in draft.marks:
        return None  # the draft says it anew
    return next(mark for mark in draft.state.marks[article_id].evidence if mark.evidence_id == evidence_id)


def _drafted(draft: Draft, signal_id: str) -> list[Member]:
    return [
        (article_id, mark)
        for article_id, whole in draft.marks.items()
        for mark in whole.evidence
        if mark.signal_id and not mark.rejected and draft.resolve_signal(mark.signal_id) == signal_id
    ]
