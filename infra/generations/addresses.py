"""Finds in a shadow generation what a command meant in its source: by the evidence, not by ids. Pure.

Ids of signals hash their opening evidence, and ids of evidence its quote: under another prompt both may differ while
the words in the article are nearly the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.copying import replace
from schemas.proposal import Command, SplitPart


@dataclass(frozen=True, slots=True)
class Spot:
    """One evidence: where its quote stands in its article, in characters, and the signal that it counts for."""

    evidence_id: str
    article_id: str
    start: int
    end: int
    signal_id: str


def same_evidence(one: Spot, there: Sequence[Spot]) -> Spot | None:
    """Return the evidence that is `one`: of the same id, else of the same article with most of the same words."""
    best: tuple[int, int, str, Spot] | None = None
    for spot in there:
        if spot.article_id != one.article_id:
            continue
        shared = min(one.end, spot.end) - max(one.start, spot.start)
        if spot.evidence_id == one.evidence_id:
            return spot
        key = (-shared, abs(spot.end - spot.start), spot.evidence_id, spot)
        if shared > 0 and (best is None or key[:3] < best[:3]):
            best = key
    return best[3] if best else None


def same_signal(of: Iterable[Spot], there: Sequence[Spot]) -> str:
    """Return the signal that has most of this evidence, the first by id among equals; "" when none has any."""
    votes = Counter(found.signal_id for one in of if (found := same_evidence(one, there)) and found.signal_id)
    return min(votes, key=lambda signal_id: (-votes[signal_id], signal_id)) if votes else ""


def named(command: Command) -> tuple[set[str], set[str]]:
    """Return the ids of signals and of evidence that a command names."""
    signals = {command.signal_id, command.into} - {""}
    evidence = {command.evidence_id, *(each for part in command.parts for each in part.evidence_ids)} - {""}
    return signals, evidence


def readdressed(command: Command, meant: Sequence[Spot], there: Sequence[Spot], kept: set[str]) -> Command:
    """Return the command with the ids of the shadow.

    `meant`: the source's evidence of the signals and of the ids that it names. `there`: the shadow's evidence of the
    same articles. `kept`: signals that the shadow has under the same id. What cannot be found keeps its id: the ledger
    refuses it by that, and the refusal is listed.
    """
    by_id = {spot.evidence_id: spot for spot in meant}

    def signal(signal_id: str) -> str:
        if not signal_id or signal_id in kept:
            return signal_id
        return same_signal((spot for spot in meant if spot.signal_id == signal_id), there) or signal_id

    def evidence(evidence_id: str) -> str:
        found = same_evidence(by_id[evidence_id], there) if evidence_id in by_id else None
        return found.evidence_id if found else evidence_id

    parts = tuple(SplitPart(part.title, tuple(map(evidence, part.evidence_ids))) for part in command.parts)
    return replace(
        command,
        signal_id=signal(command.signal_id),
        into=signal(command.into),
        evidence_id=evidence(command.evidence_id) if command.evidence_id else "",
        parts=parts,
    )
