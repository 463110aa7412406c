"""Why a signal is as strong as it is: retraced from its events alone, down to every row of mass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from processors.decisions.policy import Policy
from processors.decisions.retrace import retrace, retraced
from processors.decisions.strength import ONE_FAMILY, Components, Weights, weights_at
from processors.decisions.substance import Substance
from schemas.errors import BadInput
from schemas.events import SignalEvent

Row = dict[str, Any]
FORMULA: Final = (
    "m = Σ micro/1e6 · 2^(-age/H)  of a story and family; age and H in days",
    "v = 1 - Π 1/(1 + m)           of a family, over its stories: its voice",
    "V = Σ v                       of all families, for it and against it",
    f"strength = 10 · (1 - {ONE_FAMILY}^max(0, V for - V against))",
)
_JUDGED: Final = "+judge="  # what a judge adds to a policy's version; it changes no half-life


def asked_time(text: str) -> datetime | None:
    """Return the end of the UTC day YYYY-MM-DD, or the time in ISO 8601 (UTC without a zone); None for "".

    Raises BadInput.
    """
    if not text:
        return None
    try:
        if len(text) == len("2026-04-15"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--at {text!r}: write a day as YYYY-MM-DD or a time as 2026-04-15T09:30") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def explanation(
    signal_id: str,
    events: Sequence[SignalEvent],
    at: datetime,
    policy: Policy,
    half_lives: Mapping[str, Mapping[str, float]],
) -> Row:
    """Return where the strength of `signal_id` at `at` comes from, as was known by then.

    `events` are the signal's lineage in order of commitment, `half_lives` those of each policy that was ever in force.
    """
    known = [event for event in events if event.at <= at]
    own = [event for event in known if event.signal_id == signal_id]
    if not own:
        raise BadInput(f"signal {signal_id}: had no event by {at:%Y-%m-%d %H:%M} UTC")
    substance = Substance()
    for event, resting in retraced(known):
        if event.signal_id == signal_id:
            substance = resting
    weights = weights_at(at, policy)
    parts = substance.components(weights)
    last = own[-1]
    return {
        "signal_id": signal_id,
        "title": last.title,
        "as_of": at,
        "policy": policy.version,
        "half_life_days": dict(policy.half_life),
        "one_family": ONE_FAMILY,
        "formula": FORMULA,
        "supports": _voices("supports", substance, weights),
        "contradicts": _voices("contradicts", substance, weights),
        "supporting": parts.supporting,
        "opposing": parts.opposing,
        "net": parts.supporting - parts.opposing,
        "strength": parts.strength,
        "contested": parts.opposing > parts.supporting,
        "last_event": {
            "event_id": last.event_id,
            "kind": last.kind,
            "at": last.at,
            "strength_after": last.strength_after,
            "policy": last.policy,
        },
        "retraced": _compared(events, policy, half_lives),
    }


def _voices(stance: str, substance: Substance, weights: Weights) -> list[Row]:
    """Return the families of one stance, loudest first, with the mass of each story and its rows."""
    carried = {family: stories for (side, family), stories in substance.families.items() if side == stance}
    voices = {family: voice for (side, family), voice in substance.voices(weights).items() if side == stance}
    found = []
    for family, voice in sorted(voices.items(), key=lambda item: (-item[1], item[0])):
        stories = [
            {
                "story_id": story_id,
                "mass": weights.mass(rows),
                "rows": [
                    {"kind": kind, "day": _day(day), "micro": micro, "weight": weights.of((kind, day))}
                    for (kind, day), micro in sorted(rows.items(), key=lambda item: (-item[0][1], item[0][0]))
                ],
            }
            for story_id, rows in sorted(carried[family].items())
        ]
        found.append({"family": family, "voice": voice, "stories": stories})
    return found


def _compared(events: Sequence[SignalEvent], policy: Policy, half_lives: Mapping[str, Mapping[str, float]]) -> Row:
    """Return whether every event's strength is what its lineage says, each under the policy that it names."""
    differing = []
    for version in dict.fromkeys(_unjudged(event.policy) for event in events):
        of_then = replace(policy, half_life=dict(half_lives.get(version, policy.half_life)))
        differing += [
            _difference(event, parts)
            for event, parts in retrace(events, of_then)
            if _unjudged(event.policy) == version and parts.strength != event.strength_after
        ]
    return {"events": len(events), "signals": len({event.signal_id for event in events}), "differing": differing}


def _difference(event: SignalEvent, parts: Components) -> Row:
    return {
        "event_id": event.event_id,
        "policy": event.policy,
        "strength_after": event.strength_after,
        "retraced": parts.strength,
    }


def _unjudged(version: str) -> str:
    return version.split(_JUDGED, 1)[0]


def _day(day: int) -> str:
    """Return days since 1970 as YYYY-MM-DD; a day that no calendar has, as its number."""
    try:
        return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
    except OverflowError:
        return str(day)
