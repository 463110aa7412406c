"""The ledger's decision: (state, proposal, policy) → one commit, or none when the proposal comes late or twice."""

from __future__ import annotations

from datetime import datetime

from processors.decisions.admissible import refused
from processors.decisions.commands import apply_command, refuse
from processors.decisions.draft import Draft
from processors.decisions.extraction import apply_extraction, is_settled
from processors.decisions.lifecycle import advance, believed
from processors.decisions.questions import apply_answer
from processors.decisions.signals import cut
from processors.decisions.state import EPOCH, LedgerState
from processors.decisions.upkeep import keep_up
from schemas.copying import replace
from schemas.ledger import Commit, InputPosition
from schemas.proposal import Proposal, Revision


def decide(state: LedgerState, proposal: Proposal, position: InputPosition, committed_at: datetime) -> Commit | None:
    """Return what `proposal` changes, as commit number `state.n + 1`; None when it changes nothing.

    Pure: `state` stays as it is until the caller folds the commit. `committed_at` (wall clock) is only recorded.
    """
    draft = Draft(state, proposal, state.policy)
    if proposal.extraction is not None:
        draft.next_ordinal = max(state.next_ordinal, proposal.extraction.ordinal + 1)
        if not is_settled(state.marks.get(proposal.extraction.article_id), proposal.extraction):
            if proposal.extraction.date_flag == "ok" or state.now == EPOCH:
                advance(draft, believed(draft, proposal.extraction.published_at))
            apply_extraction(draft, proposal.extraction)
            keep_up(draft)
        elif draft.next_ordinal == state.next_ordinal:
            return None  # otherwise the commit says only that nobody has to wait for this ordinal
    elif proposal.answer is not None:
        if proposal.answer.question_id not in state.questions:
            return None
        apply_answer(draft, proposal.answer)
        keep_up(draft)
    elif proposal.revision is not None:
        if not _applies(state, proposal.revision):
            return None
        _apply_revision(draft, proposal.revision)
    elif proposal.tick is not None:
        if proposal.tick.to <= state.now:
            return None
        advance(draft, proposal.tick.to)
        if not draft.signals and draft.now.replace(minute=0, second=0, microsecond=0) <= state.now:
            return None  # within the hour and nothing happened: not worth a commit
    elif proposal.command is not None:
        if proposal.command.command_id in state.applied:
            return None
        draft = apply_command(draft, proposal.command)
    else:
        return None
    return draft.commit(position, committed_at)


def decide_anyway(
    state: LedgerState, proposal: Proposal, position: InputPosition, committed_at: datetime
) -> tuple[Commit | None, Exception | None]:
    """Return what `decide` gives; after a fault of ours, which is returned too, the refusal of the command or article.

    The state is untouched by a fault, so that the ledger can go on.
    """
    try:
        return decide(state, proposal, position, committed_at), None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        if proposal.command is not None:  # whoever asked gets an answer
            why = f"the ledger could not decide on it: {reason}"[:500]
            return decide_refusal(state, proposal, why, position, committed_at), error
        if proposal.extraction is not None:
            return decide(state, refused(proposal, reason, state.now), position, committed_at), error
        return None, error


def decide_refusal(
    state: LedgerState, proposal: Proposal, reason: str, position: InputPosition, committed_at: datetime
) -> Commit | None:
    """Return the commit that refuses a command for a reason of ours; None when it was dealt with before."""
    if proposal.command is None or proposal.command.command_id in state.applied:
        return None
    draft = refuse(Draft(state, proposal, state.policy), proposal.command, reason)
    return draft.commit(position, committed_at)


def _applies(state: LedgerState, revision: Revision) -> bool:
    # What was written of a signal that was merged or divided since has other evidence in view than what its survivors
    # rest on: those are narrated by themselves.
    head = state.signals.get(revision.signal_id)
    # What was written with older events in view than the words there are, or the same again, must not bring old words
    # back. While a narrator writes, new events may come: they are narrated next.
    return (
        head is not None
        and head.state not in ("merged", "split")
        and head.revised_seq < revision.based_on_seq <= head.seq
        and bool(revision.title.strip())
        and (
            (revision.title != head.title and not head.retitled)
            or revision.analysis != head.analysis
            or bool(revision.scope)
        )
    )


def _apply_revision(draft: Draft, revision: Revision) -> None:
    head = draft.signal(revision.signal_id)
    before = draft.components(head.signal_id).strength
    head = replace(
        head,
        title=head.title if head.retitled else cut(revision.title, draft.policy.title_length),
        analysis=revision.analysis,
        sentences=revision.sentences,
        narrator=revision.narrator,
        revised_seq=revision.based_on_seq,
    )
    if revision.scope and not head.rescoped and head.evidence < draft.policy.scope_evidence:
        mechanism = revision.mechanism or head.mechanism
        head = replace(
            head,
            scope=revision.scope,
            mechanism=mechanism,
            rescoped=True,
            embedding=revision.embedding,  # the former scope's vector says nothing of the new one
            embedding_model=revision.embedding_model,
        )
    head = draft.put_signal(head)
    note = f"by {revision.narrator}, citing {', '.join(revision.cites)}"
    draft.emit("revised", head, before, note=note, analyst=revision.narrator, analysis=revision.analysis)
