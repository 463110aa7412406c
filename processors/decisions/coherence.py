"""Coherence: how far what lies under one signal hangs together, and which groups it falls into.

An evidence is the unit vector x of its heaviest terms (those in its mark), each weighted idf = ln(1 + N/(1 + df)) as of
now; s(i,j) = x_i·x_j is a cosine (Manning, Raghavan, Schütze 2008, ch. 6). For groups A, B of points:

    between(A,B) = mean of s(i,j), i in A, j in B
    within(A)    = mean of s(i,j), i ≠ j in A       (i, j of different days where there are such pairs: several papers
                                                     that print one dispatch on one day say nothing of hanging together)
    separation   = 1 - between(A,home)/within(home)  1 for what has nothing in common with the scope's group, 0 for what
                                                     is as near to it as it is to itself
    coherence    = mean over all points i of min(1, s̄(i,home)/within(home))

The separation is a silhouette's 1 - a/b on similarities (Rousseeuw 1987, "Silhouettes: a graphical aid to the
interpretation and validation of cluster analysis", J. Comp. Appl. Math. 20), with the scope's group always the one
compared with: the question is not how well all groups are made but what does not belong to the scope.

Groups come from average-link agglomeration (UPGMA; Sokal, Michener 1958), which ends when no two groups are as near as
the cut. It does not follow chains: two ends that share no words are not one group because of what lies between them.
The group of the scope is the one nearest to the scope's own words. Ties go to the point that comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float64]]
_SCALE: Final = 10_000
ONE: Final = float(_SCALE * _SCALE)  # the similarity of what is the same


@dataclass(frozen=True, slots=True)
class Point:
    """An evidence with what it is compared by."""

    key: str
    day: int
    terms: tuple[str, ...]
    counts: bool = True  # False for a copy: it goes where its words go, but is no further witness


@dataclass(frozen=True, slots=True)
class Group:
    """Points that hang together, by their places in the sequence, and how near they are to the scope's group."""

    places: tuple[int, ...]
    days: frozenset[int]  # on which they are from
    witnesses: int
    between: float  # to the evidence of the scope's group; for that group itself, `within`
    to_scope: float  # to the scope's own words


@dataclass(frozen=True, slots=True)
class Coherence:
    """The scope's group and all others, largest first, at one cut."""

    cut: float
    value: float  # 0 to 1
    within: float  # of the scope's group; above 0
    several_days: bool  # whether it was measured over several days
    home: Group
    others: tuple[Group, ...]

    def separation(self, group: Group) -> float:
        """Return how clearly a group stands apart from the scope's group."""
        return 1.0 - group.between / self.within


def similarities(points: Sequence[Point], scope: Iterable[str], idf: Callable[[str], float]) -> Matrix:
    """Return the cosines of all points, in units of 1/ONE; the last row and column are the scope's.

    Weights are whole numbers, so all sums below are exact in whatever order a machine adds them.
    """
    rows: dict[str, int] = {}
    known: dict[str, float] = {}
    placed: list[tuple[int, int, float]] = []
    for number, terms in enumerate([*(point.terms for point in points), tuple(dict.fromkeys(scope))]):
        weights = []
        for term in terms:
            weight = known.get(term)
            if weight is None:
                weight = known[term] = idf(term)
                rows[term] = len(rows)
            weights.append(weight)
        length = math.sqrt(math.fsum(w * w for w in weights)) or 1.0
        placed += [
            (number, rows[term], float(round(_SCALE * weight / length)))
            for term, weight in zip(terms, weights, strict=True)
        ]
    matrix = np.zeros((len(points) + 1, max(1, len(rows))))
    if placed:
        at, column, value = zip(*placed, strict=True)
        matrix[list(at), list(column)] = value
    return np.asarray(matrix @ matrix.T)


def groups_at(near: Matrix, cuts: Sequence[float]) -> list[list[list[int]]]:
    """Return for each of `cuts`, highest first, the groups of average-link agglomeration no two of which are nearer."""
    count = len(near)
    linked, sizes = near.copy(), np.ones(count)  # sums over all pairs of two groups
    mean = linked.copy()
    np.fill_diagonal(mean, -1.0)
    members = [[number] for number in range(count)]
    found: list[list[list[int]]] = []
    for cut in cuts:
        while True:
            one, other = divmod(int(mean.argmax()), count)
            if mean[one, other] < max(cut * ONE, 0.5):
                break
            linked[one] += linked[other]
            linked[:, one] = linked[one]
            sizes[one] += sizes[other]
            mean[one] = np.where(mean[one] < 0, -1.0, linked[one] / (sizes[one] * sizes))
            mean[:, one] = mean[one]
            mean[other], mean[:, other] = -1.0, -1.0
            members[one] += members[other]
            members[other] = []
        found.append([sorted(group) for group in members if group])
    return found


def coherence(points: Sequence[Point], near: Matrix, found: Sequence[list[int]], cut: float) -> Coherence | None:
    """Return how `points` hang together in the groups `found` at `cut`; None when the scope's group says nothing.

    `near` is what `similarities` returned.
    """
    scope = (near[:-1, -1] / ONE).tolist()
    # A group of several that is near the scope rather than one evidence that happens to repeat its words.
    home = max(found, key=lambda group: (_mean(scope, group) * math.log(1 + len(group)), -group[0]))
    within, several_days = _within(near, home, [points[place].day for place in home])
    if within <= 0:
        return None
    to_home = (near[:-1, home].sum(axis=1) / (len(home) * ONE)).tolist()

    def measured(group: Sequence[int]) -> Group:
        return Group(
            places=tuple(group),
            days=frozenset(points[place].day for place in group),
            witnesses=sum(points[place].counts for place in group),
            between=within if group is home else _mean(to_home, group),
            to_scope=_mean(scope, group),
        )

    others = sorted((group for group in found if group is not home), key=lambda group: (-len(group), group[0]))
    return Coherence(
        cut=cut,
        value=math.fsum(min(1.0, each / within) for each in to_home) / len(points),
        within=within,
        several_days=several_days,
        home=measured(home),
        others=tuple(measured(group) for group in others),
    )


def by_centrality(near: Matrix, group: Sequence[int]) -> list[int]:
    """Return the places of a group, the one nearest to all others first."""
    sums = near[np.ix_(group, group)].sum(axis=1).tolist()
    return [place for _, place in sorted(zip(sums, group, strict=True), key=lambda pair: (-pair[0], pair[1]))]


def _mean(values: Sequence[float], places: Sequence[int]) -> float:
    return math.fsum(values[place] for place in places) / len(places)


def _within(near: Matrix, group: Sequence[int], days: Sequence[int]) -> tuple[float, bool]:
    """Return the mean similarity of the pairs of different days, else of all; and whether there were such days."""
    if len(group) < 2:
        return 0.0, False
    when = np.array(days)
    apart = when[:, None] != when[None, :]
    several = bool(apart.any())
    pairs = near[np.ix_(group, group)][apart if several else ~np.eye(len(group), dtype=bool)]
    return float(pairs.sum()) / (pairs.size * ONE), several
