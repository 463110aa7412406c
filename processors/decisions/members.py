"""The evidence of one signal as a draft has it: some at its two ends, or all of it."""

from __future__ import annotations

from collections.abc import Iterator

from processors.decisions.draft import Draft
from schemas.ledger import EvidenceMark


def at_the_ends(draft: Draft, signal_id: str, first: int, last: int) -> list[EvidenceMark]:
    """Return up to `first` earliest and `last` latest evidence counted for this very signal, in order of day.

    What a merged signal brought along is not among them: a merge is a decision of its own.
    """
    touched = sum(len(former.evidence) for a in draft.marks if (former := draft.state.marks.get(a)))
    known = draft.state.holdings.ends(signal_id, first + touched, last + touched)
    found = [mark for evidence_id, article in known if (mark := _mark(draft, article, evidence_id))]
    found += _drafted(draft, signal_id)
    found.sort(key=lambda mark: (mark.day, mark.evidence_id))
    return found if len(found) <= first + last else [*found[:first], *found[-last:]]


def all_of(draft: Draft, signal_id: str) -> Iterator[EvidenceMark]:
    """Yield all evidence counted for this very signal. Goes through as many as there are: not for every proposal."""
    for evidence_id, article in draft.state.holdings.own_members(signal_id):
        if (mark := _mark(draft, article, evidence_id)) is not None:
            yield mark
    yield from _drafted(draft, signal_id)


def _mark(draft: Draft, article_id: str, evidence_id: str) -> EvidenceMark | None:
    if article_id in draft.marks:
        return None  # the draft says it anew
    return next(mark for mark in draft.state.marks[article_id].evidence if mark.evidence_id == evidence_id)


def _drafted(draft: Draft, signal_id: str) -> list[EvidenceMark]:
    return [
        mark
        for whole in draft.marks.values()
        for mark in whole.evidence
        if mark.signal_id == signal_id and not mark.rejected
    ]
