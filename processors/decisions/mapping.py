"""Which signal of one generation is which of another: by the evidence that they share, never by ids or titles. Pure.

Two signals are bound when at least half of what one of them rests on lies in the other. Bound pairs are matched
greedily by likeness, each signal once. What is left over is a part of a signal that was matched otherwise where it is
bound, and stands alone where it is not. The sum of likeness is at least half of the best assignment's (which wins only
by giving signals their second choice); ties fall by id, in a way that does not know which side is which.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Of
from dataclasses import dataclass, field
from typing import Final

BOUND: Final = 2  # one in so many parts of either signal's weight must be shared


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two signals share: `of_a` is the weight of a's evidence that is found in b, `of_b` of b's found in a."""

    a: str
    b: str
    of_a: int
    of_b: int


@dataclass(frozen=True, slots=True)
class Match:
    """One signal in both generations; `likeness` is 1.0 when all evidence of both is shared."""

    a: str
    b: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Mapping:
    """Signals of generation A in generation B. Every tuple is in order of ids but those in `onto` and `back`.

    `onto`: of each signal of A that is not missing its ids in B, the match first, then by what they share. `back`: the
    same from B to A. A signal with several is divided (in `onto`) or joined (in `back`) across the generations.
    """

    matches: tuple[Match, ...] = ()
    onto: Of[str, tuple[str, ...]] = field(default_factory=dict)
    back: Of[str, tuple[str, ...]] = field(default_factory=dict)
    opened: tuple[str, ...] = ()  # only in B
    missing: tuple[str, ...] = ()  # only in A

    @property
    def divided(self) -> dict[str, tuple[str, ...]]:
        """Signals of A whose evidence went to several of B."""
        return {a: there for a, there in self.onto.items() if len(there) > 1}

    @property
    def joined(self) -> dict[str, tuple[str, ...]]:
        """Signals of B whose evidence comes from several of A."""
        return {b: there for b, there in self.back.items() if len(there) > 1}

    def exchanged(self) -> Mapping:
        """Return the mapping from B to A."""
        turned = sorted((Match(one.b, one.a, one.likeness) for one in self.matches), key=lambda one: one.a)
        return Mapping(tuple(turned), self.back, self.onto, self.missing, self.opened)


def mapped(a: Of[str, int], b: Of[str, int], overlaps: Iterable[Overlap]) -> Mapping:
    """Return where each signal of A is in B.

    `a`, `b`: every signal with the weight of its evidence (> 0 for each; 0: a signal without any). `overlaps`: at most
    one a pair, in any order; pairs with other signals are ignored. Signals without evidence on both sides are matched
    when they have the same id.
    """
    bound = [each for each in overlaps if each.a in a and each.b in b and _is_bound(each, a[each.a], b[each.b])]
    likeness = {(each.a, each.b): _likeness(each, a[each.a], b[each.b]) for each in bound}
    bare = {key for key in a.keys() & b.keys() if not a[key] and not b[key]}
    likeness |= {(key, key): 1.0 for key in bare}
    taken_a: dict[str, str] = {}
    taken_b: dict[str, str] = {}
    for x, y in sorted(likeness, key=lambda pair: (-likeness[pair], pair[0] != pair[1], min(pair), max(pair), pair)):
        if x not in taken_a and y not in taken_b:
            taken_a[x], taken_b[y] = y, x
    onto, back = _sides(likeness, bound, taken_a, taken_b)
    return Mapping(
        tuple(Match(x, y, likeness[x, y]) for x, y in sorted(taken_a.items())),
        onto,
        back,
        tuple(sorted(b.keys() - back.keys())),
        tuple(sorted(a.keys() - onto.keys())),
    )


def _is_bound(one: Overlap, a: int, b: int) -> bool:
    return (one.of_a > 0 and one.of_a * BOUND >= a) or (one.of_b > 0 and one.of_b * BOUND >= b)


def _likeness(one: Overlap, a: int, b: int) -> float:
    """Return the weighted Jaccard index; what is shared is the mean of both sides' words for it."""
    shared = one.of_a + one.of_b
    return shared / (2 * (a + b) - shared)


def _sides(
    likeness: Of[tuple[str, str], float],
    bound: Iterable[Overlap],
    taken_a: Of[str, str],
    taken_b: Of[str, str],
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    shared = {(each.a, each.b): each.of_a + each.of_b for each in bound}
    onto: dict[str, list[str]] = {}
    back: dict[str, list[str]] = {}
    for x, y in likeness:
        onto.setdefault(x, []).append(y)
        back.setdefault(y, []).append(x)
    return (
        {
            x: tuple(sorted(found, key=lambda y: (taken_a.get(x) != y, -shared.get((x, y), 0), y)))
            for x, found in sorted(onto.items())
        },
        {
            y: tuple(sorted(found, key=lambda x: (taken_b.get(y) != x, -shared.get((x, y), 0), x)))
            for y, found in sorted(back.items())
        },
    )
