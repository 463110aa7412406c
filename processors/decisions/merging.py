"""One signal takes another over: a redirect. The marks stay as they are, so that it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass

from processors.decisions.counting import former, recounted
from processors.decisions.draft import Draft
from processors.decisions.passing import named_today, passed
from processors.decisions.refusing import RefusedError, not_dismissed, note_of, record, target
from processors.decisions.settling import settle
from processors.decisions.substance import Substance, negative
from schemas.copying import replace
from schemas.ledger import SignalHead
from schemas.proposal import Command


def merge(draft: Draft, command: Command) -> None:
    """Apply a merge: `signal_id` goes, `into` stays."""
    gone = not_dismissed(target(draft, command, command.signal_id))
    stays = not_dismissed(target(draft, command, command.into))
    if gone.signal_id == stays.signal_id:
        raise RefusedError(
            f"{command.signal_id} cannot be merged into {command.into}: both are {stays.signal_id} already"
        )
    record(draft, command, gone, (former(gone), former(stays)), others=(stays.signal_id,))
    held = held_by(draft, gone, stays)
    take_over(draft, gone, stays, held, note=note_of(command, f"took over {gone.signal_id}"), by=command.by)


@dataclass(frozen=True, slots=True)
class Held:
    """What two signals rested on before they became one, by the names that stories had then."""

    gone: Substance
    stays: Substance
    strength_gone: float
    strength_stays: float


def held_by(draft: Draft, gone: SignalHead, stays: SignalHead) -> Held:
    """Take down what both rest on; to be called before their stories are joined."""
    return Held(
        named_today(draft.substance(gone.signal_id), draft.resolve_story),
        named_today(draft.substance(stays.signal_id), draft.resolve_story),
        draft.components(gone.signal_id).strength,
        draft.components(stays.signal_id).strength,
    )


def take_over(draft: Draft, gone: SignalHead, stays: SignalHead, held: Held, *, note: str, by: str) -> SignalHead:
    """Redirect one signal to another and say so on both; return the survivor."""
    source = held.gone.copy()
    whole = draft.substance(stays.signal_id)
    whole.absorb(draft.substance(gone.signal_id))
    whole.forget_voices()
    draft.put_substance(gone.signal_id, Substance())
    away = draft.put_signal(replace(gone, state="merged", merged_into=stays.signal_id))
    best = max(stays, gone, key=lambda head: head.top_salience)  # the survivor's own, if equal
    head = recounted(draft, replace(stays, stories=tuple(dict.fromkeys((*gone.stories, *stays.stories)))))
    head = draft.put_signal(
        replace(
            head,
            opened_at=min(gone.opened_at, stays.opened_at),
            last_reinforced=max(gone.last_reinforced, stays.last_reinforced),
            top_evidence_id=best.top_evidence_id,
            top_salience=best.top_salience,
        )
    )
    moved, mass = passed(source, held.stays, named_today(whole, draft.resolve_story))
    head = draft.emit(
        "merged", head, held.strength_stays, note=note, by=by, other_id=gone.signal_id, stories_moved=moved, mass=mass
    )
    left = tuple(negative(part) for part in source.mass())
    into = f"merged into {stays.signal_id}"
    draft.emit("merged", away, held.strength_gone, note=into, by=by, other_id=stays.signal_id, mass=left)
    return settle(draft, head, held.strength_stays, note=f"with what {gone.signal_id} had", by=by, joined=gone)
