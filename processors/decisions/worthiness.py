"""Worthiness: is there something worth saying, and about which signals?

Strengths are compared as a reader sees them, rounded to one decimal. `before` is what the reader was last told, in one
of the briefs of the last weeks, else the strength at the last brief; `after` is the strength now. For a listed signal
with events since the last brief:

    move    = |after - before|
    points  = 1.0 if it was published for the first time
            + 1.0 if it was contradicted
            + 0.5 if it faded, came back, merged or split
            + move, if move ≥ thresholds.move
            + 0.25 for each new publisher family, at most 1.0, if any of the above
    novelty = 0 if the reader was told of it and it has neither moved by thresholds.move nor turned since, else 1
    factor  = 1 + 0.25 for each of the reader's interests that it touches + 0.5 if it is watched, at most 2
    total   = points · novelty · factor
    score   = Σ total

A signal with a total is *picked*; a brief is worth saying when score ≥ thresholds.score and something is picked. What
was only reinforced and hardly moved has no points, so nothing is repeated that did not move; an interest multiplies
what is there and never makes something of nothing. An echo is no new family, and as strength is concave in families and
stories it hardly moves either. Order: total, then move, then families, each descending, then the id.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.vocabulary import EventKind, SignalState

LISTED: Final[frozenset[SignalState]] = frozenset({"published", "faded", "dormant"})
_TURNED_TO: Final[Mapping[EventKind, str]] = {  # what a turn is called, of one signal and of several
    "faded": "faded",
    "revived": "came back",
    "merged": "took over another",
    "split": "split",
}
_TURNS: Final = frozenset(_TURNED_TO)
_PUBLISHED, _CONTRADICTED, _TURNED = 1.0, 1.0, 0.5
_FAMILY, _FAMILIES = 0.25, 1.0
_INTEREST, _WATCHED, _FACTOR = 0.25, 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Moved:
    """One signal with events since the last brief. Strengths are 0–10; `kind_of_events` in order of `seq`.

    `told` is its strength when a recent brief last told of it, None if none did. `interests` are those of the reader's
    that it touches.
    """

    signal_id: str
    state: SignalState
    kind_of_events: tuple[EventKind, ...]
    strength_before: float
    strength_after: float
    families: int
    stories: int
    first_published: bool
    new_families: int = 0
    told: float | None = None
    interests: tuple[str, ...] = ()
    watched: bool = False
    title: str = ""


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
class Sum:
    """How one signal's total comes about: points by name, without those that are 0."""

    signal_id: str
    title: str
    points: Mapping[str, float]
    repeats: bool  # the reader knows it already
    factor: float
    total: float


@dataclass(frozen=True, slots=True)
class Worthiness:
    """The verdict. `reasons` are sentences for people; `picked` is empty when nothing is worth saying.

    `others` have a total too, but no place; `sums` are those of every listed signal, best first.
    """

    worth_saying: bool
    score: float
    reasons: tuple[str, ...]
    picked: tuple[str, ...]
    others: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = field(default=(), compare=False)


def worthiness(moved: Sequence[Moved], day: Day, thresholds: Thresholds) -> Worthiness:
    """Return whether the window deserves a brief. Only listed signals count, in whatever order."""
    listed = [signal for signal in moved if signal.state in LISTED]
    scored = sorted(
        ((summed(signal, thresholds), signal) for signal in listed),
        key=lambda pair: (-pair[0].total, -move(pair[1]), -pair[1].families, pair[1].signal_id),
    )
    winners = [signal for each, signal in scored if each.total > 0]
    score = round(math.fsum(each.total for each, _ in scored), 2)
    worth = bool(winners) and score >= thresholds.score
    names = tuple(signal.signal_id for signal in winners) if worth else ()
    if worth:
        reasons = _why(winners, thresholds) + _left_out(listed, winners, thresholds)
    else:
        reasons = _why_not(listed, winners, score, day, thresholds)
    sums = tuple(each for each, _ in scored)
    return Worthiness(worth, score, tuple(reasons), names[: thresholds.items], names[thresholds.items :], sums)


