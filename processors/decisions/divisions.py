"""What does not belong under a signal, and the parts in which it leaves.

* Evidence is compared by words with the evidence around the frozen scope (`coherence.py`).
* The stories of a thesis share few words by nature, so words of the articles never divide them. What is compared is
  what was written of them in general words, claim and mechanism of each story's opening evidence against the frozen
  scope and mechanism, the same way as when the judge was asked (`theses.py`): by embeddings where both sides have one
  of the same model. The story that the signal opened with always stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from processors.decisions.coherence import (
    ONE,
    Coherence,
    Group,
    Matrix,
    Point,
    by_centrality,
    coherence,
    groups_at,
    similarities,
)
from processors.decisions.counting import Member, members
from processors.decisions.draft import Draft
from processors.decisions.ids import signal_id as derive_signal_id
from processors.decisions.policy import Policy
from processors.decisions.signals import cut
from processors.decisions.standing_evidence import at_the_ends
from processors.decisions.text import terms
from processors.decisions.theses import thesis_terms
from schemas.ledger import SignalHead


@dataclass(frozen=True, slots=True)
class Part:
    """Evidence that leaves a signal together, under the claim of what is nearest to all of it."""

    title: str
    leaving: tuple[Member, ...]
    stories: tuple[str, ...] = ()  # that leave whole, the most central first


@dataclass(frozen=True, slots=True)
class Split:
    """These parts leave the signal; what no part names stays, with scope and name."""

    signal_id: str
    parts: tuple[Part, ...]
    reason: str


def foreign_evidence(draft: Draft, head: SignalHead, story_id: str, *, least: int) -> Split | None:
    """Return the division of evidence that is foreign to the scope or, in a thesis, to its story `story_id`.

    `least` is how much foreign evidence is worth a division.
    """
    policy = draft.policy
    held = [m for m in at_the_ends(draft, head.signal_id, policy.watch_first, policy.watch_last) if m[1].terms]
    scope = head.scope
    if head.basis == "thesis":
        held = [member for member in held if draft.resolve_story(member[1].story_id) == story_id]
        scope = draft.story(story_id).title
    if len(held) < 2:
        return None
    points = [Point(mark.evidence_id, mark.day, mark.terms, not mark.is_copy) for _, mark in held]
    seen_often, documents = draft.state.frequencies.counts, draft.state.frequencies.documents + 1

    def idf(term: str) -> float:
        return math.log(1.0 + documents / (1.0 + seen_often.get(term, 0)))

    near = similarities(points, terms(scope, ""), idf)
    for height, found in zip(policy.watch_cuts, groups_at(near[:-1, :-1], policy.watch_cuts), strict=True):
        seen = coherence(points, near, found, height) if len(found) > 1 else None
        foreign = [] if seen is None else _foreign(seen, least, policy)
        if seen is not None and foreign:
            return _split(head, held, near, seen, foreign[: policy.foreign_parts], policy)
    return None


def _foreign(seen: Coherence, least: int, policy: Policy) -> list[Group]:
    """Return the groups that stand clearly apart from the scope's group, when they are enough to divide a signal."""
    home = seen.home
    tight = seen.several_days and home.witnesses >= policy.tight_evidence and len(home.days) >= policy.tight_days
    loosely = seen.cut == policy.watch_cuts[-1] and least >= policy.foreign_evidence
    found = []
    for group in seen.others:
        share = group.between / seen.within
        apart = share <= policy.foreign_share_tight and seen.within - group.between >= policy.foreign_gap
        # Where the scope's group is loose itself, its own words are asked too.
        foreign = share <= policy.foreign_share and group.to_scope <= policy.foreign_share * home.to_scope
        if (tight and apart) or (loosely and foreign):
            found.append(group)
    days = frozenset[int]().union(*(group.days for group in found))
    enough = sum(group.witnesses for group in found) >= least and len(days) >= min(least, policy.foreign_days)
    return found if enough else []


