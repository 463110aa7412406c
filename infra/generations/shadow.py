"""The ledger of a shadow generation: no broker, recorded order, one owner. Durable first, then in the tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from infra.clock import wall_clock
from processors.agents.ledger_core import LedgerCore
from processors.app import Ports
from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from schemas.ledger import InputPosition
from schemas.proposal import Proposal, Question
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.project import Projector
from sinks.clickhouse.snapshot import HeadSnapshot

HISTORY = "history"  # in the place of a broker's incarnation: offsets are commit numbers of the source


class ShadowLedger:
    """Owns one generation while a replay runs. Tables follow one batch behind the decisions."""

    def __init__(self, store: Store, generation: str, source: str, policy: Policy) -> None:
        self.generation, self.source = generation, source
        self._store, self._policy = store, policy
        self._log = ChdbCommitLog(store, generation)
        self._projector = Projector(store, generation)
        self._projecting: asyncio.Task[None] | None = None
        self._core: LedgerCore

    async def start(self) -> int:
        """Fold what there is; return the source's commit up to which this generation has come, 0 for a new one."""
        await asyncio.to_thread(self._catch_up)
        ports = Ports(
            now=wall_clock,
            commit_log=self._log,
            snapshot=HeadSnapshot(self._store, self.generation),
            policy=self._policy,
        )
        self._core = LedgerCore(ports, None, self.generation)
        await self._core.start()
        last = self.state.n
        at = next(iter(self._log.read(last - 1, last)), None) if last else None
        return at.input.offset if at and at.input.incarnation == HISTORY else 0

    @property
    def state(self) -> LedgerState:
        """The state, which nobody else changes."""
        return self._core.state

    def questions(self) -> Sequence[Question]:
        """Return the open questions, in order of id."""
        return sorted(self.state.questions.values(), key=lambda question: question.question_id)

    def take(self, proposal: Proposal, n: int) -> None:
        """Decide on a proposal that stands at the source's commit `n`. Raises Poison."""
        self._core.take(proposal, InputPosition(HISTORY, self.source, 0, n))

    async def settle(self) -> None:
        """Make what was decided durable, and begin to write it into the tables."""
        commits = await self._core.make_durable()
        await self._projected()
        if commits:
            self._projecting = asyncio.create_task(asyncio.to_thread(self._projector.apply, commits))

    async def finish(self) -> None:
        """The same, and wait until the tables have it."""
        await self.settle()
        await self._projected()

    async def _projected(self) -> None:
        task, self._projecting = self._projecting, None
        if task is not None:
            await task

    def _catch_up(self) -> None:
        CommitFollower(self._projector, self._log).catch_up()