def move(signal: Moved) -> float:
    """Return by how much the strength changed, up or down, as a reader sees it (one decimal)."""
    before = signal.strength_before if signal.told is None else signal.told
    return round(abs(round(signal.strength_after, 1) - round(before, 1)), 1)


def points(signal: Moved, thresholds: Thresholds) -> dict[str, float]:
    """Return what one signal adds to the score, by name; nothing when there is nothing new to say about it."""
    kinds = set(signal.kind_of_events)
    found = {
        "published": _PUBLISHED if signal.first_published else 0.0,
        "contradicted": _CONTRADICTED if "contradicted" in kinds else 0.0,
        "turned": _TURNED if kinds & _TURNS else 0.0,
        "move": move(signal) if move(signal) >= thresholds.move else 0.0,
    }
    if any(found.values()):
        found["families"] = min(_FAMILIES, _FAMILY * max(0, signal.new_families))
    return {name: value for name, value in found.items() if value}


def repeats(signal: Moved, thresholds: Thresholds) -> bool:
    """Say whether the reader was told of it, and it has neither moved nor turned since."""
    turned = signal.first_published or bool(set(signal.kind_of_events) & _TURNS)
    return signal.told is not None and not turned and move(signal) < thresholds.move


def factor(signal: Moved) -> float:
    """Return by how much the reader's interests raise what is there: 1 to 2."""
    return min(_FACTOR, 1.0 + _INTEREST * len(signal.interests) + (_WATCHED if signal.watched else 0.0))


def summed(signal: Moved, thresholds: Thresholds) -> Sum:
    """Return one signal's total, and how it comes about."""
    found, again, raised = points(signal, thresholds), repeats(signal, thresholds), factor(signal)
    total = 0.0 if again else math.fsum(found.values()) * raised
    return Sum(signal.signal_id, signal.title, found, again, raised, round(total, 4))


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
    if higher := [s for s in winners if factor(s) > 1.0]:
        words = sorted({word for s in higher for word in s.interests})
        watched = any(s.watched for s in higher)
        what = ", ".join([*words, *(["signals that you watch"] if watched else [])])
        reasons.append(f"{_signals(higher)} ranked higher for your interests: {what}")
    for kind, what in _TURNED_TO.items():
        if turned := [s for s in winners if kind in s.kind_of_events]:
            reasons.append(f"{len(turned)} {_plural('signal', turned)} {what}")
    return reasons


def _left_out(listed: Sequence[Moved], winners: Sequence[Moved], thresholds: Thresholds) -> list[str]:
    reasons = []
    if (over := len(winners) - thresholds.items) > 0:
        reasons.append(f"{over} more in a line each: a brief holds at most {thresholds.items}")
    names = {s.signal_id for s in winners}
    if known := [s for s in listed if s.signal_id not in names and _only_repeats(s, thresholds)]:
        reasons.append(f"{_signals(known)} left out: told before, and not moved since")
        names |= {s.signal_id for s in known}
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
    if known := [s for s in listed if _only_repeats(s, thresholds)]:
        reasons.append(f"{_signals(known)} told before, and not moved since")
    if winners:
        reasons.extend(_why(winners, thresholds))
        reasons.append(f"together they score {score:.1f}, and a brief needs {thresholds.score:.1f}")
    elif day.articles and len(known) < len(listed):
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


def _only_repeats(signal: Moved, thresholds: Thresholds) -> bool:
    return repeats(signal, thresholds) and bool(points(signal, thresholds))


def _signals(signals: Sequence[Moved]) -> str:
    return f"{len(signals)} {_plural('signal', signals)} {'was' if len(signals) == 1 else 'were'}"


def _plural(word: str, things: Sequence[object]) -> str:
    return word if len(things) == 1 else word + "s"
