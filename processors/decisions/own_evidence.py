"""The evidence counted for one very signal, as a draft has it: some at its two ends, or all of it.

What a merged signal brought along is not among it: a merge is a decision of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from processors.decisions.counting import Member
from processors.decisions.draft import Draft
from schemas.ledger import EvidenceMark


def at_the_ends(draft: Draft, signal_id: str, first: int, last: int) -> list[Member]:
    """Return up to `first` earliest and `last` latest evidence, in order of day."""
    touched = sum(len(former.evidence) for each in draft.marks if (former := draft.state.marks.get(each)))
    known = draft.state.holdings.ends(signal_id, first + touched, last + touched)
    found = [(article, mark) for evidence_id, article in known if (mark := _mark(draft, article, evidence_id))]
    found += _drafted(draft, signal_id)
    found.sort(key=lambda member: (member[1].day, member[1].evidence_id))
    return found if len(found) <= first + last else [*found[:first], *found[-last:]]


def all_of(draft: Draft, signal_id: str) -> Iterator[Member]:
    """Yield all of it. Goes through as much as there is: not for every proposal."""
    for evidence_id, article in draft.state.holdings.own_members(signal_id):
        if (mark := _mark(draft, article, evidence_id)) is not None:
            yield article, mark
    yield from _drafted(draft, signal_id)


def _mark(draft: Draft, article_id: str, evidence_id: str) -> EvidenceMark | None:
    if article_id in draft.marks:
        return None  # the draft says it anew
    return next(mark for mark in draft.state.marks[article_id].evidence if mark.evidence_id == evidence_id)


def _drafted(draft: Draft, signal_id: str) -> list[Member]:
    return [
        (article_id, mark)
        for article_id, whole in draft.marks.items()
        for mark in whole.evidence
        if mark.signal_id == signal_id and not mark.rejected
    ]
