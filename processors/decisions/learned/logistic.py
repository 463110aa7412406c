"""A logistic model with named features: P = 1 / (1 + exp(-(intercept + Σ weight · (clip(x) - mean))))."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """One feature's part. Values outside of what was seen in training, `low` to `high`, are cut to it."""

    name: str
    weight: float
    mean: float
    low: float
    high: float

    def part(self, value: float) -> float:
        """Return what a value adds to the log odds, against an average one."""
        return self.weight * (min(self.high, max(self.low, value)) - self.mean)


@dataclass(frozen=True, slots=True)
class Logistic:
    """The model: an intercept and its terms in the order of the features."""

    intercept: float
    terms: tuple[Term, ...]

    def probability(self, values: Sequence[float]) -> float:
        """Return P, 0 to 1, of one row of feature values."""
        odds = self.intercept
        for term, value in zip(self.terms, values, strict=True):
            odds += term.weight * (min(term.high, max(term.low, value)) - term.mean)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))

    def deciding(self, values: Sequence[float], *, speaks_for: bool) -> tuple[str, float]:
        """Return the name and value of the feature that speaks most for (or against), the first of equal ones.

        "near up to 0.1" and "near, short item" are bends and products of "near": they are its part too.
        """
        sign = 1.0 if speaks_for else -1.0
        parts: dict[str, float] = {}
        of: dict[str, float] = {}
        for term, value in zip(self.terms, values, strict=True):
            base = term.name.split(",")[0].split(" up to ")[0]
            parts[base] = parts.get(base, 0.0) + sign * term.part(value)
            of.setdefault(base, value)
        name = max(parts, key=lambda each: parts[each])
        return name, of[name]


def from_json(read: Mapping[str, Any]) -> Logistic:
    """Return the model that a file says: `features` maps a name to [weight, mean, low, high]."""
    terms = tuple(Term(name, *(float(x) for x in numbers)) for name, numbers in read["features"].items())
    return Logistic(float(read["intercept"]), terms)
