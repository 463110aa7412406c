"""Whether an item joins an open story, opens its own, or is a question for a judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from processors.decisions.draft import Draft
from processors.decisions.stories import Scored, Vector, decay, length_of, similarity
from processors.decisions.theses import Mechanism, ScoredThesis, ThesisIndex


@dataclass(frozen=True, slots=True)
class Match:
    """The decision with the best candidates it was made on. `story_id` is set only for `join`."""

    decision: Literal["join", "ask", "open"]
    story_id: str
    candidates: tuple[Scored, ...]
    why: str  # the deciding feature in words, kept with the evidence
    theses: tuple[ScoredThesis, ...] = ()  # signals of other stories that it may speak to


def match(draft: Draft, vector: Vector, at: datetime, item: Mechanism | None = None) -> Match:
    """Return what becomes of an item with this vector and event time. "No match" is a normal answer.

    Stories first: what reports the same run of events joins it. Only an item that would open a story is compared with
    the theses of others, by what it says in general (`item`).
    """
    decision = _match_stories(draft, vector, at)
    if decision.decision == "join" or not draft.policy.judge or item is None:
        return decision
    theses = _theses(draft, item)
    if not theses:
        return decision
    why = f"{decision.why}; its mechanism is {theses[0].score:.3f} like that of {theses[0].signal_id}"
    return Match("ask", "", decision.candidates if decision.decision == "ask" else (), why, theses)


def _theses(draft: Draft, item: Mechanism) -> tuple[ScoredThesis, ...]:
    found = draft.state.theses.best(item, draft.state.frequencies, draft.policy)
    fresh = ThesisIndex()  # what this very proposal opened or changed is not indexed yet
    for head in draft.signals.values():
        fresh.put(head)
    found = [each for each in found if each.signal_id not in draft.signals]
    found += fresh.best(item, draft.state.frequencies, draft.policy)
    return tuple(sorted(found, key=lambda each: (-each.score, each.signal_id))[: draft.policy.thesis_candidates])


def _match_stories(draft: Draft, vector: Vector, at: datetime) -> Match:
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
