"""Taking a command back. What came in meanwhile stays, and is counted where it belongs then.

A merge is undone by letting go of the redirect. A split is undone by merging its parts into the parent again, so no
mark has to be rewritten; what the parent had taken over before is part of it for good from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from processors.decisions.counting import former, members, recounted, with_former
from processors.decisions.curating import put_mark, say
from processors.decisions.draft import Draft
from processors.decisions.passing import named_today, passed
from processors.decisions.refusing import RefusedError, note_of, record
from processors.decisions.settling import settle
from processors.decisions.signals import published
from processors.decisions.splitting import story_of
from processors.decisions.story_heads import join_heads, unjoin, with_article
from processors.decisions.substance import Substance, difference, mass_of, negative
from schemas.ledger import Applied, EvidenceChange, EvidenceMark, Former, SignalHead
from schemas.mass import Mass
from schemas.proposal import Command


def undo(draft: Draft, command: Command) -> None:
    """Take back what the command `undoes` did."""
    done = draft.state.applied.get(command.undoes)
    if done is None:
        raise RefusedError(f"there is no command {command.undoes}: `bellwether commands` lists them")
    if done.refused:
        raise RefusedError(f"{done.command_id} was refused itself: there is nothing to undo")
    if done.undone:
        raise RefusedError(f"{done.command_id} is undone already: give the command again if it is wanted after all")
    way = _WAYS.get(done.action)
    if way is None:
        raise RefusedError(f"{done.command_id} is an {done.action}, which is not undone: give the first command again")
    record(draft, command, draft.signal(done.signal_id), (), others=(done.command_id,))
    way(draft, command, done)
    draft.applied.append(replace(done, undone=True, n=draft.n))


def _note(command: Command, done: Applied) -> str:
    return note_of(command, f"undid {done.action} {done.command_id}")


def _since(draft: Draft, done: Applied, signal_id: str, *actions: str) -> Applied | None:
    """Return a later command on a signal that stands in the way, None if there is none."""
    return next(
        (
            later
            for _, later in sorted(draft.state.applied.items())
            if later.n > done.n and later.action in actions and later.signal_id == signal_id and not later.refused
        ),
        None,
    )


def _in_place(draft: Draft, done: Applied, signal_id: str) -> SignalHead:
    """Return a signal that is still what the command made of it; refuse if it was taken over or divided since."""
    head = draft.signal(signal_id)
    if head.merged_into:
        later = _since(draft, done, signal_id, "merge", "merge-stories")
        raise RefusedError(
            f"{signal_id} was merged into {head.merged_into} since: undo {later.command_id if later else 'that'} first"
        )
    later = _since(draft, done, signal_id, "split")
    if later is not None and not later.undone:
        raise RefusedError(f"{signal_id} was divided since: undo {later.command_id} first")
    if later is not None:
        raise RefusedError(
            f"{signal_id} was divided and put together again since ({later.command_id}), and remembers nothing of what "
            f"it held before: split it instead"
        )
    return head


def _known(done: Applied, signal_id: str) -> Former:
    return next(each for each in done.former if each.signal_id == signal_id)


def _again(draft: Draft, head: SignalHead, known: Former) -> SignalHead:
    """Give a recounted head its former state; what its own evidence has earned meanwhile it keeps."""
    if head.state == "dismissed":
        return head
    earned = known.published_at is None and head.published_at is not None and head.evidence != known.evidence
    if earned and published(head, draft.substance(head.signal_id), draft.policy):
        return head
    return replace(head, state=known.state, published_at=known.published_at)


def _undo_merge(draft: Draft, command: Command, done: Applied) -> None:
    gone, stays = draft.signal(done.signal_id), _in_place(draft, done, done.other_ids[0])
    if gone.merged_into != stays.signal_id:
        raise RefusedError(f"{gone.signal_id} is no longer merged into {stays.signal_id}")
    source = named_today(draft.substance(stays.signal_id), draft.resolve_story)
    before = draft.components(stays.signal_id).strength
    if done.action == "merge-stories":
        _unjoin(draft, done, stays)
    _let_go(draft, command, done, gone, stays, source, before)


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
    known, other = _known(done, gone.signal_id), _known(done, stays.signal_id)
    back = replace(gone, merged_into="", state=known.state)
    draft.signals[gone.signal_id], draft.signals[stays.signal_id] = back, stays
    back = draft.put_signal(_again(draft, with_former(draft, recounted(draft, back), known), known))
    left = with_former(draft, recounted(draft, stays), other)
    left = draft.put_signal(_again(draft, left, other))
    moved, mass = passed(source, Substance(), named_today(own, draft.resolve_story))
    note = _note(command, done)
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


def _undo_merge_stories(draft: Draft, command: Command, done: Applied) -> None:
    if done.other_ids[0] != done.signal_id:
        _undo_merge(draft, command, done)
        return
    head = _in_place(draft, done, done.signal_id)
    source = named_today(draft.substance(head.signal_id), draft.resolve_story)
    before = draft.components(head.signal_id).strength
    _unjoin(draft, done, head)
    head = draft.put_signal(recounted(draft, head))
    mass = difference(source, named_today(draft.substance(head.signal_id), draft.resolve_story))
    draft.emit("undone", head, before, note=_note(command, done), by=command.by, mass=mass)


def _undo_split(draft: Draft, command: Command, done: Applied) -> None:
    parent = draft.signal(done.signal_id)
    children = [draft.signal(child_id) for child_id in done.other_ids]
    for child in children:
        _in_place(draft, done, child.signal_id)
        if child.state == "dismissed":
            raise RefusedError(f"{child.signal_id}, a part of {parent.signal_id}, is dismissed: restore it first")
    sources = [named_today(draft.substance(child.signal_id), draft.resolve_story) for child in children]
    strengths = [draft.components(child.signal_id).strength for child in children]
    whole = [draft.substance(child.signal_id) for child in children]
    _put_stories_together(draft, done, children)
    known, note = _known(done, parent.signal_id), _note(command, done)
    parent = replace(parent, state=known.state, published_at=known.published_at, children=())
    draft.signals[parent.signal_id] = parent
    held, before = Substance(), 0.0
    for child, source, part, strength in zip(children, sources, whole, strengths, strict=True):
        had = named_today(held, draft.resolve_story)
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
        before = parent.strength
        left = tuple(negative(one) for one in source.mass())
        draft.emit("undone", away, strength, note=note, by=command.by, other_id=parent.signal_id, mass=left)
    parent = draft.drop_revisions(parent)
    if parent.state == "candidate":
        settle(draft, parent, before, note=note, by=command.by)


def _put_stories_together(draft: Draft, done: Applied, children: list[SignalHead]) -> None:
    """Join the parts of the stories that the split divided, wherever they still stand for themselves."""
    held = [member for child in children for member in members(draft, child.signal_id)]
    articles = {article_id for article_id, _ in held}
    under = sorted({each for child in children for each in draft.state.stories_of.get(child.signal_id, ())})
    for story_id in under:
        for number in range(len(children)):
            fresh = draft.state.stories.get(story_of(story_id, done.command_id, number))
            if fresh is not None and not fresh.merged_into:
                join_heads(draft, fresh, draft.story(story_id), articles)


def _undo_reject(draft: Draft, command: Command, done: Applied) -> None:
    article_id, key = done.other_ids
    whole = draft.mark(article_id)
    assert whole is not None, "a mark is never removed"
    mark = next((mark for mark in whole.evidence if mark.quote_key == key and mark.rejected), None)
    if mark is None or not mark.signal_id:
        raise RefusedError(
            f"{article_id} no longer says what {done.evidence_id} quoted: there is nothing to bring back"
        )
    story = draft.story(mark.story_id)
    mark = replace(mark, rejected=False, signal_id=story.signal_id)
    head = draft.signal(draft.resolve_signal(story.signal_id))
    before = draft.components(head.signal_id).strength
    others = [m for m in whole.evidence if not m.rejected and draft.resolve_story(m.story_id) == story.story_id]
    put_mark(draft, article_id, mark)
    if not others:
        draft.put_story(with_article(story, mark))
    draft.substance(head.signal_id).count(mark)
    known = _known(done, done.signal_id)
    draft.signals[head.signal_id] = head
    counted = with_former(draft, recounted(draft, head), known if known.signal_id == head.signal_id else former(head))
    if head.state == "dormant":  # perhaps because nothing was left
        counted = replace(counted, state=known.state)
    head = draft.put_signal(counted)
    note = _note(command, done)
    draft.changes.append(
        EvidenceChange(mark.evidence_id, "accepted", mark.story_id, mark.signal_id, mark.stance, mark.micro, note)
    )
    mass = _told(mark, story.story_id)
    head = draft.emit("undone", head, before, note=note, by=command.by, evidence_id=mark.evidence_id, mass=mass)
    settle(draft, head, before, note=note, by=command.by)


def _told(mark: EvidenceMark, story_id: str) -> tuple[Mass, ...]:
    return (mass_of(replace(mark, story_id=story_id), mark.micro),) if mark.micro else ()


def _undo_rename(draft: Draft, command: Command, done: Applied) -> None:
    head = _standing(draft, done)
    later = _since(draft, done, head.signal_id, "rename")
    if later is not None and not later.undone:
        raise RefusedError(f"{head.signal_id} was renamed again since: undo {later.command_id} first")
    known = _known(done, head.signal_id)
    former_head = replace(head, title=done.former_title, retitled=known.retitled)
    draft.drop_revisions(say(draft, command, former_head, "undone", f"was “{head.title}”"))


def _undo_dismiss(draft: Draft, command: Command, done: Applied) -> None:
    head, known = _standing(draft, done), _known(done, done.signal_id)
    if head.state != "dismissed":
        raise RefusedError(f"{head.signal_id} is not dismissed any more: there is nothing to undo")
    head = replace(head, state=known.state, published_at=known.published_at)
    head = say(draft, command, head, "undone", "dismissed no more")
    settle(draft, head, head.strength, note=_note(command, done), by=command.by)


def _undo_restore(draft: Draft, command: Command, done: Applied) -> None:
    head = _standing(draft, done)
    if head.state == "dismissed":
        raise RefusedError(f"{head.signal_id} is dismissed again already: there is nothing to undo")
    head = replace(head, state="dismissed", published_at=_known(done, head.signal_id).published_at)
    say(draft, command, head, "undone", "dismissed again")


def _undo_pin(draft: Draft, command: Command, done: Applied) -> None:
    head, pinned = _standing(draft, done), done.action == "unpin"
    if head.pinned == pinned:
        raise RefusedError(f"{head.signal_id} is as it was before {done.command_id}: there is nothing to undo")
    say(draft, command, replace(head, pinned=pinned), "undone", "pinned again" if pinned else "pinned no more")


def _standing(draft: Draft, done: Applied) -> SignalHead:
    head = draft.signal(done.signal_id)
    if head.state in ("merged", "split"):
        where = head.merged_into or ", ".join(head.children)
        raise RefusedError(f"{head.signal_id} is {head.state} since (see {where}): undo that first")
    return head


_WAYS: Mapping[str, Callable[[Draft, Command, Applied], None]] = {
    "merge": _undo_merge,
    "merge-stories": _undo_merge_stories,
    "split": _undo_split,
    "rename": _undo_rename,
    "dismiss": _undo_dismiss,
    "restore": _undo_restore,
    "pin": _undo_pin,
    "unpin": _undo_pin,
    "reject-evidence": _undo_reject,
}
