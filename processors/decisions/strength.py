"""Strength: how much independent, recent evidence carries a signal, on a scale of 0 to 10.

With `now` floored to the hour and measured in days since 1970-01-01 UTC, H the half-life in days, averaged over
the kinds of the signal's evidence (so that one more article of another kind shifts it a little, not at a stroke),
for story s, publisher family f and stance σ:

    m(s,f,σ) = Σ_day micro/1e6 · 2^(-max(0, now - day)/H)        recent mass
    v(f,σ)   = 1 - Π_s 1/(1 + m(s,f,σ))                          one family's voice: below 1, whatever it repeats
    V(σ)     = Σ_f v(f,σ)
    strength = 10 · (1 - 0.7^max(0, V(supports) - V(contradicts)))

v is concave in every mass (halving returns within a story and a family), so an echo saturates; 0.7 is chosen
so that a single family, whose v stays below 1, stays below 3. Sums over integers do not depend on order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from processors.decisions.policy import Policy
from schemas.ledger import SignalHead
from schemas.mass import Mass
from schemas.vocabulary import KINDS, Stance

_DAY_SECONDS = 86_400.0
_ONE_FAMILY = 0.7
AHEAD = 26_280  # hours that are looked ahead: three years


@dataclass(frozen=True, slots=True)
class Components:
    """Why a strength is what it is: the voice of each family, by stance, and the result."""

    supports: Mapping[str, float]
    contradicts: Mapping[str, float]
    strength: float


def hour_days(now: datetime) -> float:
    """Return `now`, floored to the hour, in days since 1970-01-01 UTC."""
    return math.floor(now.timestamp() / 3600.0) / 24.0


def day_of(when: datetime) -> int:
    """Return the UTC day of `when` in days since 1970-01-01."""
    return math.floor(when.timestamp() / _DAY_SECONDS)


def recent_mass(mass: Iterable[Mass], half_life_days: float, now_days: float) -> dict[tuple[Stance, str, str], float]:
    """Return m by (stance, family, story) at `now_days`."""
    sums: dict[tuple[Stance, str, str], float] = {}
    for part in mass:
        key = (part.stance, part.family, part.story_id)
        age = now_days - part.day
        weight = 2.0 ** (-age / half_life_days) if age > 0 else 1.0
        sums[key] = sums.get(key, 0.0) + part.micro / 1e6 * weight
    return sums


def voices(sums: Mapping[tuple[Stance, str, str], float], stance: Stance) -> dict[str, float]:
    """Return v by family for one stance."""
    return {family: _voice(masses) for family, masses in _by_family(sums, stance).items()}


def _by_family(sums: Mapping[tuple[Stance, str, str], float], stance: Stance) -> dict[str, list[float]]:
    masses: dict[str, list[float]] = {}
    for key in sorted(key for key in sums if key[0] == stance):
        masses.setdefault(key[1], []).append(sums[key])
    return masses


def _voice(masses: Iterable[float], scale: float = 1.0) -> float:
    silent = 1.0
    for mass in masses:
        silent /= 1.0 + mass * scale  # `scale` ages all masses at once
    return 1.0 - silent


def from_voices(supports: Iterable[float], contradicts: Iterable[float]) -> float:
    """Return the strength, 0 ≤ strength < 10, of two sets of family voices."""
    net = math.fsum(supports) - math.fsum(contradicts)
    return 10.0 - 10.0 * _ONE_FAMILY**net if net > 0 else 0.0


def half_life(kinds: Mapping[str, int], policy: Policy) -> float:
    """Return H in days for evidence counted by kind; that of an event when there is none."""
    counted = [(policy.half_life[kind], kinds.get(kind, 0)) for kind in KINDS]
    total = sum(count for _, count in counted)
    return math.fsum(days * count for days, count in counted) / total if total else policy.half_life["event"]


def components(mass: Iterable[Mass], kinds: Mapping[str, int], now: datetime, policy: Policy) -> Components:
    """Return the strength of `mass` at `now` with its parts; `kinds` counts the signal's evidence by kind."""
    sums = recent_mass(mass, half_life(kinds, policy), hour_days(now))
    supports, contradicts = voices(sums, "supports"), voices(sums, "contradicts")
    return Components(supports, contradicts, from_voices(supports.values(), contradicts.values()))


def strength(head: SignalHead, now: datetime, policy: Policy) -> float:
    """Return a signal's strength at `now`."""
    return components(head.mass, head.kinds, now, policy).strength


def hours_until_below(head: SignalHead, now: datetime, limit: float, policy: Policy, most: int = AHEAD) -> int | None:
    """Return in how many whole hours (1 to `most`) an unfed signal first is below `limit`; None if not by then.

    While a contradiction is heavy, an unfed signal's strength may rise before it falls, so bisecting is not enough.
    But each side by itself only fades: within hours a to b no strength is below that of the support at b against
    the contradiction at a. Spans which that bound clears are skipped, the others halved, the earlier half first.
    """
    days = half_life(head.kinds, policy)
    sums = recent_mass(head.mass, days, hour_days(now))
    supports, contradicts = (tuple(_by_family(sums, stance).values()) for stance in ("supports", "contradicts"))

    def aged(side: Iterable[list[float]], hours: int) -> list[float]:
        scale = 2.0 ** (-hours / (days * 24.0))
        return [_voice(masses, scale) for masses in side]

    spans = [(1, most)]
    while spans:
        first, last = spans.pop()
        if from_voices(aged(supports, last), aged(contradicts, first)) >= limit:
            continue
        if first == last:
            return first
        middle = (first + last) // 2
        spans += [(middle + 1, last), (first, middle)]
    return None


def add_mass(mass: tuple[Mass, ...], part: Mass) -> tuple[Mass, ...]:
    """Return `mass` with `part` added to its row; a row that becomes zero or less disappears. Sorted by key."""
    rows = {(m.story_id, m.family, m.stance, m.day): m.micro for m in mass}
    key = (part.story_id, part.family, part.stance, part.day)
    rows[key] = rows.get(key, 0) + part.micro
    return tuple(Mass(*k, micro) for k, micro in sorted(rows.items()) if micro > 0)
