"""The rows, marks and outcome that an extraction leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest
from typing import Final

from processors.decisions.ids import derived, quote_key
from processors.decisions.signals import cut
from processors.decisions.stories import Vector
from processors.decisions.strength import day_of
from schemas.article import Outcome
from schemas.copying import replace
from schemas.evidence import Evidence, EvidenceRow, MatchScore
from schemas.ledger import EvidenceMark, StoryHead
from schemas.proposal import Extraction
from schemas.stated import IMPORTED, is_imported
from schemas.vocabulary import Basis, EvidenceStatus

HEAVIEST: Final = 12  # terms that are remembered of an evidence
_CLAIM: Final = 110  # characters: it may become a title


def heaviest(vector: Vector) -> tuple[str, ...]:
    """Return the terms that say most of an item, heaviest first (ties by term)."""
    return tuple(term for term, _ in nsmallest(HEAVIEST, vector.items(), key=lambda item: (-item[1], item[0])))


def mark_of(row: EvidenceRow, terms: tuple[str, ...] = ()) -> EvidenceMark:
    """Return what is remembered of a committed evidence, with its heaviest `terms`."""
    return EvidenceMark(
        evidence_id=row.evidence_id,
        story_id=row.story_id,
        signal_id=row.signal_id,
        family=row.family,
        stance=row.stance,
        day=row.day,
        micro=row.micro,
        is_copy=row.is_copy,
        quote_key=quote_key(row.quote),
        kind=row.kind,
        lens=row.lens,
        sectors=row.sectors,
        geographies=row.geographies,
        actors=row.actors,
        terms=terms,
        claim=cut(row.claim, _CLAIM),
    )


def toward_signal(row: EvidenceRow, story: StoryHead) -> EvidenceRow:
    """Return a row that joins `story` with its stance turned towards the story's signal."""
    if story.stance != "contradicts" or row.stance == "context":
        return row
    return replace(row, stance="contradicts" if row.stance == "supports" else "supports")


def outcome_of(extraction: Extraction, marks: Sequence[EvidenceMark]) -> Outcome:
    """Return the article's outcome; the first evidence names its primary story and signal."""
    if marks and all(mark.rejected for mark in marks):
        why = "an analyst has rejected all of its evidence"
        bare = replace(extraction, outcome="rejected", reason=why) if extraction.outcome == "accepted" else extraction
        return outcome_of(bare, ())
    marks = [mark for mark in marks if not mark.rejected]
    stories = tuple(dict.fromkeys(mark.story_id for mark in marks))
    signals = tuple(dict.fromkeys(mark.signal_id for mark in marks if mark.signal_id))
    return Outcome(
        article_id=extraction.article_id,
        revision=extraction.revision,
        external_id=extraction.external_id,
        outcome="accepted" if marks else extraction.outcome,
        reason="" if marks else extraction.reason,
        primary_story_id=stories[0] if stories else "",
        primary_signal_id=signals[0] if signals else "",
        story_ids=stories,
        signal_ids=signals,
        evidence_ids=tuple(mark.evidence_id for mark in marks),
        at=extraction.published_at,
    )


def evidence_row(
    extraction: Extraction, evidence: Evidence, why: str, story_id: str = "", candidates: tuple[MatchScore, ...] = ()
) -> EvidenceRow:
    """Return the row of one evidence before it is counted. Copies and context weigh nothing."""
    is_copy = bool(extraction.copy_of)
    return _row(
        extraction,
        evidence_id=evidence.evidence_id,
        status="accepted",
        reason=why,
        micro=0 if is_copy or evidence.stance == "context" else evidence.salience,
        basis="story",
        evidence=evidence,
        story_id=story_id,
        candidates=candidates,
    )


def rejected_row(extraction: Extraction, quote: str, reason: str, number: int) -> EvidenceRow:
    nothing = Evidence(
        evidence_id=derived("rej-", extraction.article_id, str(extraction.revision), str(number), quote),
        item=0, quote=quote or "-", quote_start=0, quote_end=0, anchor="-", claim="-", stance="context",
        reasoning="", reasoning_origin="none", kind="event", lens="society", sectors=(), geographies=(), actors=(),
        salience=0, terms={},
    )  # fmt: skip
    return _row(
        extraction, evidence_id=nothing.evidence_id, status="rejected", reason=reason, micro=0, basis="story",
        evidence=nothing,
    )  # fmt: skip


def _row(
    extraction: Extraction,
    *,
    evidence_id: str,
    status: EvidenceStatus,
    reason: str,
    micro: int,
    basis: Basis,
    evidence: Evidence,
    story_id: str = "",
    candidates: tuple[MatchScore, ...] = (),
) -> EvidenceRow:
    return EvidenceRow(
        evidence_id=evidence_id,
        article_id=extraction.article_id,
        revision=extraction.revision,
        external_id=extraction.external_id,
        article_url=extraction.url,
        article_title=extraction.title,
        publisher=extraction.publisher,
        family=extraction.family,
        published_at=extraction.published_at,
        story_id=story_id,
        signal_id="",
        status=status,
        basis=basis,
        reason=reason,
        is_copy=bool(extraction.copy_of),
        micro=micro,
        item=evidence.item,
        quote=evidence.quote,
        quote_start=evidence.quote_start,
        quote_end=evidence.quote_end,
        anchor=evidence.anchor,
        claim=evidence.claim,
        stance=evidence.stance,
        reasoning=evidence.reasoning,
        reasoning_origin=evidence.reasoning_origin,
        kind=evidence.kind,
        lens=evidence.lens,
        sectors=evidence.sectors,
        geographies=evidence.geographies,
        actors=evidence.actors,
        salience=evidence.salience,
        analyst=IMPORTED if is_imported(evidence.evidence_id) else extraction.analyst,
        mechanism=evidence.mechanism,
        day=day_of(extraction.published_at),
        candidates=candidates,
    )
