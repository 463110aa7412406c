"""Near-duplicates: two signals that say the same of the same actors at the same time."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from processors.decisions.apart import divided
from processors.decisions.draft import Draft
from processors.decisions.text import terms
from processors.decisions.theses import Mechanism, unit
from schemas.ledger import SignalHead

_OPEN = ("candidate", "published", "faded")


@dataclass(frozen=True, slots=True)
class Merge:
    """The signal goes up in `into`."""

    signal_id: str
    into: str
    reason: str


def near_duplicate(draft: Draft, head: SignalHead, story_id: str, kept_apart: Collection[str]) -> Merge | None:
    """Return the merge of `head` with a signal that is nearly the same, None without one.

    Looked for by the story `story_id` and, with a mechanism, by the scope. Never: what an analyst pinned or dismissed,
    what is in `kept_apart`, and a signal with what it was divided from or into.
    """
    if not _may_merge(head):
        return None
    for other_id, what, score in (*_by_story(draft, head, story_id), *_by_mechanism(draft, head)):
        other = draft.signal(draft.resolve_signal(other_id))
        if other.signal_id in (head.signal_id, *kept_apart) or not _may_merge(other) or divided(draft, head, other):
            continue
        alike = _cosine(_scope(draft, head), _scope(draft, other))
        if alike < draft.policy.same_scope or not _share_actors(head, other) or not _overlap(draft, head, other):
            continue
        goes, stays = sorted((head, other), key=_standing)
        return Merge(goes.signal_id, stays.signal_id, f"{what} {score:.2f}, scopes {alike:.2f} alike")
    return None


def _may_merge(head: SignalHead) -> bool:
    return head.state in _OPEN and not head.pinned and not head.merged_into


def _standing(head: SignalHead) -> tuple[bool, int, float, str]:
    """Order by who stays: what is public, rests on more, and is older."""
    return head.published_at is not None, head.evidence, -head.opened_at.timestamp(), head.signal_id


def _by_story(draft: Draft, head: SignalHead, story_id: str) -> Iterator[tuple[str, str, float]]:
    vector = unit(draft.story(story_id).centroid)
    for found in draft.state.index.nearest(vector, draft.now, draft.policy):
        story = draft.story(found.story_id)
        score = _cosine(vector, unit(story.centroid))
        if story.signal_id and not story.question_id and score >= draft.policy.same_centroid:
            yield story.signal_id, "centroids", score


def _by_mechanism(draft: Draft, head: SignalHead) -> Iterator[tuple[str, str, float]]:
    item = Mechanism(head.scope, head.mechanism, head.embedding, head.embedding_model)
    for found in draft.state.theses.best(item, draft.state.frequencies, draft.policy) if head.mechanism else ():
        if found.score >= draft.policy.same_mechanism:
            yield found.signal_id, "mechanisms", found.score


def _scope(draft: Draft, head: SignalHead) -> Mapping[str, float]:
    return draft.state.frequencies.vector(terms(head.scope, ""))


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return math.fsum(weight * other[term] for term, weight in one.items() if term in other)


def _share_actors(one: SignalHead, other: SignalHead) -> bool:
    return bool(one.actors.keys() & other.actors.keys()) or not (one.actors or other.actors)


def _overlap(draft: Draft, one: SignalHead, other: SignalHead) -> bool:
    """Whether the times of both, from opening to latest support, overlap or nearly do."""
    gap = max(one.opened_at, other.opened_at) - min(one.last_reinforced, other.last_reinforced)
    return gap <= timedelta(days=draft.policy.same_days)
