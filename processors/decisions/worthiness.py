"""Worthiness: is there something worth saying, and about which signals?

Strengths are compared as a reader sees them, rounded to one decimal. With before → after the change of a
listed signal over the window of the brief:

    move   = |after - before|
    points = 1.0 if it was published for the first time
           + 1.0 if it was contradicted
           + 0.5 if it faded, came back, merged or split
           + move, if move ≥ thresholds.move
    score  = Σ points

A signal with points is *picked*; a brief is worth saying when score ≥ thresholds.score and something is picked.
What was only reinforced and hardly moved has no points: nothing is repeated that did not move. How independent
the voices are needs no points of its own: strength is concave in families and stories, so an echo hardly moves.
Order: points, then move, then families, each descending, then the id.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.vocabulary import EventKind, SignalState

LISTED: Final[frozenset[SignalState]] = frozenset({"published", "faded", "dormant"})
_TURNS: Final[frozenset[EventKind]] = frozenset({"faded", "revived", "merged", "split"})
_PUBLISHED, _CONTRADICTED, _TURNED = 1.0, 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Moved:
    """One signal with events since the last brief. Strengths are 0–10; `kind_of_events` in order of `seq`."""

    signal_id: str
    state: SignalState
    kind_of_events: tuple[EventKind, ...]
    strength_before: float
    strength_after: float
    families: int
    stories: int
    first_published: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The rest of the window: articles with an outcome, those that wait, candidates with one voice."""

    articles: int
    deferred: int = 0
    candidates: int = 0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The move (in strength) that counts, the score worth saying, and how many items a brief holds."""

    move: float = 0.5
    score: float = 1.0
    items: int = 7


@dataclass(frozen=True, slots=True)
class Worthiness:
    """The verdict. `reasons` are sentences for people; `picked` is empty when nothing is worth saying."""

    worth_saying: bool
    score: float
    reasons: tuple[str, ...]
    picked: tuple[str, ...]


def worthiness(moved: Sequence[Moved], day: Day, thresholds: Thresholds) -> Worthiness:
    """Return whether the window deserves a brief. Only listed signals count, in whatever order."""
    listed = [signal for signal in moved if signal.state in LISTED]
    scored = sorted(
        ((points(signal, thresholds), signal) for signal in listed),
        key=lambda pair: (-pair[0], -move(pair[1]), -pair[1].families, pair[1].signal_id),
    )
    winners = [signal for value, signal in scored if value > 0]
    score = round(math.fsum(value for value, _ in scored), 2)
    worth = bool(winners) and score >= thresholds.score
    if worth:
        reasons = _why(winners, thresholds) + _left_out(listed, winners, thresholds)
        picked = tuple(signal.signal_id for signal in winners[: thresholds.items])
    else:
        reasons = _why_not(listed, winners, score, day, thresholds)
        picked = ()
    return Worthiness(worth, score, tuple(reasons), picked)


def move(signal: Moved) -> float:
    """Return by how much the strength changed, up or down, as a reader sees it (one decimal)."""
    return round(abs(round(signal.strength_after, 1) - round(signal.strength_before, 1)), 1)


def points(signal: Moved, thresholds: Thresholds) -> float:
    """Return what one signal adds to the score; 0 when there is nothing new to say about it."""
    kinds = set(signal.kind_of_events)
    total = _PUBLISHED if signal.first_published else 0.0
    total += _CONTRADICTED if "contradicted" in kinds else 0.0
    total += _TURNED if kinds & _TURNS else 0.0
    return total + (move(signal) if move(signal) >= thresholds.move else 0.0)


def _why(winners: Sequence[Moved], thresholds: Thresholds) -> list[str]:
    reasons = []
    if new := [s for s in winners if s.first_published]:
        reasons.append(f"{_signals(new)} published for the first time")
    if big := [s for s in winners if not s.first_published and move(s) >= thresholds.move]:
        largest = max(move(s) for s in big)
        several = f"by {thresholds.move:.1f} or more, the largest by {largest:.1f}"
        how = f"by {largest:.1f}" if len(big) == 1 else several
        reasons.append(f"{len(big)} {_plural('signal', big)} moved {how}")
    if against := [s for s in winners if "contradicted" in s.kind_of_events]:
        reasons.append(f"{_signals(against)} contradicted")
    if turned := [s for s in winners if _TURNS & set(s.kind_of_events)]:
        reasons.append(f"{len(turned)} {_plural('signal', turned)} faded, came back, merged or split")
    return reasons


def _left_out(listed: Sequence[Moved], winners: Sequence[Moved], thresholds: Thresholds) -> list[str]:
    reasons = []
    if (over := len(winners) - thresholds.items) > 0:
        reasons.append(f"{over} more would have a place, but a brief holds at most {thresholds.items}")
    names = {s.signal_id for s in winners}
    if quiet := [s for s in listed if s.signal_id not in names]:
        reasons.append(f"{_signals(quiet)} left out: fresh evidence, but hardly a move")
    return reasons


def _why_not(
    listed: Sequence[Moved], winners: Sequence[Moved], score: float, day: Day, thresholds: Thresholds
) -> list[str]:
    reasons = []
    if day.articles == 0:
        reasons.append("no article arrived")
    elif not listed:
        one = "1 article arrived, but it did not touch a published signal"
        many = f"{day.articles} articles arrived, but none touched a published signal"
        reasons.append(one if day.articles == 1 else many)
    if winners:
        reasons.extend(_why(winners, thresholds))
        reasons.append(f"together they score {score:.1f}, and a brief needs {thresholds.score:.1f}")
    elif listed:
        largest, counts = max(move(s) for s in listed), f"(a move counts from {thresholds.move:.1f})"
        reinforced = [s for s in listed if "reinforced" in s.kind_of_events]
        if len(reinforced) == len(listed):
            reasons.append(f"{_signals(listed)} reinforced but the largest move was {largest:.1f} {counts}")
        else:
            reasons.append(f"{_signals(listed)} touched but the largest move was {largest:.1f} {counts}")
    if day.candidates:
        waits = "candidate waits" if day.candidates == 1 else "candidates wait"
        reasons.append(f"{day.candidates} {waits} for a second voice")
    if day.deferred:
        waits = "article is" if day.deferred == 1 else "articles are"
        reasons.append(f"{day.deferred} {waits} deferred and will be read later")
    return reasons


def _signals(signals: Sequence[Moved]) -> str:
    return f"{len(signals)} {_plural('signal', signals)} {'was' if len(signals) == 1 else 'were'}"


def _plural(word: str, things: Sequence[object]) -> str:
    return word if len(things) == 1 else word + "s"
