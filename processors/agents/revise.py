"""The role `revise`: signal events in, revisions of title and analysis as proposals out, a few events at a time."""

from __future__ import annotations

from typing import Any

from processors.app import Wiring
from processors.guard import Guard
from processors.window import Window
from schemas.codec import decode, encode
from schemas.errors import Poison
from schemas.events import SignalEvent
from schemas.proposal import Proposal
from schemas.topics import PROPOSALS, SIGNAL_EVENTS

KEPT = 12  # events a signal shown to the narrator


def attach(wiring: Wiring) -> None:
    """Add the agent to the app."""
    config, ports, emitter = wiring.config, wiring.ports, wiring.emitter
    narrator = ports.narrator
    assert narrator is not None
    guard = Guard(emitter, config.incarnation, ports.now)
    recent: dict[str, tuple[SignalEvent, ...]] = {}

    async def handle(event: Any) -> None:
        try:
            change = decode(event.message.value, SignalEvent)
        except Poison as poison:
            guard.bury(event, f"revise/{poison.stage}", poison.reason)
            return
        if change.kind == "revised":
            return
        events = (*recent.get(change.signal_id, ()), change)[-KEPT:]
        recent[change.signal_id] = events
        try:
            revision = await narrator.revise(events)
        except Exception as error:  # the signal keeps the words it has
            guard.bury(event, "revise/narrator", f"{type(error).__name__}: {error}")
            return
        if revision is not None:
            proposal = Proposal(
                proposal_id=f"r:{revision.signal_id}:{revision.based_on_seq}",
                generation=config.generation,
                kind="revision",
                proposed_at=ports.now(),
                revision=revision,
            )
            emitter.send(PROPOSALS.named(config.generation), encode(proposal))

    @wiring.app.agent(wiring.topic(SIGNAL_EVENTS), name="revise")  # type: ignore[untyped-decorator]
    async def revise(stream: Any) -> None:
        await Window(1, emitter.flush).run(stream.noack().events(), handle)
