"""What the watchman finds is done in the commit of the proposal that showed it: no kill can lose it."""

from __future__ import annotations

from processors.decisions.divisions import Split
from processors.decisions.draft import Draft
from processors.decisions.ids import derived
from processors.decisions.merging import merge
from processors.decisions.parting import part_off
from processors.decisions.refusing import WATCHMAN, RefusedError
from processors.decisions.watchman import watch
from schemas.article import Outcome
from schemas.copying import replace
from schemas.proposal import Command


def keep_up(draft: Draft) -> None:
    """Look at the signals that this draft counted evidence for; divide and merge what has to be."""
    done = False
    for act in watch(draft):
        if isinstance(act, Split):
            part_off(draft, act)
            done = True
            continue
        name = derived("w-", draft.proposal.proposal_id, act.signal_id, act.into)
        try:
            merge(draft, Command(name, "merge", WATCHMAN, act.reason, act.signal_id, act.into))
        except RefusedError:
            continue  # an act of the same commit has changed one of them
    if done:
        draft.outcomes = [_as_of_now(draft, outcome) for outcome in draft.outcomes]


def _as_of_now(draft: Draft, outcome: Outcome) -> Outcome:
    """Return the outcome with the stories and signals that hold the article's evidence after a division."""
    mark = draft.mark(outcome.article_id)
    if mark is None or outcome.outcome == "deferred":
        return outcome
    standing = [each for each in mark.evidence if each.signal_id and not each.rejected]
    if not standing:
        return outcome
    stories = tuple(dict.fromkeys(each.story_id for each in standing))
    signals = tuple(dict.fromkeys(each.signal_id for each in standing))
    return replace(
        outcome, primary_story_id=stories[0], primary_signal_id=signals[0], story_ids=stories, signal_ids=signals
    )
