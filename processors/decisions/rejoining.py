"""Taking merges and splits back.

A merge is undone by letting go of the redirect. A split is undone by merging its parts into the parent again, so no
mark has to be rewritten; what the parent had taken over before is part of it for good from then on.
"""

from __future__ import annotations

from processors.decisions.counting import members, recounted, with_former
from processors.decisions.draft import Draft
from processors.decisions.parting import SPLIT_OFF
from processors.decisions.passing import named_today, passed
from processors.decisions.refusing import RefusedError
from processors.decisions.settling import settle
from processors.decisions.signals import published
from processors.decisions.splitting import story_of
from processors.decisions.story_heads import join_heads, unjoin
from processors.decisions.substance import Substance, difference, negative
from processors.decisions.undo_checks import in_place, known_of, remembers, undo_note
from schemas.copying import replace
from schemas.ledger import Applied, Former, SignalHead
from schemas.proposal import Command


def undo_merge(draft: Draft, command: Command, done: Applied) -> None:
    """Let a merged signal stand for itself again, with what came for its stories meanwhile."""
    gone, stays = draft.signal(done.signal_id), remembers(draft, done, done.other_ids[0])
    if gone.merged_into != stays.signal_id:
        raise RefusedError(f"{gone.signal_id} is no longer merged into {stays.signal_id}")
    source = named_today(draft.substance(stays.signal_id), draft.resolve_story)
    before = draft.components(stays.signal_id).strength
    if done.action == "merge-stories":
        _unjoin(draft, done, stays)
    _let_go(draft, command, done, gone, stays, source, before)


def undo_merge_stories(draft: Draft, command: Command, done: Applied) -> None:
    """Let two stories be two again, and their signals if one had gone into the other."""
    if done.other_ids[0] != done.signal_id:
        undo_merge(draft, command, done)
        return
    head = remembers(draft, done, done.signal_id)
    source = named_today(draft.substance(head.signal_id), draft.resolve_story)
    before = draft.components(head.signal_id).strength
    _unjoin(draft, done, head)
    head = draft.put_signal(recounted(draft, head))
    mass = difference(source, named_today(draft.substance(head.signal_id), draft.resolve_story))
    draft.emit("undone", head, before, note=undo_note(command, done), by=command.by, mass=mass)


def undo_split(draft: Draft, command: Command, done: Applied) -> None:
    """Put the parts of a divided signal together again, under its own id; with what stayed, if only some had left."""
    stood = done.action == SPLIT_OFF
    parent = in_place(draft, done, done.signal_id) if stood else draft.signal(done.signal_id)
    children = [draft.signal(child_id) for child_id in done.other_ids]
    for child in children:
        in_place(draft, done, child.signal_id)
        if child.state == "dismissed":
            raise RefusedError(f"{child.signal_id}, a part of {parent.signal_id}, is dismissed: restore it first")
    sources = [named_today(draft.substance(child.signal_id), draft.resolve_story) for child in children]
    strengths = [draft.components(child.signal_id).strength for child in children]
    whole = [draft.substance(child.signal_id) for child in children]
    before = draft.components(parent.signal_id).strength if stood else 0.0
    held = draft.substance(parent.signal_id) if stood else Substance()
    had = named_today(held, draft.resolve_story)
    _put_stories_together(draft, done, parent, children)
    known, note = known_of(done, parent.signal_id), undo_note(command, done)
    if stood:
        parent = replace(parent, children=tuple(child for child in parent.children if child not in done.other_ids))
    else:
        parent = replace(parent, state=known.state, published_at=known.published_at, children=())
    draft.signals[parent.signal_id] = parent
    for child, source, part, strength in zip(children, sources, whole, strengths, strict=True):
        held.absorb(part)
        held.forget_voices()
        draft.put_substance(parent.signal_id, held)
        draft.put_substance(child.signal_id, Substance())
        away = draft.put_signal(replace(child, state="merged", merged_into=parent.signal_id))
        parent = draft.put_signal(with_former(draft, recounted(draft, draft.signal(parent.signal_id)), known))
        moved, mass = passed(source, had, named_today(held, draft.resolve_story))
        parent = draft.emit(
            "undone", parent, before, note=note, by=command.by, other_id=child.signal_id, stories_moved=moved, mass=mass
        )
        before, had = parent.strength, named_today(held, draft.resolve_story)
        left = tuple(negative(one) for one in source.mass())
        draft.emit("undone", away, strength, note=note, by=command.by, other_id=parent.signal_id, mass=left)
    parent = draft.drop_revisions(parent)
    if parent.state == "candidate":
        settle(draft, parent, before, note=note, by=command.by)


