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
    base: str = ""  # the feature that this one bends or multiplies: "near" of "near up to 0.1" and "near, short item"

    def part(self, value: float) -> float:
        """Return what a value adds to the log odds, against an average one."""
        return self.weight * (min(self.high, max(self.low, value)) - self.mean)


@dataclass(frozen=True, slots=True)
class Logistic:
    """The model: an intercept and its terms in the order of the features."""

    intercept: float
    terms: tuple[Term, ...]
    weighty: tuple[tuple[int, Term], ...] = ()  # the terms whose weight is not 0, with their place in a row

    def probability(self, values: Sequence[float]) -> float:
        """Return P, 0 to 1, of one row of feature values."""
        odds = self.intercept
        for at, term in self.weighty:
            value = values[at]
            if value < term.low:
                value = term.low
            elif value > term.high:
                value = term.high
            odds += term.weight * (value - term.mean)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))

    def deciding(self, values: Sequence[float], *, speaks_for: bool) -> tuple[str, float]:
        """Return the name and value of the feature that speaks most for (or against), the first of equal ones.

        Bends and products of a feature are its part too.
        """
        sign = 1.0 if speaks_for else -1.0
        parts = {term.base: 0.0 for term in self.terms}
        for at, term in self.weighty:
            parts[term.base] += sign * term.part(values[at])
        name = max(parts, key=parts.__getitem__)
        return name, values[next(at for at, term in enumerate(self.terms) if term.base == name)]


def from_json(read: Mapping[str, Any]) -> Logistic:
    """Return the model that a file says: `features` maps a name to [weight, mean, low, high]."""
    terms = tuple(_term(name, *map(float, numbers)) for name, numbers in read["features"].items())
    weighty = tuple((at, term) for at, term in enumerate(terms) if term.weight)
    return Logistic(float(read["intercept"]), terms, weighty)


def _term(name: str, weight: float, mean: float, low: float, high: float) -> Term:
    return Term(name, weight, mean, low, high, name.split(",", maxsplit=1)[0].split(" up to ", maxsplit=1)[0])
