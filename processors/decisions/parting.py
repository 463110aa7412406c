"""Parts leave a signal: what is foreign opens signals of its own, while scope, name and all the rest stay.

Unlike an analyst's split, which closes a signal, this costs as much as what leaves, not as what stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from processors.decisions.counting import Member, former, midnight, recounted, summed, with_peaks
from processors.decisions.divisions import Part, Split
from processors.decisions.draft import Draft
from processors.decisions.ids import derived
from processors.decisions.passing import named_today, passed
from processors.decisions.refusing import WATCHMAN, note_of, record
from processors.decisions.settling import settle
from processors.decisions.signals import without
from processors.decisions.splitting import child_id, rewrite, story_of
from processors.decisions.standing_evidence import at_the_ends
from processors.decisions.story_heads import leave, without_article, without_words
from processors.decisions.strength import day_of
from processors.decisions.substance import Substance, difference
from schemas.copying import replace
from schemas.ledger import EvidenceMark, SignalHead
from schemas.proposal import Command

SPLIT_OFF: Final = "split-off"


def part_off(draft: Draft, found: Split) -> None:
    """Let the parts leave; each becomes a signal whose scope is its title. Leaves an Applied record for an undo."""
    parent = draft.signal(found.signal_id)
    command = Command(
        derived("w-", draft.proposal.proposal_id, parent.signal_id), "split", WATCHMAN, found.reason, parent.signal_id
    )
    children = [child_id(parent.signal_id, command, number) for number in range(len(found.parts))]
    record(draft, command, parent, (former(parent),), others=tuple(children), action=SPLIT_OFF)
    before = draft.components(parent.signal_id).strength
    source = named_today(draft.substance(parent.signal_id), draft.resolve_story)
    gone = [member for part in found.parts for member in part.leaving]
    _count_out(draft, [member for part in found.parts if not part.stories for member in part.leaving])
    moved = [
        _move(draft, command, part, child, number)
        for number, (part, child) in enumerate(zip(found.parts, children, strict=True))
    ]
    rewrite(draft, [member for part in moved for member in part], note_of(command, f"moved by {WATCHMAN}"))
    stays = _left(draft, parent, gone, {story_id for part in found.parts for story_id in part.stories})
    stays = draft.put_signal(replace(stays, children=(*parent.children, *children)))
    _forget_words(draft, parent, gone)
    for part, child, members in zip(found.parts, children, moved, strict=True):
        _open(draft, command, parent, part, child, [mark for _, mark in members], source)
    mass = difference(source, named_today(draft.substance(parent.signal_id), draft.resolve_story))
    note = note_of(command, f"divided off {', '.join(children)}")
    draft.emit("split", stays, before, note=note, by=WATCHMAN, mass=mass)


def _move(draft: Draft, command: Command, part: Part, child: str, number: int) -> list[Member]:
    """Bring a part's stories, or what leaves a story, under the child; return its evidence as it counts from now on."""
    moved: list[Member] = []
    by_story: dict[str, list[Member]] = {}
    for article_id, mark in part.leaving:
        by_story.setdefault(draft.resolve_story(mark.story_id), []).append((article_id, mark))
    for story_id, leaving in by_story.items():
        if story_id in part.stories:
            draft.put_story(replace(draft.story(story_id), signal_id=child))
            moved += [(article_id, replace(mark, signal_id=child)) for article_id, mark in leaving]
            continue
        fresh = story_of(story_id, command.command_id, number)
        leave(draft, story_id, fresh, leaving, title=part.title, signal_id=child)
        moved += [(article_id, replace(mark, story_id=fresh, signal_id=child)) for article_id, mark in leaving]
    return moved


def _count_out(draft: Draft, gone: Sequence[Member]) -> None:
    """Take the articles that have nothing left in a story out of its counts."""
    ids = {mark.evidence_id for _, mark in gone}
    for (article_id, story_id), mark in {(a, draft.resolve_story(m.story_id)): m for a, m in gone}.items():
        if all(draft.resolve_story(other.story_id) != story_id for other in _others(draft, article_id, ids)):
            draft.put_story(without_article(draft.story(story_id), mark))


