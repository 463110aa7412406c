"""What a decoded proposal must hold before the ledger decides on it: what types and lengths cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.copying import replace
from schemas.proposal import Command, Extraction, Proposal

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def reason_against(proposal: Proposal, generation: str) -> str:
    """Return in words why the ledger of `generation` may not decide on `proposal`, "" if it may."""
    if proposal.generation != generation:
        return f"belongs to generation {proposal.generation}, not to {generation}"
    parts = {
        "extraction": proposal.extraction, "answer": proposal.answer, "revision": proposal.revision,
        "tick": proposal.tick, "command": proposal.command,
    }  # fmt: skip
    given = [kind for kind, part in parts.items() if part is not None]
    if given != [proposal.kind]:
        return f"is of kind {proposal.kind} and holds {', '.join(given) or 'nothing'}"
    if proposal.tick is not None and not _EARLIEST <= proposal.tick.to <= _LATEST:
        return f"ticks to {proposal.tick.to}"
    return reason_against_extraction(proposal.extraction) if proposal.extraction is not None else ""


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "merge": ("signal_id", "into"),
    "split": ("signal_id", "parts"),
    "rename": ("signal_id", "title"),
    "dismiss": ("signal_id",),
    "restore": ("signal_id",),
    "pin": ("signal_id",),
    "unpin": ("signal_id",),
    "reject-evidence": ("signal_id", "evidence_id"),
    "undo": ("undoes",),
}
_FIELDS = ("signal_id", "into", "title", "evidence_id", "parts", "undoes")


def reason_against_command(command: Command) -> str:
    """Return in words what is wrong with a command, "" if nothing is. It is refused then, not buried."""
    needs = _NEEDS[command.action]
    given = {name: getattr(command, name) for name in _FIELDS}
    given["title"] = command.title.strip()
    missing = [name for name in needs if not given[name]]
    if missing:
        return f"a {command.action} needs {' and '.join(missing)}"
    idle = [name for name in _FIELDS if given[name] and name not in needs]
    if idle:
        return f"a {command.action} does not take {' or '.join(idle)}"
    if command.action == "split":
        if len(command.parts) < 2:
            return f"a split of {command.signal_id} needs two parts or more"
        if any(not part.title.strip() for part in command.parts):
            return f"each part of {command.signal_id} needs a title"
        if any(not part.evidence_ids for part in command.parts[1:]):
            return f"each part of {command.signal_id} but the first must name evidence"
    return ""


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
