"""A ledger's state with as many open stories as one likes, each with its signal, made without deciding every item.

A few dozen template storylines are decided properly; their heads are then copied, each with ids, words and times of its
own. So a head has whatever the ledger now puts into it, and building takes time only for the words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import log2
from typing import Final

from processors.decisions.ids import signal_id, story_id
from processors.decisions.ledger import decide
from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from processors.decisions.stories import Frequencies, add_to_centroid
from schemas.evidence import Evidence
from schemas.ledger import ArticleMark, Commit, InputPosition, SignalHead, StoryHead
from schemas.proposal import Proposal
from tests.bench.made_news import MadeNews, article_id_of, chances, evidence_id_of

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
_TEMPLATES: Final = 48
_MOST_ITEMS: Final = 6
_SILENCE: Final = 15.0  # days since the last item of a story, on average
_TEMPLATE: Final = 10_000_000  # storylines from here on are templates


@dataclass(frozen=True, slots=True)
class Heads:
    """A story, its signal and the marks of the articles in it."""

    story: StoryHead
    signal: SignalHead
    marks: tuple[ArticleMark, ...]


def commit_of(state: LedgerState, proposal: Proposal, offset: int) -> Commit | None:
    """Return what the ledger decides."""
    return decide(state, proposal, InputPosition("bench", "proposals", 0, offset), NOW)


def evidence_of(proposal: Proposal) -> Evidence:
    """Return the one evidence of a made-up proposal."""
    assert proposal.extraction is not None
    return proposal.extraction.evidence[0]


def saying(proposal: Proposal, terms: dict[str, float]) -> Proposal:
    """Return a made-up proposal with these retrieval terms."""
    assert proposal.extraction is not None
    evidence = replace(evidence_of(proposal), terms=terms)
    return replace(proposal, extraction=replace(proposal.extraction, evidence=(evidence,)))


def story_of(storyline: int) -> str:
    """Return the id of the story that a storyline's first item opens."""
    return story_id(evidence_id_of(storyline, 0))


def items_of(storyline: int) -> int:
    """Return how many items a storyline has had: one for half of them, two for a quarter, and so on."""
    return min(_MOST_ITEMS, 1 + int(-log2(1.0 - chances(11, storyline).random())))


def state_of(news: MadeNews, stories: int, policy: Policy | None = None) -> LedgerState:
    """Return the state after the first items of `stories` storylines, at the time NOW."""
    state = LedgerState(policy or Policy())
    templates = [_template(news, number, state.policy) for number in range(_TEMPLATES)]
    frequencies, heads = Frequencies(), list[Heads]()
    for storyline in range(stories):
        said = [evidence_of(news.item(storyline, number, NOW, ordinal=0)) for number in range(items_of(storyline))]
        centroid: dict[str, float] = {}
        for evidence in said:
            vector = frequencies.vector(evidence.terms)
            centroid = add_to_centroid(centroid, vector, state.policy.centroid_terms)
            frequencies.add(evidence.terms)
        same_size = [template for template in templates if template.story.articles == len(said)]
        heads.append(_copy(same_size[storyline % len(same_size)], said[0], centroid, storyline, state.policy))
    state.restore(
        n=1, now=NOW, next_ordinal=1, stories=(h.story for h in heads), signals=(h.signal for h in heads),
        marks=(mark for h in heads for mark in h.marks), questions=(),
        frequencies=(frequencies.documents, frequencies.counts), swept_at=NOW,
    )  # fmt: skip
    return state


def _template(news: MadeNews, number: int, policy: Policy) -> Heads:
    """Return the heads of one storyline whose items were all decided; its items do meet, being the same words."""
    state, storyline = LedgerState(policy), _TEMPLATE + number
    words = evidence_of(news.item(storyline, 0, NOW, ordinal=0)).terms
    for item in range(1 + number % _MOST_ITEMS):
        commit = commit_of(state, saying(news.item(storyline, item, NOW, ordinal=0), words), item)
        assert commit is not None
        state.fold(commit)
    story = next(iter(state.stories.values()))
    return Heads(story, state.signals[story.signal_id], tuple(state.marks.values()))


def _copy(template: Heads, said: Evidence, centroid: dict[str, float], storyline: int, policy: Policy) -> Heads:
    story = story_of(storyline)
    days = chances(13, storyline).expovariate(1.0 / _SILENCE)
    last = NOW - timedelta(days=min(days, 0.8 * policy.story_horizon))
    signal = replace(
        template.signal,
        signal_id=signal_id(story), n=1, stories=(story,), scope=said.claim, title=said.claim, opened_at=last,
        last_reinforced=last, top_evidence_id=said.evidence_id,
    )  # fmt: skip
    if signal.state == "candidate" and NOW - last > timedelta(days=policy.candidate_days - 0.5):
        signal = replace(signal, state="dormant")  # as the ledger would have made it long ago
    head = replace(
        template.story, story_id=story, n=1, title=said.claim, signal_id=signal.signal_id, opened_at=last, last_at=last,
        centroid=centroid,
    )  # fmt: skip
    marks = tuple(
        replace(
            mark,
            article_id=article_id_of(storyline, number),
            n=1,
            evidence=tuple(
                replace(
                    each,
                    evidence_id=evidence_id_of(storyline, number),
                    story_id=story,
                    signal_id=signal.signal_id,
                )
                for each in mark.evidence
            ),
        )
        for number, mark in enumerate(template.marks)
    )
    return Heads(head, signal, marks)
