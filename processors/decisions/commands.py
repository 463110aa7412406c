"""Commands: each gets exactly one record of what became of it, applied or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from processors.decisions.admissible import reason_against_command
from processors.decisions.curating import dismiss, pin, reject_evidence, rename, restore, unpin
from processors.decisions.draft import Draft
from processors.decisions.merging import merge
from processors.decisions.refusing import RefusedError
from processors.decisions.splitting import split
from processors.decisions.undoing import undo
from schemas.ledger import Applied
from schemas.proposal import Command, CommandAction

_ACTIONS: Mapping[CommandAction, Callable[[Draft, Command], None]] = {
    "merge": merge,
    "split": split,
    "rename": rename,
    "dismiss": dismiss,
    "restore": restore,
    "pin": pin,
    "unpin": unpin,
    "reject-evidence": reject_evidence,
    "undo": undo,
}


def apply_command(draft: Draft, command: Command) -> Draft:
    """Return the draft with the command applied, or one that only refuses it."""
    reason = reason_against_command(command)
    if reason:
        return refuse(draft, command, reason)
    try:
        _ACTIONS[command.action](draft, command)
    except RefusedError as refusal:
        return refuse(draft, command, str(refusal))
    return draft


def refuse(draft: Draft, command: Command, reason: str) -> Draft:
    """Return a draft of the same proposal that changes nothing and says why."""
    bare = Draft(draft.state, draft.proposal, draft.policy)
    bare.applied.append(
        Applied(
            command_id=command.command_id,
            n=bare.n,
            action=command.action,
            signal_id=command.signal_id,
            other_ids=(command.into,) if command.into else (),
            evidence_id=command.evidence_id,
            former_title="",
            former_state="",
            by=command.by,
            reason=command.reason,
            refused=reason,
        )
    )
    return bare
