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
Column = np.ndarray[tuple[int], np.dtype[np.float64]]
Days = np.ndarray[tuple[int], np.dtype[np.int64]]
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
    """Points that hang together, the most central first, with how near they are to each other and to home."""

    keys: tuple[str, ...]
    days: tuple[int, ...]  # on which they are from
    witnesses: int
    within: float
    between: float  # to the scope's group; for that group itself, `within`

    def separation(self, home: float) -> float:
        """Return how clearly this group stands apart from the scope's group, whose `within` is `home`."""
        return 1.0 - self.between / home if home > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Coherence:
    """The scope's group and all others, largest first, at one cut."""

    cut: float
    value: float  # 0 to 1
    home: Group
    others: tuple[Group, ...]
    tight: bool  # whether `home` was measured over several days
    near_scope: tuple[float, ...]  # of each of `others`: its nearness to the scope's words by that of the home group


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
    between, to_scope = near[:-1, :-1], near[:-1, -1]
    days = np.array([point.day for point in points])
    # A group of several that is near the scope rather than one evidence that happens to repeat its words.
    home = max(found, key=lambda group: (_mean(to_scope[group]) * math.log(1 + len(group)), -group[0]))
    within, tight = _within(between, home, days)
    if len(home) < 2 or within <= 0:
        return None
    others = sorted((group for group in found if group is not home), key=lambda group: (-len(group), group[0]))
    scope_of_home = _mean(to_scope[home])
    to_home = between[:, home].sum(axis=1) / (len(home) * ONE)
    return Coherence(
        cut=cut,
        value=math.fsum(np.minimum(1.0, to_home / within).tolist()) / len(points),
        home=_group(points, between, home, home, within),
        others=tuple(_group(points, between, group, home, _within(between, group, days)[0]) for group in others),
        tight=tight,
        near_scope=tuple(_mean(to_scope[group]) / scope_of_home if scope_of_home > 0 else 0.0 for group in others),
    )


def _mean(values: Column | Matrix) -> float:
    return float(values.sum()) / (values.size * ONE)


def _within(near: Matrix, group: Sequence[int], days: Days) -> tuple[float, bool]:
    """Return the mean similarity of the pairs of different days, else of all; and whether there were such days."""
    inside, when = near[np.ix_(group, group)], days[group]
    apart = when[:, None] != when[None, :]
    if apart.any():
        return _mean(inside[apart]), True
    others = ~np.eye(len(group), dtype=bool)
    return (_mean(inside[others]), False) if len(group) > 1 else (0.0, False)


def _group(points: Sequence[Point], near: Matrix, members: Sequence[int], home: Sequence[int], within: float) -> Group:
    central = near[np.ix_(members, members)].sum(axis=1)
    order = sorted(range(len(members)), key=lambda place: (-float(central[place]), place))
    return Group(
        keys=tuple(points[members[place]].key for place in order),
        days=tuple(sorted({points[member].day for member in members})),
        witnesses=sum(points[member].counts for member in members),
        within=within,
        between=within if members is home else _mean(near[np.ix_(members, home)]),
    )
