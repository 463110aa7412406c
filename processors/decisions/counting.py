"""Counting a signal anew from the marks of its evidence: what merges, splits and their undoing have in common.

Costs as much as the signals concerned hold, which is fine for what happens rarely.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from processors.decisions.draft import Draft
from processors.decisions.signals import MOST_STORIES, dominant_kind, dominant_lens
from processors.decisions.strength import day_of
from processors.decisions.substance import MOST_ACTORS, MOST_FAMILIES, Substance, leading_anew
from schemas.copying import replace
from schemas.ledger import EvidenceMark, Former, SignalHead, StoryHead

Member = tuple[str, EvidenceMark]  # (article id, its mark)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def members(draft: Draft, signal_id: str) -> list[Member]:
    """Return the standing evidence of a signal and of all it took over, as of this draft, in order of article."""
    concerned = joined(draft, signal_id)
    articles = {article for each in concerned for _, article in draft.state.holdings.members(each)} | set(draft.marks)
    found: list[Member] = []
    for article_id in sorted(articles):
        whole = draft.mark(article_id)
        found += [
            (article_id, mark)
            for mark in (whole.evidence if whole else ())
            if mark.signal_id and not mark.rejected and draft.resolve_signal(mark.signal_id) == signal_id
        ]
    return found


def joined(draft: Draft, signal_id: str) -> set[str]:
    """Return the signal and those that this draft has redirected to it; the state knows of earlier ones."""
    return {signal_id, *(each for each in draft.signals if draft.resolve_signal(each) == signal_id)}


def summed(marks: Iterable[EvidenceMark]) -> Substance:
    """Return what these marks add up to."""
    substance = Substance()
    for mark in marks:
        substance.count(mark)
    return substance


def recounted(draft: Draft, head: SignalHead) -> SignalHead:
    """Return the head with all its counts as the draft's marks, stories and substances say."""
    counted = members(draft, head.signal_id)
    marks = [mark for _, mark in counted]
    kinds, lenses = Counter(mark.kind for mark in marks), Counter(mark.lens for mark in marks)
    stories, substance = stories_of(draft, head), draft.substance(head.signal_id)
    return replace(
        head,
        kinds=dict(kinds),
        lenses=dict(lenses),
        kind=dominant_kind(kinds) if kinds else head.kind,
        lens=dominant_lens(lenses) if lenses else head.lens,
        sectors=dict(Counter(tag for mark in marks for tag in mark.sectors)),
        geographies=dict(Counter(tag for mark in marks for tag in mark.geographies)),
        actors=leading_anew(substance.actors, MOST_ACTORS),
        articles=len({article_id for article_id, _ in counted}),
        evidence=len(marks),
        times_extracted=sum(not mark.is_copy for mark in marks),
        families=leading_anew(substance.heard, MOST_FAMILIES),
        family_count=len(substance.heard),
        stories=tuple(stories[-MOST_STORIES:]),
        story_count=len(stories),
        basis="thesis" if len(stories) > 1 else "story",
    )


def stories_of(draft: Draft, head: SignalHead) -> list[str]:
    """Return the stories that rest under a signal now: those its head names in their order, older ones first."""
    concerned = joined(draft, head.signal_id)
    candidates = {
        story_id
        for each in concerned
        for one in draft.state.holdings.group(each)
        for story_id in draft.state.stories_of.get(one, ())
    } | set(draft.stories)
    found: dict[str, StoryHead] = {}
    for story_id in candidates:
        story = draft.stories.get(story_id) or draft.state.stories[story_id]
        if story.signal_id and not story.merged_into and draft.resolve_signal(story.signal_id) == head.signal_id:
            found[story_id] = story
    named = [story_id for story_id in head.stories if story_id in found]
    others = sorted(found.keys() - set(named), key=lambda story_id: (found[story_id].opened_at, story_id))
    return [*others, *named]


def former(head: SignalHead) -> Former:
    """Return what of a head no recount would find again."""
    return Former(
        head.signal_id,
        head.state,
        head.opened_at,
        head.published_at,
        head.last_reinforced,
        head.top_evidence_id,
        head.top_salience,
        head.retitled,
        head.evidence,
    )


def with_peaks(draft: Draft, head: SignalHead, before: Sequence[Former | SignalHead]) -> SignalHead:
    """Return the head with its latest and its strongest supporting evidence, among what it holds now.

    Marks know the day only; the hour is that of a head in `before` if it is of the same day. Of equally strong
    evidence the one stays that a head in `before` names.
    """
    voices = [mark for _, mark in members(draft, head.signal_id) if _reinforces(mark)]
    if not voices:
        return replace(head, top_evidence_id="", top_salience=0)
    latest = max(mark.day for mark in voices)
    hours = [each.last_reinforced for each in before if day_of(each.last_reinforced) == latest]
    best = max(mark.micro for mark in voices)
    strongest = {mark.evidence_id for mark in voices if mark.micro == best}
    named = next((each.top_evidence_id for each in before if each.top_evidence_id in strongest), min(strongest))
    return replace(
        head,
        last_reinforced=max(hours, default=midnight(latest)),
        top_evidence_id=named,
        top_salience=best,
    )


def with_former(draft: Draft, head: SignalHead, known: Former) -> SignalHead:
    """Return a recounted head as it was before a command, but for what came meanwhile."""
    made = replace(head, opened_at=known.opened_at)
    held = {mark.evidence_id: mark for _, mark in members(draft, head.signal_id)}
    if len(held) == known.evidence and known.top_evidence_id in ("", *held):
        return replace(
            made,
            last_reinforced=known.last_reinforced,
            top_evidence_id=known.top_evidence_id,
            top_salience=known.top_salience,
        )
    peak = with_peaks(draft, made, (known, head))
    return replace(peak, last_reinforced=max(peak.last_reinforced, known.last_reinforced))


def midnight(day: int) -> datetime:
    """Return the beginning of a day given in days since 1970-01-01 UTC."""
    return _EPOCH + timedelta(days=day)


def _reinforces(mark: EvidenceMark) -> bool:
    return mark.stance == "supports" and not mark.is_copy
