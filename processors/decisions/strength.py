"""Strength: how much independent, recent evidence carries a signal, on a scale of 0 to 10.

With `now` floored to the hour and measured in days since 1970-01-01 UTC, H(k) the half-life in days of the evidence's
own kind, for story s, publisher family f and stance σ:

    m(s,f,σ) = Σ_(day,k) micro/1e6 · 2^(-max(0, now - day)/H(k))   recent mass
    v(f,σ)   = 1 - Π_s 1/(1 + m(s,f,σ))                            one family's voice: below 1, whatever it repeats
    V(σ)     = Σ_f v(f,σ)
    strength = 10 · (1 - 0.7^max(0, V(supports) - V(contradicts)))

v is concave in every mass (halving returns within a story and a family), so an echo saturates; 0.7 is chosen
so that a single family, whose v stays below 1, stays below 3. Sums over integers do not depend on order, and those
over floats are exactly rounded (math.fsum; Shewchuk 1997), so neither does the strength.
The same in SQL: sinks/clickhouse/migrations/0007_strength.sql.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from processors.decisions.policy import Policy

_DAY_SECONDS = 86_400.0
ONE_FAMILY = 0.7
AHEAD = 26_280  # hours that are looked ahead at most: three years


@dataclass(frozen=True)
class Components:
    """Why a strength is what it is: the voice of each family, by stance, and the result."""

    supports: Mapping[str, float]
    contradicts: Mapping[str, float]
    strength: float

    @cached_property
    def supporting(self) -> float:
        """V(supports)."""
        return math.fsum(self.supports.values())

    @cached_property
    def opposing(self) -> float:
        """V(contradicts)."""
        return math.fsum(self.contradicts.values())


class Weights:
    """What evidence of a kind and a day still weighs at one hour: 1 when new, halved every half-life."""

    def __init__(self, hour: float, half_life: Mapping[str, float]) -> None:
        self.hour = hour  # days since 1970-01-01 UTC, see hour_days
        self._half_life = half_life
        self._known: dict[tuple[str, int], float] = {}

    def of(self, at: tuple[str, int]) -> float:
        """Return the weight of (kind, day); what is of no known kind fades like an event."""
        known = self._known.get(at)
        if known is None:
            kind, day = at
            age = self.hour - day
            half_life = self._half_life.get(kind) or self._half_life["event"]
            known = self._known[at] = 2.0 ** (-age / half_life) if age > 0 else 1.0
        return known

    def mass(self, *rows: Mapping[tuple[str, int], int]) -> float:
        """Return the recent mass m of (kind, day) → micro; several are added up first, so that they weigh as one."""
        if len(rows) == 1:
            return math.fsum(micro / 1e6 * self.of(at) for at, micro in rows[0].items())
        total: Counter[tuple[str, int]] = Counter()
        for each in rows:
            total.update(each)
        return self.mass(total)


def hour_days(now: datetime) -> float:
    """Return `now`, floored to the hour, in days since 1970-01-01 UTC."""
    return math.floor(now.timestamp() / 3600.0) / 24.0


def day_of(when: datetime) -> int:
    """Return the UTC day of `when` in days since 1970-01-01."""
    return math.floor(when.timestamp() / _DAY_SECONDS)


def voice(masses: Iterable[float]) -> float:
    """Return v of one family's recent masses, one a story, in order of story."""
    silent = 1.0
    for mass in masses:
        silent /= 1.0 + mass
    return 1.0 - silent


def from_voices(supports: Iterable[float], contradicts: Iterable[float]) -> float:
    """Return the strength, 0 ≤ strength < 10, of two sets of family voices."""
    net = math.fsum(supports) - math.fsum(contradicts)
    return 10.0 - 10.0 * ONE_FAMILY**net if net > 0 else 0.0


def weights_at(now: datetime, policy: Policy) -> Weights:
    """Return the weights at `now`."""
    return Weights(hour_days(now), policy.half_life)


def hours_unharmed(supporting: float, opposing: float, limit: float, kinds: Mapping[str, int], policy: Policy) -> int:
    """Return for how many whole hours (0 to AHEAD) an unfed strength cannot fall below `limit`.

    `supporting` and `opposing` are V by stance now. A voice is concave in its masses and 0 without any, so it keeps at
    least the share of itself that the fastest fading mass keeps of itself: V(supports) ≥ supporting · 2^(-t/H), H the
    shortest half-life of the `kinds` counted, while V(contradicts) never exceeds what it is. So this is safe, if
    often too cautious.
    """
    net = math.log(1.0 - limit / 10.0) / math.log(ONE_FAMILY)  # the net voice that just gives `limit`
    if supporting <= net + opposing:
        return 0
    half_life = policy.half_life
    shortest = min((half_life.get(kind, half_life["event"]) for kind in kinds), default=half_life["event"])
    days = shortest * math.log2(supporting / (net + opposing))
    return min(AHEAD, int(days * 24.0))
