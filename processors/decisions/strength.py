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
from typing import ClassVar

from processors.decisions.policy import Policy

_DAY_SECONDS = 86_400.0
ONE_FAMILY = 0.7
AHEAD = 26_280  # hours that are looked ahead at most: three years


@dataclass(frozen=True, slots=True)
class Components:
    """Why a strength is what it is: V(supports), V(contradicts), and the result."""

    supporting: float
    opposing: float
    strength: float


class ExactSum:
    """A sum of floats without rounding, so that what is added and taken away again leaves no trace.

    Every finite double is a whole number of 2^-1074. `value` is the float nearest to the sum, as math.fsum of all
    parts would be (Shewchuk 1997), without adding up all parts anew.
    """

    __slots__ = ("_units",)
    _ONE: ClassVar[int] = 1 << 1074

    def __init__(self, units: int = 0) -> None:
        self._units = units

    def add(self, value: float) -> None:
        """Add a finite float; OverflowError or ValueError for what is not finite."""
        numerator, denominator = value.as_integer_ratio()
        self._units += numerator * (self._ONE // denominator)

    def copy(self) -> ExactSum:
        """Return an independent copy."""
        return ExactSum(self._units)

    @property
    def value(self) -> float:
        """The sum, correctly rounded."""
        return self._units / self._ONE


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
            known = self._known
            if len(rows[0]) == 1:
                ((at, micro),) = rows[0].items()
                return micro / 1e6 * (known.get(at) or self.of(at))
            return math.fsum([micro / 1e6 * (known.get(at) or self.of(at)) for at, micro in rows[0].items()])
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


def from_voices(supporting: float, opposing: float) -> Components:
    """Return the strength, 0 ≤ strength < 10, of V(supports) and V(contradicts)."""
    net = supporting - opposing
    return Components(supporting, opposing, 10.0 - 10.0 * ONE_FAMILY**net if net > 0 else 0.0)


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
