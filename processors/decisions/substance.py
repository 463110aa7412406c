"""What a signal rests on: its integer mass, by family and story, its actors and families. Lives outside the heads.

Derived from the article marks alone, so it is the same however the ledger came to it. Values are never changed in
place: a copy shares what it does not touch, which keeps a signal of 100,000 articles as cheap as one of ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import nsmallest

from processors.decisions.policy import Policy
from processors.decisions.strength import Components, ExactSum, Weights, from_voices, voice, weights_at
from schemas.evidence import EvidenceRow
from schemas.ledger import EvidenceMark
from schemas.mass import Mass
from schemas.vocabulary import Stance

Resolve = Callable[[str], str]
Rows = Mapping[tuple[str, int], int]  # (kind, day) → micro
MOST_ACTORS = 40  # that a head names
MOST_FAMILIES = 40


def itself(story_id: str) -> str:
    """Resolve nothing: for mass whose story ids are today's already."""
    return story_id


class Substance:
    """Mass rows of one signal with the voices that follow from them at one hour."""

    __slots__ = ("_hour", "_sums", "_voices", "actors", "families", "heard")

    def __init__(self, mass: Iterable[Mass] = ()) -> None:
        self.families: dict[tuple[Stance, str], Mapping[str, Rows]] = {}  # (stance, family) → story → rows
        self.actors: Mapping[str, int] = {}
        self.heard: Mapping[str, int] = {}  # family → its evidence that is neither a copy nor context
        self._hour: float | None = None
        self._voices: dict[tuple[Stance, str], float] = {}  # those computed for `_hour`; `_sums` adds just these up
        self._sums: dict[Stance, ExactSum] = {}
        for part in mass:
            self.add(part)

    def copy(self) -> Substance:
        """Return an independent copy."""
        made = Substance()
        made.families, made.actors, made.heard = dict(self.families), self.actors, self.heard
        made._hour, made._voices = self._hour, dict(self._voices)
        made._sums = {stance: total.copy() for stance, total in self._sums.items()}
        return made

    def add(self, part: Mass) -> None:
        """Add to a row of mass (or take from it); a row that becomes zero or less disappears."""
        key = (part.stance, part.family)
        voice = self._voices.pop(key, None)
        if voice is not None:
            self._sums[part.stance].add(-voice)
        stories = dict(self.families.get(key, {}))
        rows = dict(stories.get(part.story_id, {}))
        at = (part.kind, part.day)
        rows[at] = rows.get(at, 0) + part.micro
        if rows[at] <= 0:
            del rows[at]
        if rows:
            stories[part.story_id] = rows
        else:
            stories.pop(part.story_id, None)
        if stories:
            self.families[key] = stories
        else:
            self.families.pop(key, None)

    def count(self, mark: EvidenceMark | EvidenceRow, sign: int = 1) -> None:
        """Count one evidence in (or, with -1, out again): its mass, its actors, its family."""
        if mark.micro:
            self.add(mass_of(mark, sign * mark.micro))
        if mark.actors:
            self.actors = _counted(self.actors, mark.actors, sign)
        if not mark.is_copy and mark.stance != "context":
            self.heard = _counted(self.heard, (mark.family,), sign)

    def absorb(self, other: Substance, sign: int = 1) -> None:
        """Add everything that `other` holds, or with -1 take it out again."""
        for part in other.mass():
            self.add(part if sign > 0 else negative(part))
        self.actors = _joined(self.actors, other.actors, sign)
        self.heard = _joined(self.heard, other.heard, sign)

    def mass(self) -> Iterator[Mass]:
        """Yield the rows in order of their keys."""
        for stance, family in sorted(self.families):
            for story_id, rows in sorted(self.families[stance, family].items()):
                for (kind, day), micro in sorted(rows.items()):
                    yield Mass(story_id, family, stance, day, micro, kind)

    def story_ids(self) -> list[str]:
        """Return the stories that add mass, in order of id."""
        return sorted({story_id for stories in self.families.values() for story_id in stories})

    def supporters(self) -> int:
        """Return how many families support."""
        return sum(stance == "supports" for stance, _ in self.families)

    def forget_voices(self) -> None:
        """Compute everything anew next time: what a story id resolves to has changed."""
        self._hour = None

    def components(self, weights: Weights, resolve: Resolve = itself) -> Components:
        """Return the strength at the weights' hour with its parts; `resolve` says which story took another over.

        Only the voices that have changed since the last call for the same hour are computed.
        """
        self._speak(weights, resolve)
        silent = ExactSum()
        return from_voices(self._sums.get("supports", silent).value, self._sums.get("contradicts", silent).value)

    def voices(self, weights: Weights, resolve: Resolve = itself) -> dict[tuple[Stance, str], float]:
        """Return v of every (stance, family) at the weights' hour."""
        self._speak(weights, resolve)
        return dict(self._voices)

    def _speak(self, weights: Weights, resolve: Resolve) -> None:
        if self._hour != weights.hour:
            self._hour = weights.hour
            self._voices, self._sums = {}, {}
        if len(self._voices) == len(self.families):
            return
        for key in self.families.keys() - self._voices.keys():
            found = self._voices[key] = voice(_masses(self.families[key], weights, resolve))
            self._sums.setdefault(key[0], ExactSum()).add(found)


