"""Whether evidence counted at a past time: its row says only whether it counts today. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sinks.site.ports import Row

# Whether an event takes the evidence that it names away, or brings it back.
_TAKEN: Final[Mapping[str, bool]] = {"evidence-rejected": True, "undone": False}


def evidence_then(evidence: Iterable[Row], events: Iterable[Row], at: datetime) -> list[Row]:
    """Return the rows that were published by `at` with the status that they had then.

    `events` are all of the signal, in order, also those after `at`: what was taken away later counted until then. A row
    that was withdrawn without an event, since its words live on in another one, stays withdrawn.
    """
    told: dict[str, list[Row]] = {}
    for event in events:
        if event["kind"] in _TAKEN and event["evidence_id"]:
            told.setdefault(event["evidence_id"], []).append(event)
    return [_then(one, told.get(one["evidence_id"], []), at) for one in evidence if one["published_at"] <= at]


def _then(one: Row, told: list[Row], at: datetime) -> Row:
    """Return a row as of `at`; `told` are the events that took it away or brought it back."""
    before = [event for event in told if event["at"] <= at]
    if len(before) == len(told):  # nothing has happened to it since
        return one
    if before and _TAKEN[before[-1]["kind"]]:
        return one | {"status": "rejected", "reason": before[-1]["note"]}
    # Why it was matched is not kept where a later reason stands in its place.
    return one if one["status"] == "accepted" else one | {"status": "accepted", "reason": ""}
