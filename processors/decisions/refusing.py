"""Why a command is not applied, and whom its ids name today."""

from __future__ import annotations

from processors.decisions.draft import Draft
from schemas.ledger import Applied, Former, SignalHead
from schemas.proposal import Command

WATCHMAN = "watchman"  # who asks on behalf of the ledger's own upkeep: pinned signals are not its business


class RefusedError(Exception):
    """Carries the reason, with the id and the remedy. Nothing of the command is applied then."""


def target(draft: Draft, command: Command, signal_id: str) -> SignalHead:
    """Return the signal that an id names today: merges are followed, divided ones must be named by their parts."""
    if not draft.has_signal(signal_id):
        raise RefusedError(f"there is no signal {signal_id}: `bellwether signals` lists their ids")
    head = draft.signal(draft.resolve_signal(signal_id))
    if head.state == "split":
        raise RefusedError(f"{signal_id} was divided: name one of its parts, {', '.join(head.children)}")
    if head.pinned and command.by == WATCHMAN:
        raise RefusedError(f"{head.signal_id} is pinned: only an analyst may change it")
    return head


def not_dismissed(head: SignalHead) -> SignalHead:
    """Return the head, unless it is dismissed."""
    if head.state == "dismissed":
        raise RefusedError(f"{head.signal_id} is dismissed: restore it first")
    return head


def note_of(command: Command, what: str) -> str:
    """Return what an event says of a command."""
    return f"{what}: {command.reason}" if command.reason else what


def record(
    draft: Draft,
    command: Command,
    head: SignalHead,
    before: tuple[Former, ...],
    *,
    others: tuple[str, ...] = (),
    evidence_id: str = "",
    action: str = "",
) -> None:
    """Note that a command was applied, and how `head`, its signal, was before."""
    draft.applied.append(
        Applied(
            command_id=command.command_id,
            n=draft.n,
            action=action or command.action,
            signal_id=head.signal_id,
            other_ids=others,
            evidence_id=evidence_id,
            former_title=head.title,
            former_state=head.state,
            by=command.by,
            reason=command.reason,
            refused="",
            former=before,
        )
    )
