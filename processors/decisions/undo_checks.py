"""What undoing needs to know: how things were, and whether anything stands in the way."""

from __future__ import annotations

from processors.decisions.draft import Draft
from processors.decisions.parting import SPLIT_OFF
from processors.decisions.refusing import RefusedError, note_of
from schemas.ledger import Applied, Former, SignalHead
from schemas.proposal import Command


def undo_note(command: Command, done: Applied) -> str:
    """Return what an event says of an undo."""
    return note_of(command, f"undid {done.action} {done.command_id}")


def since(draft: Draft, done: Applied, signal_id: str, *actions: str) -> Applied | None:
    """Return the later command on a signal that stands in the way, the latest that is not undone, None without one."""
    found = [
        later
        for later in draft.state.applied.values()
        if later.n > done.n and later.action in actions and later.signal_id == signal_id and not later.refused
    ]
    return max(found, key=lambda later: (not later.undone, later.n, later.command_id), default=None)


def in_place(draft: Draft, done: Applied, signal_id: str) -> SignalHead:
    """Return a signal that stands for itself; refuse if it was taken over or divided since."""
    head = draft.signal(signal_id)
    if head.merged_into:
        later = since(draft, done, signal_id, "merge", "merge-stories")
        raise RefusedError(
            f"{signal_id} was merged into {head.merged_into} since: undo {later.command_id if later else 'that'} first"
        )
    if head.state == "split":
        later = since(draft, done, signal_id, "split")
        raise RefusedError(f"{signal_id} was divided since: undo {later.command_id if later else 'that'} first")
    return head


def remembers(draft: Draft, done: Applied, signal_id: str) -> SignalHead:
    """Return a signal that still knows what it took over; refuse if it was ever divided since."""
    head = in_place(draft, done, signal_id)
    later = since(draft, done, signal_id, "split", SPLIT_OFF)
    if later is not None:
        raise RefusedError(
            f"{signal_id} was divided since ({later.command_id}), and remembers nothing of what it held before: "
            f"split it instead"
        )
    return head


def known_of(done: Applied, signal_id: str) -> Former:
    """Return how a signal was before the command."""
    return next(each for each in done.former if each.signal_id == signal_id)
