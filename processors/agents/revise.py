"""The role `revise`: signal events in, revisions of title and analysis as proposals out.

An event is acknowledged when its signal has been narrated with it in view, or when it asks for no narration. Signals
do not wait for each other; only acknowledgement is in order.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from structlog.contextvars import bind_contextvars

from processors.agents.debounce import Debounced
from processors.agents.signal_memory import SignalMemory
from processors.app import Wiring
from processors.decisions.narration import Debounce, due
from processors.guard import Guard
from processors.ports import Narrator
from processors.window import Window
from schemas.codec import decode, encode
from schemas.errors import Poison, Retryable
from schemas.events import SignalEvent
from schemas.proposal import Proposal, Revision
from schemas.topics import PROPOSALS, SIGNAL_EVENTS

log = logging.getLogger("bellwether.revise")
# Most of the events under way only wait for their signal to fall quiet.
WAITING: Final = 2_048
ATTEMPTS: Final = 3
LONGEST_PAUSE: Final = 60.0  # seconds between two attempts


def attach(wiring: Wiring) -> None:
    """Add the agent to the app."""
    config, ports, emitter = wiring.config, wiring.ports, wiring.emitter
    narrator = ports.narrator
    assert narrator is not None
    guard = Guard(emitter, config.incarnation, ports.now)
    rules = Debounce(quiet=config.narrate_quiet)
    memory = SignalMemory(ports.recall)
    newest: dict[str, Any] = {}  # the Faust event that a signal's narration waits for; gone when it has begun

    async def narrate(signal_id: str) -> None:
        bind_contextvars(signal_id=signal_id)  # each signal is narrated in a task of its own
        event = newest.pop(signal_id)
        events = memory.known(signal_id)
        if not events or not due(events, memory.told(signal_id), rules):
            return
        try:
            revision = await patiently(narrator, events, rules.quiet)
        except Retryable as error:  # it keeps the words it has, and its next event finds it due again
            log.warning(
                "signal %s is not narrated for now: %s", signal_id, error, extra={"event_id": events[-1].event_id}
            )
            return
        except Exception as error:
            guard.bury(event, "revise/narrator", f"{type(error).__name__}: {error}")
            return
        memory.tell(signal_id, events[-1].seq)
        if revision is not None:
            proposal = revision_proposal(revision, config.generation, ports.now())
            emitter.send(PROPOSALS.named(config.generation), encode(proposal))

    debounced = Debounced(narrate, rules)

    async def handle(event: Any) -> None:
        try:
            change = decode(event.message.value, SignalEvent, ports.schema_of)
        except Poison as poison:
            guard.bury(event, f"revise/{poison.stage}", poison.reason)
            return
        bind_contextvars(signal_id=change.signal_id, event_id=change.event_id)
        events = await memory.add(change)
        told = memory.told(change.signal_id)
        if change.kind != "revised" and change.seq > told and due(events, told, rules):
            newest[change.signal_id] = event
            await debounced.touch(change.signal_id)

    @wiring.app.agent(wiring.topic(SIGNAL_EVENTS), name="revise")  # type: ignore[untyped-decorator]
    async def revise(stream: Any) -> None:
        wiring.sign_logs("revise")
        try:
            await Window(WAITING, emitter.flush).run(stream.noack().events(), handle)
        finally:
            debounced.cancel()


async def patiently(narrator: Narrator, events: Sequence[SignalEvent], pause: float) -> Revision | None:
    """Return what the narrator says, asked up to three times, with longer pauses, while it raises Retryable."""
    for attempt in range(1, ATTEMPTS):
        try:
            return await narrator.revise(events)
        except Retryable as error:
            wait = error.after if error.after is not None else pause * 4 ** (attempt - 1)
            await asyncio.sleep(min(wait, LONGEST_PAUSE))
    return await narrator.revise(events)


def revision_proposal(revision: Revision, generation: str, now: Any) -> Proposal:
    """Return the proposal that carries a revision; the first one with the same events in view wins."""
    return Proposal(
        proposal_id=f"r:{revision.signal_id}:{revision.based_on_seq}",
        generation=generation,
        kind="revision",
        proposed_at=now,
        revision=revision,
    )
