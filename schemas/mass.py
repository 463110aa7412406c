"""Mass: the integers that strength is computed from."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.article import Id
from schemas.vocabulary import Stance


@dataclass(frozen=True, slots=True)
class Mass:
    """Integer micro-salience of one (story, publisher family, stance, kind, UTC day): the whole state of strength.

    In a signal event it is a change, and may be negative.
    """

    story_id: Id
    family: str
    stance: Stance
    day: int  # days since 1970-01-01 UTC
    micro: int
    kind: str = ""  # of the evidence: its half-life; "" before version 3
