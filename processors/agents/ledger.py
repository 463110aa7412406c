"""The role `ledger`: the one owner of stories and signals. Read proposals, decide, make durable, acknowledge.

Proposals are gathered for some milliseconds, decided one after the other in memory, and written as one group;
nothing is visible or acknowledged before the write is durable.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any, Final

import faust

from processors.agents.judge import answer_proposal
from processors.agents.ledger_core import LedgerCore
from processors.agents.table_snapshot import TableSnapshot
from processors.app import Wiring
from processors.emit import Emitter
from processors.guard import Guard
from schemas.codec import decode, encode
from schemas.errors import Poison
from schemas.ledger import InputPosition
from schemas.proposal import Answer, Proposal
from schemas.topics import COMMITS, PROPOSALS, QUESTIONS

log = logging.getLogger("bellwether.ledger")
CONFIRM_SECONDS: Final = 300.0  # a lost table is written anew in one go


class HeadTable(faust.Table[bytes, bytes]):
    """A table that Faust restores, and whose changes go to its changelog with confirmation.

    Faust's own sending tells nobody when the broker did not take a change, and belongs to a single event.
    """

    emitter: Emitter

    def on_key_set(self, key: bytes, value: bytes) -> None:
        """See faust.Table; the topic has one partition."""
        self.emitter.send(self.changelog_topic_name, value, key)

    def on_key_del(self, key: bytes) -> None:
        """See faust.Table."""
        self.emitter.send(self.changelog_topic_name, None, key)


def attach(wiring: Wiring) -> None:
    """Add the agent and its table to the app."""
    config, ports, emitter = wiring.config, wiring.ports, wiring.emitter
    commit_log = ports.commit_log
    assert commit_log is not None
    table = wiring.app.tables.add(HeadTable(wiring.app, name="heads", key_type=bytes, value_type=bytes, partitions=1))
    table.emitter = emitter
    core = LedgerCore(ports, TableSnapshot(table, partial(emitter.flush_now, CONFIRM_SECONDS)), config.generation)
    guard = Guard(emitter, config.incarnation, ports.now)
    commits_topic = COMMITS.named(config.generation)
    proposals_topic = PROPOSALS.named(config.generation)

    async def gather(queue: asyncio.Queue[Any]) -> list[Any]:
        events = [await queue.get()]
        deadline = asyncio.get_running_loop().time() + config.group_ms / 1000.0
        while len(events) < config.group_most:
            wait = deadline - asyncio.get_running_loop().time()
            try:
                events.append(queue.get_nowait() if wait <= 0 else await asyncio.wait_for(queue.get(), wait))
            except (asyncio.QueueEmpty, TimeoutError):
                break
        return events

    async def commit(queue: asyncio.Queue[Any]) -> None:
        unacknowledged: list[Any] = []
        held: set[int] = set()  # offsets whose proposals wait in the resequencer
        while True:
            for event in await gather(queue):
                unacknowledged.append(event)
                message = event.message
                position = InputPosition(config.incarnation, message.topic, message.partition, message.offset)
                held.add(message.offset)
                try:
                    proposal = decode(message.value, Proposal)
                    held.difference_update(core.offer(proposal, position))
                except Poison as poison:
                    guard.bury(event, f"ledger/{poison.stage}", poison.reason)
                    held.discard(message.offset)
            commits = await core.make_durable()
            if not commit_log.carries:
                for done in commits:
                    emitter.send(commits_topic, encode(done))
            await emitter.flush()
            if commits and ports.on_commits is not None:
                ports.on_commits(commits)
            while unacknowledged and unacknowledged[0].message.offset not in held:
                unacknowledged.pop(0).ack()

    def ended(committer: asyncio.Task[None]) -> None:
        """Memory may be ahead of the log: only a new start folds it right, so do not wait for the next event."""
        if not committer.cancelled():
            ports.on_fatal(committer.exception() or RuntimeError("the committer ended"))

    expired: set[str] = set()

    @wiring.app.timer(1.0)  # type: ignore[untyped-decorator]
    async def deadlines() -> None:
        """A question whose time is up gets an abstention, which is a proposal like any other and so replays."""
        for question in core.overdue(ports.now()):
            if question.question_id not in expired:
                expired.add(question.question_id)
                late = Answer(question.question_id, (), "deadline", "no judge answered in time")
                emitter.send(proposals_topic, encode(answer_proposal(late, config.generation, ports.now())))

    asked_again = False

    async def started() -> None:
        """Fold, once; then put the open questions again: the topic may have forgotten them, an answer counts once."""
        nonlocal asked_again
        await core.start()
        if not asked_again:
            asked_again = True
            for question in core.state.questions.values():
                emitter.send(QUESTIONS.named(config.generation), encode(question), question.evidence_id.encode())

    @wiring.app.agent(wiring.topic(PROPOSALS), name="ledger")  # type: ignore[untyped-decorator]
    async def ledger(stream: Any) -> None:
        wiring.sign_logs("ledger")
        if ports.snapshot is not None:
            await started()
        queue: asyncio.Queue[Any] = asyncio.Queue(maxsize=4 * config.group_most)
        committer = asyncio.create_task(commit(queue))
        committer.add_done_callback(ended)
        try:
            async for event in stream.noack().events():
                await started()  # only now is the table restored; a stand-by folds when its turn comes
                putting = asyncio.create_task(queue.put(event))
                await asyncio.wait({putting, committer}, return_when=asyncio.FIRST_COMPLETED)
                if committer.done():
                    raise committer.exception() or RuntimeError("the committer ended")
        finally:
            committer.cancel()