def _split(
    head: SignalHead, held: Sequence[Member], near: Matrix, seen: Coherence, leaving: Sequence[Group], policy: Policy
) -> Split:
    parts = []
    for group in leaving:
        together = tuple(held[place] for place in by_centrality(near, group.places))
        parts.append(Part(cut(together[0][1].claim or head.title, policy.title_length), together))
    reason = (
        f"{sum(len(part.leaving) for part in parts)} of the {len(held)} evidence looked at do not belong to the scope: "
        f"coherence {seen.value:.2f}, separation at least {min(map(seen.separation, leaving)):.2f} (within the scope's "
        f"group {seen.within:.2f}), {len(parts)} themes"
    )
    return Split(head.signal_id, tuple(parts), reason)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a story or a scope says in general words."""

    terms: Mapping[str, float]
    vector: np.ndarray[tuple[int], np.dtype[np.float64]] | None
    model: str


def foreign_stories(draft: Draft, head: SignalHead, *, least: int) -> Split | None:
    """Return the division of a thesis from stories that state another mechanism than its scope does."""
    policy = draft.policy
    known = (draft.story(story_id) for story_id in head.stories[-policy.thesis_stories :])
    theirs = (s for s in known if s.mechanism and draft.resolve_signal(s.signal_id) == head.signal_id)
    stories = list({story.story_id: story for story in theirs}.values())
    if len(stories) < 2 or not head.mechanism:
        return None
    said = [_said(draft, s.title, s.mechanism, s.embedding, s.embedding_model) for s in stories]
    scope = _said(draft, head.scope, head.mechanism, head.embedding, head.embedding_model)
    to_scope = [_kinship(each, scope, policy) for each in said]
    kept = [n for n, s in enumerate(stories) if to_scope[n] >= 1.0 or derive_signal_id(s.story_id) == head.signal_id]
    # Paraphrases of a mechanism: what is near to what stays, stays too.
    foreign = [
        n
        for n in range(len(stories))
        if n not in kept and all(_kinship(said[n], said[other], policy) < 1.0 for other in kept)
    ]
    if len(foreign) < least or len({stories[n].opened_at.date() for n in foreign}) < min(least, policy.foreign_days):
        return None
    near = np.array([[min(1.0, _kinship(said[i], said[j], policy)) for j in foreign] for i in foreign]) * ONE
    themes = sorted(groups_at(near, [1.0])[0], key=lambda group: (-len(group), group[0]))[: policy.foreign_parts]
    evidence: dict[str, list[Member]] = {}
    for member in members(draft, head.signal_id):
        evidence.setdefault(draft.resolve_story(member[1].story_id), []).append(member)
    parts = []
    for theme in themes:
        ids = [stories[foreign[member]].story_id for member in theme]
        held = sorted(
            (each for story_id in ids for each in evidence.get(story_id, ())), key=lambda each: each[1].evidence_id
        )
        if held:
            parts.append(Part(cut(stories[foreign[theme[0]]].title, policy.title_length), tuple(held), tuple(ids)))
    nearest = max(to_scope[n] for n in foreign)
    reason = (
        f"{len(foreign)} of the {len(stories)} stories looked at state another mechanism than the scope: coherence "
        f"{1 - len(foreign) / len(stories):.2f}, separation at least {1 - nearest:.2f} of what kinship takes, "
        f"{len(parts)} themes"
    )
    return Split(head.signal_id, tuple(parts), reason) if parts else None


def _said(draft: Draft, claim: str, mechanism: str, embedding: bytes, model: str) -> _Said:
    vector = np.frombuffer(embedding[: len(embedding) // 4 * 4], dtype="<f4").astype(np.float64)
    length = float(np.sqrt((vector * vector).sum()))
    known = model and math.isfinite(length) and length > 0
    return _Said(
        draft.state.frequencies.vector(thesis_terms(claim, mechanism)), vector / length if known else None, model
    )


def _kinship(one: _Said, other: _Said, policy: Policy) -> float:
    """Return how near two are by the nearness that keeps a story under its thesis: from 1 on they are akin."""
    mine, others = one.vector, other.vector
    if mine is not None and others is not None and one.model == other.model and len(mine) == len(others):
        return round(float((mine * others).sum()), 5) / policy.thesis_keep_embedded  # no order of a sum decides
    nearness = math.fsum(weight * other.terms[term] for term, weight in one.terms.items() if term in other.terms)
    return nearness / policy.thesis_keep