def _counted(counts: Mapping[str, int], keys: Iterable[str], sign: int) -> Mapping[str, int]:
    total = dict(counts)
    for key in keys:
        left = total.get(key, 0) + sign
        if left > 0:
            total[key] = left
        else:
            total.pop(key, None)
    return total


def _joined(counts: Mapping[str, int], others: Mapping[str, int], sign: int) -> Mapping[str, int]:
    total = dict(counts)
    for key, count in others.items():
        total[key] = total.get(key, 0) + sign * count
    return {key: count for key, count in total.items() if count > 0}


def _masses(stories: Mapping[str, Rows], weights: Weights, resolve: Resolve) -> list[float]:
    """Return one family's recent mass for each story, in order of story."""
    if len(stories) == 1:
        return [weights.mass(rows) for rows in stories.values()]
    joined: dict[str, list[Rows]] = {}
    for story_id, rows in stories.items():
        joined.setdefault(resolve(story_id), []).append(rows)
    return [weights.mass(*joined[story_id]) for story_id in sorted(joined)]


def mass_of(evidence: EvidenceMark | EvidenceRow, micro: int) -> Mass:
    """Return the row of mass that an evidence adds to, with `micro` in it."""
    return Mass(evidence.story_id, evidence.family, evidence.stance, evidence.day, micro, evidence.kind)


def negative(part: Mass) -> Mass:
    """Return the change that takes a row away."""
    return Mass(part.story_id, part.family, part.stance, part.day, -part.micro, part.kind)


def difference(before: Substance, after: Substance, resolve: Resolve = itself) -> tuple[Mass, ...]:
    """Return the changes that make `after` of `before`, stories as `resolve` names them in `after`."""
    sums: dict[tuple[str, str, Stance, int, str], int] = {}
    for sign, each, named in ((-1, before, itself), (1, after, resolve)):
        for part in each.mass():
            key = (named(part.story_id), part.family, part.stance, part.day, part.kind)
            sums[key] = sums.get(key, 0) + sign * part.micro
    return tuple(Mass(*key[:4], micro, key[4]) for key, micro in sorted(sums.items()) if micro)


def leading(counts: Mapping[str, int], shown: Iterable[str], touched: Iterable[str], most: int) -> dict[str, int]:
    """Return the `most` greatest counts, ties in alphabetical order.

    After counting in, only the ones shown before and those just counted can be among them.
    """
    return leading_anew({key: counts[key] for key in (*shown, *touched) if key in counts}, most)


def leading_anew(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """The same from all of them, for when something was taken out or moved."""
    return dict(nsmallest(most, counts.items(), key=lambda item: (-item[1], item[0])))


def components(mass: Iterable[Mass], now: datetime, policy: Policy) -> Components:
    """Return the strength at `now` of `mass`, whose story ids are today's, with its parts."""
    return Substance(mass).components(weights_at(now, policy))
