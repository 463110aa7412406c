"""Whether an item joins an open story, opens its own, or is a question for a judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from processors.decisions.draft import Draft
from processors.decisions.stories import Scored, Vector, decay, length_of, similarity


@dataclass(frozen=True, slots=True)
class Match:
    """The decision with the best candidates it was made on. `story_id` is set only for `join`."""

    decision: Literal["join", "ask", "open"]
    story_id: str
    candidates: tuple[Scored, ...]
    why: str  # the deciding feature in words, kept with the evidence


def match(draft: Draft, vector: Vector, at: datetime) -> Match:
    """Return what becomes of an item with this vector and event time. "No match" is a normal answer."""
    policy = draft.policy
    join_at = policy.threshold(len(vector))
    ask_from = join_at * policy.ask_share
    found = {
        draft.story(scored.story_id).story_id: scored.score
        for scored in reversed(draft.state.index.best(vector, at, policy.candidates, policy))
    }
    for story in list(draft.stories.values()):  # what this very proposal opened or changed is not indexed yet
        if not story.merged_into:
            score = similarity(vector, story.centroid, length_of(story.centroid)) * decay(story.last_at, at, policy)
            if score >= ask_from:
                found[story.story_id] = score
    best = sorted((Scored(s, v) for s, v in found.items()), key=lambda s: (-s.score, s.story_id))
    best = best[: policy.candidates]
    if not best:
        return Match("open", "", (), "nothing similar is open")
    top = best[0]
    said = f"similarity {top.score:.3f} to {top.story_id}"
    if top.score >= join_at:
        return Match("join", top.story_id, tuple(best), said)
    if policy.judge and top.score >= ask_from and any(not draft.story(s.story_id).question_id for s in best):
        return Match("ask", "", tuple(best), f"{said} is ambiguous")
    return Match("open", "", tuple(best), f"{said} is below {join_at:.3f}")