def _others(draft: Draft, article_id: str, ids: Collection[str]) -> list[EvidenceMark]:
    whole = draft.mark(article_id)
    return [m for m in (whole.evidence if whole else ()) if not m.rejected and m.evidence_id not in ids]


def _left(draft: Draft, head: SignalHead, gone: Sequence[Member], stories: set[str]) -> SignalHead:
    """Return the head, which keeps its scope, with what left counted out."""
    substance = draft.substance(head.signal_id)
    holding = {
        article_id: any(
            mark.signal_id and draft.resolve_signal(mark.signal_id) == head.signal_id
            for mark in _others(draft, article_id, ())
        )
        for article_id, _ in gone
    }
    left = head
    for article_id, mark in gone:
        substance.count(mark, -1)
        left = without(left, mark, last_of_article=not holding[article_id], substance=substance)
        holding[article_id] = True  # an article is counted out once
    count = left.story_count - len(stories)
    named = tuple(story_id for story_id in left.stories if draft.resolve_story(story_id) not in stories)
    left = replace(left, stories=named, story_count=count, basis="thesis" if count > 1 else "story")
    return _with_latest(draft, left)


def _with_latest(draft: Draft, head: SignalHead) -> SignalHead:
    """Return the head with its latest support and, if that has left, its strongest, among what a look sees of it."""
    policy = draft.policy
    held = at_the_ends(draft, head.signal_id, policy.watch_first, policy.watch_last)
    voices = [mark for _, mark in held if mark.stance == "supports" and not mark.is_copy]
    latest = max((mark.day for mark in voices), default=day_of(head.last_reinforced))
    if voices and day_of(head.last_reinforced) > latest:
        head = replace(head, last_reinforced=max(head.opened_at, midnight(latest)))
    if voices and not head.top_evidence_id:
        best = min(voices, key=lambda mark: (-mark.micro, mark.evidence_id))
        head = replace(head, top_evidence_id=best.evidence_id, top_salience=best.micro)
    return head


def _forget_words(draft: Draft, parent: SignalHead, gone: Sequence[Member]) -> None:
    policy = draft.policy
    stay: dict[str, list[EvidenceMark]] = {}
    for _, mark in at_the_ends(draft, parent.signal_id, policy.watch_first, policy.watch_last):
        stay.setdefault(draft.resolve_story(mark.story_id), []).append(mark)
    left: dict[str, list[EvidenceMark]] = {}
    for _, mark in gone:
        left.setdefault(draft.resolve_story(mark.story_id), []).append(mark)
    for story_id in left.keys() & stay.keys():
        draft.put_story(without_words(draft.story(story_id), left[story_id], stay[story_id]))


def _open(
    draft: Draft, command: Command, parent: SignalHead, part: Part, child: str, marks: Sequence[EvidenceMark],
    source: Substance,
) -> None:  # fmt: skip
    """Open the signal of one part: a candidate, like any that opens, published by the usual rules."""
    first = max(midnight(min(mark.day for mark in marks)), parent.opened_at)
    story = draft.story(part.stories[0]) if part.stories else None
    draft.put_substance(child, summed(marks))
    draft.signals[child] = replace(
        parent,
        signal_id=child,
        n=0,
        seq=0,
        state="candidate",
        scope=part.title,
        title=part.title,
        analysis="",
        sentences=(),
        narrator="",
        revised_seq=0,
        rescoped=False,
        retitled=False,
        pinned=False,
        mechanism=story.mechanism if story else "",  # the parent's is not its own
        embedding=b"",
        embedding_model="",
        opened_at=first,
        last_reinforced=first,
        published_at=None,
        top_evidence_id="",
        top_salience=0,
        merged_into="",
        parent=parent.signal_id,
        children=(),
        stories=(),
        story_count=0,
    )
    head = draft.put_signal(with_peaks(draft, recounted(draft, draft.signals[child]), (parent,)))
    moved, mass = passed(source, Substance(), named_today(draft.substance(child), draft.resolve_story))
    note = note_of(command, f"divided off from {parent.signal_id}")
    head = draft.emit(
        "opened", head, 0.0, note=note, by=WATCHMAN, other_id=parent.signal_id, stories_moved=moved, mass=mass
    )
    settle(draft, head, head.strength, note=note, by=WATCHMAN)