def _again(draft: Draft, head: SignalHead, known: Former) -> SignalHead:
    """Give a recounted head its former state; what its own evidence has earned meanwhile it keeps."""
    if head.state == "dismissed":
        return head
    earned = known.published_at is None and head.published_at is not None and head.evidence != known.evidence
    if earned and published(head, draft.substance(head.signal_id), draft.policy):
        return head
    return replace(head, state=known.state, published_at=known.published_at)


def _let_go(
    draft: Draft, command: Command, done: Applied, gone: SignalHead, stays: SignalHead, source: Substance, before: float
) -> None:
    """Let `gone` stand for itself again, with what is marked as its own; `source` names stories as of before."""
    _check_stories(draft, gone, stays)
    own = Substance()
    for each in draft.state.holdings.group(gone.signal_id):
        own.absorb(draft.state.holdings.own(each))
    rest = draft.substance(stays.signal_id)
    rest.absorb(own, -1)
    rest.forget_voices()
    draft.put_substance(gone.signal_id, own)
    known, other = known_of(done, gone.signal_id), known_of(done, stays.signal_id)
    back = replace(gone, merged_into="", state=known.state)
    draft.signals[gone.signal_id], draft.signals[stays.signal_id] = back, stays
    back = draft.put_signal(_again(draft, with_former(draft, recounted(draft, back), known), known))
    left = with_former(draft, recounted(draft, stays), other)
    left = draft.put_signal(_again(draft, left, other))
    moved, mass = passed(source, Substance(), named_today(own, draft.resolve_story))
    note = undo_note(command, done)
    back = draft.emit(
        "undone", back, 0.0, note=note, by=command.by, other_id=stays.signal_id, stories_moved=moved, mass=mass
    )
    back = draft.drop_revisions(back)
    changes = difference(source, named_today(rest, draft.resolve_story))
    left = draft.emit("undone", left, before, note=note, by=command.by, other_id=gone.signal_id, mass=changes)
    for head in (back, left):
        if head.state == "candidate":
            settle(draft, head, head.strength, note=note, by=command.by)


def _check_stories(draft: Draft, gone: SignalHead, stays: SignalHead) -> None:
    """Refuse when a story of one has become part of a story of the other since: evidence would lie between them."""
    own = set(draft.state.holdings.group(gone.signal_id))
    for signal_id in draft.state.holdings.group(stays.signal_id):
        for story_id in sorted(draft.state.stories_of.get(signal_id, ())):
            today = draft.story(story_id)
            if (signal_id in own) == (today.signal_id in own):
                continue
            joined = (k for k, done in sorted(draft.state.applied.items()) if story_id in done.other_ids[1:])
            raise RefusedError(
                f"{story_id} and {today.story_id} became one story since: undo {next(joined, 'that')} first"
            )


def _unjoin(draft: Draft, done: Applied, stays: SignalHead) -> None:
    _, story_id, target_id = done.other_ids
    story = draft.stories.get(story_id) or draft.state.stories[story_id]
    target = draft.stories.get(target_id) or draft.state.stories[target_id]
    if story.merged_into != target_id or target.merged_into:
        raise RefusedError(f"{target_id}, which took {story_id} over, was merged into {target.merged_into} since")
    held = [
        (article_id, mark)
        for article_id, mark in members(draft, stays.signal_id)
        if draft.resolve_story(mark.story_id) == target_id
    ]
    unjoin(draft, story, target, held)
    draft.substance(stays.signal_id).forget_voices()


def _put_stories_together(draft: Draft, done: Applied, parent: SignalHead, children: list[SignalHead]) -> None:
    """Join the parts of the stories that the split divided, wherever they still stand for themselves."""
    held = [member for child in children for member in members(draft, child.signal_id)]
    articles = {article_id for article_id, _ in held}
    under = sorted({each for head in (parent, *children) for each in draft.state.stories_of.get(head.signal_id, ())})
    for story_id in under:
        for number in range(len(children)):
            fresh = draft.state.stories.get(story_of(story_id, done.command_id, number))
            if fresh is not None and not fresh.merged_into:
                join_heads(draft, fresh, draft.story(story_id), articles)
