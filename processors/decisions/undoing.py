"""Taking a command back. What came in meanwhile stays, and is counted where it belongs then."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from processors.decisions.counting import former, recounted, with_former
from processors.decisions.curating import put_mark, say
from processors.decisions.draft import Draft
from processors.decisions.parting import SPLIT_OFF
from processors.decisions.refusing import RefusedError, record
from processors.decisions.rejoining import undo_merge, undo_merge_stories, undo_split
from processors.decisions.settling import settle
from processors.decisions.story_heads import with_article
from processors.decisions.substance import mass_of
from processors.decisions.undo_checks import known_of, since, undo_note
from schemas.copying import replace
from schemas.ledger import Applied, EvidenceChange, EvidenceMark, SignalHead, StoryHead
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
    mark = replace(mark, rejected=False, signal_id=_own_signal(draft, mark, story))
    head = draft.signal(draft.resolve_signal(story.signal_id))
    before = draft.components(head.signal_id).strength
    others = [m for m in whole.evidence if not m.rejected and draft.resolve_story(m.story_id) == story.story_id]
    put_mark(draft, article_id, mark)
    if not others:
        draft.put_story(with_article(story, mark))
    draft.substance(head.signal_id).count(mark)
    known = known_of(done, done.signal_id)
    draft.signals[head.signal_id] = head
    counted = with_former(draft, recounted(draft, head), known if known.signal_id == head.signal_id else former(head))
    if head.state == "dormant":  # perhaps because nothing was left
        counted = replace(counted, state=known.state)
    head = draft.put_signal(counted)
    note = undo_note(command, done)
    draft.changes.append(
        EvidenceChange(mark.evidence_id, "accepted", mark.story_id, mark.signal_id, mark.stance, mark.micro, note)
    )
    mass = _told(mark, story.story_id)
    head = draft.emit("undone", head, before, note=note, by=command.by, evidence_id=mark.evidence_id, mass=mass)
    if head.evidence != known.evidence or head.signal_id != known.signal_id:
        settle(draft, head, before, note=note, by=command.by)


def _own_signal(draft: Draft, mark: EvidenceMark, story: StoryHead) -> str:
    """Return the signal that the evidence is marked with: that of its own story, so that merges can be taken back."""
    own = (draft.stories.get(mark.story_id) or draft.state.stories[mark.story_id]).signal_id
    return own if draft.resolve_signal(own) == draft.resolve_signal(story.signal_id) else story.signal_id


def _told(mark: EvidenceMark, story_id: str) -> tuple[Mass, ...]:
    return (mass_of(replace(mark, story_id=story_id), mark.micro),) if mark.micro else ()


def _undo_rename(draft: Draft, command: Command, done: Applied) -> None:
    head = _standing(draft, done)
    later = since(draft, done, head.signal_id, "rename")
    if later is not None and not later.undone:
        raise RefusedError(f"{head.signal_id} was renamed again since: undo {later.command_id} first")
    known = known_of(done, head.signal_id)
    former_head = replace(head, title=done.former_title, retitled=known.retitled)
    draft.drop_revisions(say(draft, command, former_head, "undone", f"was “{head.title}”"))


def _undo_dismiss(draft: Draft, command: Command, done: Applied) -> None:
    head, known = _standing(draft, done), known_of(done, done.signal_id)
    if head.state != "dismissed":
        raise RefusedError(f"{head.signal_id} is not dismissed any more: there is nothing to undo")
    head = replace(head, state=known.state, published_at=known.published_at)
    head = say(draft, command, head, "undone", "dismissed no more")
    if head.evidence != known.evidence:  # what came meanwhile may have earned it more
        settle(draft, head, head.strength, note=undo_note(command, done), by=command.by)


def _undo_restore(draft: Draft, command: Command, done: Applied) -> None:
    head = _standing(draft, done)
    if head.state == "dismissed":
        raise RefusedError(f"{head.signal_id} is dismissed again already: there is nothing to undo")
    head = replace(head, state="dismissed", published_at=known_of(done, head.signal_id).published_at)
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
    "merge": undo_merge,
    "merge-stories": undo_merge_stories,
    "split": undo_split,
    SPLIT_OFF: undo_split,
    "rename": _undo_rename,
    "dismiss": _undo_dismiss,
    "restore": _undo_restore,
    "pin": _undo_pin,
    "unpin": _undo_pin,
    "reject-evidence": _undo_reject,
}
