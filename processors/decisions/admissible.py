"""What a decoded proposal must hold before the ledger decides on it: what types and lengths cannot say."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

from schemas.proposal import Extraction, Proposal

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def reason_against(proposal: Proposal, generation: str) -> str:
    """Return in words why the ledger of `generation` may not decide on `proposal`, "" if it may."""
    if proposal.generation != generation:
        return f"belongs to generation {proposal.generation}, not to {generation}"
    parts = {
        "extraction": proposal.extraction, "answer": proposal.answer, "revision": proposal.revision,
        "tick": proposal.tick,
    }  # fmt: skip
    given = [kind for kind, part in parts.items() if part is not None]
    if given != [proposal.kind]:
        return f"is of kind {proposal.kind} and holds {', '.join(given) or 'nothing'}"
    if proposal.tick is not None and not _EARLIEST <= proposal.tick.to <= _LATEST:
        return f"ticks to {proposal.tick.to}"
    return reason_against_extraction(proposal.extraction) if proposal.extraction is not None else ""


def reason_against_extraction(extraction: Extraction) -> str:
    """Return in words what is wrong with an extraction, "" if nothing is."""
    if not _EARLIEST <= extraction.published_at <= _LATEST:
        return f"was published at {extraction.published_at}"
    for evidence in extraction.evidence:
        if evidence.quote_end - evidence.quote_start != len(evidence.quote):
            return f"{evidence.evidence_id}: the offsets do not fit the quote"
        if evidence.anchor not in evidence.quote:
            return f"{evidence.evidence_id}: the anchor is not in the quote"
        if len(evidence.terms) > 80 or not all(math.isfinite(w) and w > 0 for w in evidence.terms.values()):
            return f"{evidence.evidence_id}: the terms are not at most 80 positive numbers"
    return ""


def refused(proposal: Proposal, reason: str, now: datetime) -> Proposal:
    """Return an extraction's proposal as one that only rejects its article, so that the article has its outcome.

    `now` is the ledger's time, for a date that cannot be meant.
    """
    extraction = proposal.extraction
    assert extraction is not None, "only an extraction has an article to reject"
    dated = _EARLIEST <= extraction.published_at <= _LATEST
    bare = replace(
        extraction,
        published_at=extraction.published_at if dated else now,
        date_flag=extraction.date_flag if dated else "missing",
        outcome="rejected",
        reason=f"the ledger cannot use it: {reason}"[:500],
        evidence=(),
        rejected=(),
    )
    return replace(proposal, extraction=bare)
