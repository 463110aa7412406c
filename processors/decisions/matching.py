"""Whether an item joins an open story, opens its own, or is a question for a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from processors.decisions.draft import Draft
from processors.decisions.features import BASIC, FEATURES, Item, Row, rows
from processors.decisions.learned import meaning_models, models
from processors.decisions.learned.logistic import Logistic
from processors.decisions.meaning import BASIC_MEANING, MEANING, with_meaning
from processors.decisions.policy import Policy
from processors.decisions.stories import Scored, StoryIndex, have_enough_in_common
from processors.decisions.theses import Mechanism, ScoredThesis, ThesisIndex
from schemas.ledger import StoryHead

_SHOWN: Final = frozenset((*BASIC, *BASIC_MEANING))


@dataclass(frozen=True, slots=True)
class Match:
    """The decision with the best candidates it was made on. `story_id` is set only for `join`."""

    decision: Literal["join", "ask", "open"]
    story_id: str
    candidates: tuple[Scored, ...]
    why: str  # the deciding feature in words, kept with the evidence
    theses: tuple[ScoredThesis, ...] = ()  # signals of other stories that it may speak to


def match(draft: Draft, item: Item, mechanism: Mechanism | None = None) -> Match:
    """Return what becomes of an item. "No match" is a normal answer.

    Stories first: what reports the same run of events joins it. Only an item that would open a story is compared with
    the theses of others, by what it says in general (`mechanism`).
    """
    decision = _match_stories(draft, item)
    if decision.decision == "join" or not draft.policy.judge or mechanism is None:
        return decision
    theses = _theses(draft, mechanism)
    if not theses:
        return decision
    why = f"{decision.why}; its mechanism is {theses[0].score:.3f} like that of {theses[0].signal_id}"
    return Match("ask", "", decision.candidates if decision.decision == "ask" else (), why, theses)


def score(item: Item, stories: Sequence[StoryHead]) -> list[tuple[Scored, Row]]:
    """Return the stories with their probabilities and features, best first (ties by id)."""
    table = rows(item, stories)
    if meaning_models(item.embedding_model):
        table = with_meaning(item, stories, table)
    found = [
        (Scored(story.story_id, _model(item, row).probability(row)), row)
        for story, row in zip(stories, table, strict=True)
    ]
    found.sort(key=lambda each: (-each[0].score, each[0].story_id))
    return found


def _model(item: Item, row: Row) -> Logistic:
    """Return the weights for a row: it is longer when item and story have vectors of one model."""
    meant = meaning_models(item.embedding_model) if len(row) > len(FEATURES) else None
    return meant.item_story if meant else models()[0]


def _named(row: Row) -> dict[str, float]:
    names = zip((*FEATURES, *MEANING), row, strict=False)
    return {name: round(value, 4) for name, value in names if name in _SHOWN}


def _theses(draft: Draft, item: Mechanism) -> tuple[ScoredThesis, ...]:
    found = draft.state.theses.best(item, draft.state.frequencies, draft.policy)
    fresh = ThesisIndex()  # what this very proposal opened or changed is not indexed yet
    for head in draft.signals.values():
        fresh.put(head)
    found = [each for each in found if each.signal_id not in draft.signals]
    found += fresh.best(item, draft.state.frequencies, draft.policy)
    return tuple(sorted(found, key=lambda each: (-each.score, each.signal_id))[: draft.policy.thesis_candidates])


def candidates(index: StoryIndex, item: Item, policy: Policy) -> list[StoryHead]:
    """Return the open stories that an item is compared with: the nearest by words and the nearest in meaning."""
    near = index.nearest(item.vector, item.at, policy)
    if not meaning_models(item.embedding_model):
        return near
    known = {story.story_id for story in near}
    meant = index.nearest_in_meaning(item.embedding, item.embedding_model, item.at, policy)
    return near + [story for story in meant if story.story_id not in known]


def _comparable(item: Item, story: StoryHead, policy: Policy) -> bool:
    if have_enough_in_common(item.vector, story, policy):
        return True
    same = bool(story.embedding) and story.embedding_model == item.embedding_model
    return same and meaning_models(item.embedding_model) is not None


def _match_stories(draft: Draft, item: Item) -> Match:
    policy = draft.policy
    item = replace(item, open_stories=len(draft.state.index))
    near = [draft.story(story.story_id) for story in candidates(draft.state.index, item, policy)]
    # What this very proposal opened or changed is not indexed yet.
    near += [story for story in draft.stories.values() if _comparable(item, story, policy)]
    open_stories = {story.story_id: story for story in near if not story.merged_into}
    found = score(item, list(open_stories.values()))
    if not found:
        return Match("open", "", (), "nothing similar is open")
    best = tuple(Scored(scored.story_id, scored.score, _named(row)) for scored, row in found[: policy.candidates])
    top = best[0]
    joins = top.score >= policy.join_at
    name, value = _model(item, found[0][1]).deciding(found[0][1], speaks_for=joins)
    said = f"{top.score:.3f} likely to be of {top.story_id}, {'for' if joins else 'against'} it {name} {value:.3f}"
    waits = bool(draft.story(top.story_id).question_id)
    doubtful = policy.ask_from <= top.score < policy.ask_until
    settled = any(not draft.story(scored.story_id).question_id for scored in best)
    if policy.judge and doubtful and settled and not (joins and waits):
        return Match("ask", "", best, f"{said}: doubtful")
    if joins:
        return Match("join", top.story_id, best, said)
    return Match("open", "", best, f"{said}: below {policy.join_at:.3f}")
