"""What an analyst does to one signal: its title, whether it is shown and left alone by the clock, its evidence."""

from __future__ import annotations

from processors.decisions.counting import former
from processors.decisions.draft import Draft
from processors.decisions.membership import discount
from processors.decisions.refusing import RefusedError, note_of, record, target
from processors.decisions.settling import as_its_sums_say
from processors.decisions.signals import cut
from schemas.copying import replace
from schemas.ledger import EvidenceChange, EvidenceMark, SignalHead
from schemas.proposal import Command
from schemas.vocabulary import EventKind


def rename(draft: Draft, command: Command) -> None:
    """Give a signal the analyst's title, which no narrator changes."""
    head = target(draft, command, command.signal_id)
    title = cut(command.title, draft.policy.title_length)
    if title == head.title and head.retitled:
        raise RefusedError(f"{head.signal_id} has this title already")
    record(draft, command, head, (former(head),))
    say(draft, command, replace(head, title=title, retitled=True), "renamed", f"was “{head.title}”")


def dismiss(draft: Draft, command: Command) -> None:
    """Take a signal out of sight. Its stories stay its own: what joins them is counted, and opens nothing new."""
    head = target(draft, command, command.signal_id)
    if head.state == "dismissed":
        raise RefusedError(f"{head.signal_id} is already dismissed: `restore` brings it back")
    record(draft, command, head, (former(head),))
    say(draft, command, replace(head, state="dismissed"), "dismissed", "dismissed")


def restore(draft: Draft, command: Command) -> None:
    """Bring a dismissed signal back, into the state that its sums give it today."""
    head = target(draft, command, command.signal_id)
    if head.state != "dismissed":
        raise RefusedError(f"{head.signal_id} is not dismissed, it is {head.state}: there is nothing to restore")
    record(draft, command, head, (former(head),))
    say(draft, command, head, "revived", "restored", back=True)


def pin(draft: Draft, command: Command) -> None:
    """Keep a signal as it is: it does not fade, and the watchman leaves it alone."""
    head = target(draft, command, command.signal_id)
    if head.pinned:
        raise RefusedError(f"{head.signal_id} is already pinned: `unpin` lets it go")
    record(draft, command, head, (former(head),))
    say(draft, command, replace(head, pinned=True), "pinned", "pinned")


def unpin(draft: Draft, command: Command) -> None:
    """Give a signal back to the clock."""
    head = target(draft, command, command.signal_id)
    if not head.pinned:
        raise RefusedError(f"{head.signal_id} is not pinned: there is nothing to unpin")
    record(draft, command, head, (former(head),))
    say(draft, command, replace(head, pinned=False), "pinned", "pinned no more")


def reject_evidence(draft: Draft, command: Command) -> None:
    """Take one evidence out of the sums for good: its mark stays, so that the same words do not come in again."""
    head, article_id = _holder(draft, command)
    whole = draft.mark(article_id)
    assert whole is not None, "evidence belongs to an article that was seen"
    mark = next(mark for mark in whole.evidence if mark.evidence_id == command.evidence_id)
    others = (article_id, mark.quote_key)
    record(draft, command, head, (former(head),), others=others, evidence_id=mark.evidence_id)
    why = note_of(command, f"rejected by {command.by}")
    draft.changes.append(
        EvidenceChange(mark.evidence_id, "rejected", mark.story_id, mark.signal_id, mark.stance, 0, why)
    )
    put_mark(draft, article_id, replace(mark, rejected=True))
    left = [other for other in whole.evidence if other.evidence_id != mark.evidence_id]
    discount(draft, mark, left, note=f"{why} ({mark.evidence_id}, {article_id})", by=command.by)


def put_mark(draft: Draft, article_id: str, changed: EvidenceMark) -> None:
    """Keep a changed mark of one evidence of an article."""
    whole = draft.mark(article_id)
    assert whole is not None, "evidence belongs to an article that was seen"
    evidence = tuple(changed if mark.evidence_id == changed.evidence_id else mark for mark in whole.evidence)
    draft.marks[article_id] = replace(whole, n=draft.n, evidence=evidence)


def say(
    draft: Draft, command: Command, head: SignalHead, kind: EventKind, what: str, *, back: bool = False
) -> SignalHead:
    """Keep the changed head and tell of it; `back` lets its sums give it its state."""
    before = draft.components(head.signal_id).strength
    if back:
        state = as_its_sums_say(draft, head)
        first = state == "published" and head.published_at is None
        head = replace(head, state=state, published_at=draft.now if first else head.published_at)
    return draft.emit(kind, draft.put_signal(head), before, note=note_of(command, what), by=command.by)


def _holder(draft: Draft, command: Command) -> tuple[SignalHead, str]:
    """Return the signal that holds the evidence, also when the one that was named is divided by now."""
    todo, seen = [command.signal_id], set[str]()
    while todo:
        signal_id = draft.resolve_signal(todo.pop())
        if not draft.has_signal(signal_id):
            raise RefusedError(f"there is no signal {command.signal_id}: `bellwether signals` lists their ids")
        head = draft.signal(signal_id)
        if article_id := draft.state.holdings.article_of(signal_id, command.evidence_id):
            return target(draft, command, signal_id), article_id
        todo += [child for child in head.children if child not in seen]
        seen.update(head.children)
    raise RefusedError(
        f"{command.evidence_id} is no standing evidence of {command.signal_id}: "
        f"`bellwether signal {command.signal_id}` lists it"
    )
