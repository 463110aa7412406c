"""Putting evidence into stories and signals, and taking it out again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final, Literal

from processors.decisions.draft import Draft
from processors.decisions.signals import counted_in, cut, opened, published, with_story, without
from processors.decisions.stories import RECENT, Vector, add_to_centroid, recent_of
from processors.decisions.story_heads import with_vector
from processors.decisions.substance import MOST_FAMILIES, mass_of
from schemas.copying import replace
from schemas.evidence import EvidenceRow
from schemas.ledger import EvidenceChange, EvidenceMark, SignalHead, StoryHead
from schemas.proposal import Extraction

_LATE: Final = timedelta(days=1)  # evidence published longer ago is no news: as for alerts


def place(
    draft: Draft, row: EvidenceRow, vector: Vector, siblings: Sequence[EvidenceMark], *, question_id: str = ""
) -> StoryHead:
    """Add `row` to its story, opening the story if it is new; return the story.

    `siblings` are the article's other evidence, so that an article is counted once a story.
    """
    known = row.story_id in draft.stories or row.story_id in draft.state.stories
    story = draft.story(row.story_id) if known else _new_story(row, question_id)
    new_article = all(draft.resolve_story(mark.story_id) != row.story_id for mark in _standing(siblings))
    families = dict(story.families)
    if new_article and (row.family in families or len(families) < MOST_FAMILIES):
        families[row.family] = families.get(row.family, 0) + 1
    geographies, actors = dict(story.geographies), dict(story.actors)
    for tag in row.geographies:
        geographies[tag] = geographies.get(tag, 0) + 1
    for tag in row.actors:
        actors[tag] = actors.get(tag, 0) + 1
    if len(actors) > 60:
        actors = dict(sorted(actors.items(), key=lambda item: (-item[1], item[0]))[:60])
    # A syndicated copy says nothing new: it must not pull the centroid towards itself.
    centroid, recent = story.centroid, story.recent
    if vector and not (row.is_copy and known):
        centroid = add_to_centroid(centroid, vector, draft.policy.centroid_terms)
        recent = (*recent, recent_of(row, vector))[-RECENT:]
        story = with_vector(story, draft.embedding(row.evidence_id))
    draft.stories[row.story_id] = story = replace(
        story,
        n=draft.n,
        opened_at=min(story.opened_at, row.published_at),
        last_at=max(story.last_at, row.published_at),
        articles=story.articles + new_article,
        families=families,
        centroid=centroid,
        recent=recent,
        weight=story.weight + 1,
        actors=actors,
        geographies=geographies,
    )
    return story


def _standing(marks: Iterable[EvidenceMark]) -> list[EvidenceMark]:
    """Leave out what an analyst has rejected: it counts for nothing."""
    return [mark for mark in marks if not mark.rejected]


def _new_story(row: EvidenceRow, question_id: str) -> StoryHead:
    return StoryHead(
        story_id=row.story_id,
        n=0,
        title=cut(row.claim, 200),
        signal_id="",
        merged_into="",
        question_id=question_id,
        opened_at=row.published_at,
        last_at=row.published_at,
        articles=0,
        families={},
        centroid={},
        weight=0.0,
        actors={},
        geographies={},
        mechanism=row.mechanism,
    )


def count_in(draft: Draft, row: EvidenceRow, siblings: list[EvidenceMark]) -> EvidenceRow:
    """Count `row` (already in its story) for the story's signal, opening one if there is none; return the full row.

    `siblings` are the article's evidence placed before, so that an article is counted once a signal.
    """
    story = draft.story(row.story_id)
    is_new = not story.signal_id
    if is_new:
        head = opened(row, draft.now, draft.policy, draft.embedding(row.evidence_id))
        draft.put_story(replace(story, signal_id=head.signal_id))
        head = with_story(head, row.story_id)
    else:
        head = draft.signal(draft.resolve_signal(story.signal_id))
    before = 0.0 if is_new else draft.components(head.signal_id).strength
    new_article = all(draft.resolve_signal(mark.signal_id) != head.signal_id for mark in _standing(siblings))
    substance = draft.substance(head.signal_id)
    substance.count(row)
    head = draft.put_signal(counted_in(head, row, new_article=new_article, substance=substance))
    # The story's own signal, even when another took that over: so a merge can be taken back.
    row = replace(row, signal_id=story.signal_id or head.signal_id, basis=head.basis)
    draft.evidence.append(row)
    _announce(draft, head, row, before, is_new)
    return row


def _announce(draft: Draft, head: SignalHead, row: EvidenceRow, before: float, is_new: bool) -> None:
    mass = (mass_of(row, row.micro),) if row.micro else ()
    if is_new:
        head = draft.emit("opened", head, before, row=row, mass=mass)
    elif row.is_copy:
        return  # an echo is kept as a row; it moves nothing
    elif row.stance == "supports":
        head = draft.emit("reinforced", head, before, row=row, mass=mass)
    elif row.stance == "contradicts":
        head = draft.emit("contradicted", head, before, row=row, mass=mass)
    else:
        head = draft.emit("context", head, before, row=row, mass=mass)
    if head.state == "candidate" and _publishable(draft, head):
        _publish(draft, head, row, before)
    elif head.state in ("faded", "dormant") and row.stance == "supports":
        was_public = head.published_at is not None
        if was_public and head.strength >= draft.policy.revive_at:
            head = draft.put_signal(replace(head, state="published"))
            draft.emit("revived", head, before, row=row)
        elif not was_public and _is_news(draft, head):
            head = draft.put_signal(replace(head, state="candidate"))
            head = draft.emit("revived", head, before, row=row, note="a candidate again")
            if _publishable(draft, head):
                _publish(draft, head, row, before)
        elif not was_public and _publishable(draft, head):  # two voices of long ago: it was a signal then
            _publish(draft, head, row, before)


def _is_news(draft: Draft, head: SignalHead) -> bool:
    """Say whether a candidate with this latest support would not be dropped at once for want of news."""
    return head.last_reinforced + timedelta(days=draft.policy.candidate_days) > draft.now


def _publishable(draft: Draft, head: SignalHead) -> bool:
    return published(head, draft.substance(head.signal_id), draft.policy)


def _publish(draft: Draft, head: SignalHead, row: EvidenceRow, before: float) -> None:
    """Publish a signal. What late evidence publishes goes on to the state that time has brought it to by now."""
    head = draft.put_signal(replace(head, state="published", published_at=draft.now))
    head = draft.emit("published", head, before, row=row)
    policy = draft.policy
    if head.pinned or head.strength >= policy.fade_below or row.published_at > draft.now - _LATE:
        return
    state: Literal["faded", "dormant"] = "dormant" if head.strength < policy.dormant_below else "faded"
    head = draft.put_signal(replace(head, state=state))
    note = f"its evidence came late: the strength is {head.strength:.1f} by now"
    draft.emit(state, head, head.strength, row=row, note=note)


def take_out(
    draft: Draft,
    mark: EvidenceMark,
    extraction: Extraction,
    reason: str,
    *,
    left: list[EvidenceMark],
    silently: bool = False,
) -> None:
    """Withdraw a committed evidence. With `silently` only its row changes: its words live on in a new row.

    `left` is what the article still has, so that the article stays counted while any of it is in the signal.
    """
    draft.changes.append(
        EvidenceChange(mark.evidence_id, "withdrawn", mark.story_id, mark.signal_id, mark.stance, 0, reason)
    )
    if silently:
        return
    discount(draft, mark, left, note=f"{reason} ({mark.evidence_id}, {extraction.url})")


def discount(draft: Draft, mark: EvidenceMark, left: Iterable[EvidenceMark], *, note: str, by: str = "") -> None:
    """Take one evidence out of its story's counts and its signal's sums, and say so."""
    standing = _standing(left)
    story_id = draft.resolve_story(mark.story_id)
    if all(draft.resolve_story(other.story_id) != story_id for other in standing):
        _leave_story(draft, mark)
    if not mark.signal_id:
        return
    head = draft.signal(draft.resolve_signal(mark.signal_id))
    before = draft.components(head.signal_id).strength
    last = all(draft.resolve_signal(other.signal_id) != head.signal_id for other in standing)
    substance = draft.substance(head.signal_id)
    substance.count(mark, -1)
    head = draft.put_signal(without(head, mark, last_of_article=last, substance=substance))
    mass = (mass_of(replace(mark, story_id=story_id), -mark.micro),) if mark.micro else ()
    head = draft.emit("evidence-rejected", head, before, note=note, evidence_id=mark.evidence_id, mass=mass, by=by)
    if head.evidence == 0 and head.state in ("candidate", "published", "faded"):
        head = draft.put_signal(replace(head, state="dormant"))
        draft.emit("dormant", head, before, note="no evidence is left", by=by)


def _leave_story(draft: Draft, mark: EvidenceMark) -> None:
    """The article has nothing left in the story. Its words stay in the centroid: what was like it still is."""
    story = draft.story(mark.story_id)
    families = dict(story.families)
    # Unless a revision gave the article another family, it was counted for this one.
    counted = (
        mark.family if mark.family in families else max(families, key=lambda one: (families[one], one), default="")
    )
    if families.get(counted, 0) > 1:
        families[counted] -= 1
    else:
        families.pop(counted, None)
    draft.put_story(replace(story, articles=max(0, story.articles - 1), families=families))
