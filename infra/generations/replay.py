"""`bellwether replay`: recorded history once more, in its order, into a shadow generation of its own.

No broker is between: articles are read by as many processes as one likes, and one ledger decides in recorded order, a
batch at a time. What is durable is known by the shadow's last commit, so that a replay that was stopped or killed goes
on where it was.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from infra.clock import wall_clock
from infra.generations.addresses import Spot, named, readdressed
from infra.generations.batches import Batch, Batches
from infra.generations.progress import Progress
from infra.generations.shadow import ShadowLedger
from processors.agents.judge import abstention, answer_proposal
from processors.ports import Judge
from schemas.copying import replace
from schemas.errors import Poison, Retryable
from schemas.proposal import Answer, Proposal, Question
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.history import Recorded, recorded
from sinks.clickhouse.snapshot import HeadSnapshot
from sinks.clickhouse.spots import spots_in, spots_of

log = logging.getLogger("bellwether.replay")
_AHEAD: Final = 3  # batches that are read while one is decided on
BATCH: Final = 512  # commits of history at a time
ASKING_BATCH: Final = 32  # the same where a judge is asked: its answers come at the end of each batch


_PAUSES: Final = (1.0, 4.0)  # seconds before another try of the judge
_LONGEST: Final = 30.0


class Stopped(Exception):
    """Whoever asked for the replay wants no more of it."""


class Replay:
    """One run. `spent` gives the money of it so far; `stop` says that it is to end; `show` is told after each batch."""

    def __init__(
        self,
        store: Store,
        shadow: ShadowLedger,
        batches: Batches,
        *,
        upto: int,
        judge: Judge | None = None,
        rate: float = 0.0,
        spent: Callable[[], float] = lambda: 0.0,
        stop: Callable[[], bool] = lambda: False,
        show: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._store, self._shadow, self._batches, self._judge = store, shadow, batches, judge
        self._upto, self._rate, self._spent, self._stop, self._show = upto, rate, spent, stop, show
        self.progress = Progress(0, upto)  # of this run, whether or not it came to its end

    async def run(self) -> None:
        """Run from where the shadow is to the source's commit `upto`.

        Raises Stopped, or Retryable when a service does not answer or a limit holds; the next run goes on.
        """
        after = await self._shadow.start()
        await self._answer(after)
        began, began_at, articles = time.monotonic(), after, 0
        page = ASKING_BATCH if self._judge is not None else max(1, min(BATCH, int(self._rate or BATCH)))
        pages = recorded(self._store, self._shadow.source, after, self._upto, page)
        self.progress = Progress(after, self._upto, after)
        ahead: deque[asyncio.Task[Batch]] = deque()
        try:
            while True:
                while len(ahead) < _AHEAD and (rows := await asyncio.to_thread(_next, pages)) is not None:
                    ahead.append(asyncio.create_task(self._batches.make(rows)))
                if not ahead:
                    break
                while not ahead[0].done():
                    self._unless_stopped()
                    await asyncio.wait({ahead[0]}, timeout=0.2)
                self._unless_stopped()
                batch = ahead.popleft().result()
                await self._decide(batch)
                articles += batch.articles
                seconds = time.monotonic() - began
                self.progress = Progress(batch.last, self._upto, began_at, seconds, articles, self._spent())
                self._show(self.progress)
                if self._rate:
                    await asyncio.sleep(max(0.0, began + articles / self._rate - time.monotonic()))
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)
            await self._shadow.finish()

    def _unless_stopped(self) -> None:
        if self._stop():
            raise Stopped

    async def close_questions(self) -> int:
        """Let policy decide what nobody answered; return how many questions that were.

        What is open in the source as well has its answer later, in what is recorded by then.
        """
        snapshot = await asyncio.to_thread(HeadSnapshot, self._store, self._shadow.source)
        waiting = {question.question_id for question in await asyncio.to_thread(lambda: list(snapshot.questions()))}
        left = [question for question in self._shadow.questions() if question.question_id not in waiting]
        for question in left:
            late = Answer(question.question_id, (), "deadline", "the replay has no answer to it")
            self._shadow.take(answer_proposal(late, self._shadow.generation, wall_clock()), self._upto)
        await self._shadow.finish()
        return len(left)

    async def _decide(self, batch: Batch) -> None:
        for n, proposal in batch.due:
            try:
                self._shadow.take(proposal if proposal.command is None else await self._addressed(proposal), n)
            except Poison as poison:
                log.error("%s is left out: %s", proposal.proposal_id, poison)
        await self._shadow.settle()
        await self._answer(batch.last)

    async def _answer(self, n: int) -> None:
        """Ask the judge what is open, and decide on the answers in order of the questions, whoever came first."""
        if self._judge is None:
            return
        while questions := self._shadow.questions():
            answers = await asyncio.gather(*(_asked(self._judge, each) for each in questions))
            for answer in answers:  # in order of the questions
                self._shadow.take(answer_proposal(answer, self._shadow.generation, wall_clock()), n)
            await self._shadow.settle()
            if {each.question_id for each in self._shadow.questions()} >= {each.question_id for each in questions}:
                return  # nothing was closed by it: never ask in a circle

    async def _addressed(self, proposal: Proposal) -> Proposal:
        command = proposal.command
        assert command is not None
        signals, evidence = named(command)
        kept = {each for each in signals if each in self._shadow.state.signals}
        if kept == signals and not evidence:
            return proposal
        await self._shadow.finish()  # its tables are looked at
        source, name = self._shadow.source, self._shadow.generation
        meant = _spots(await asyncio.to_thread(spots_of, self._store, source, sorted(signals), sorted(evidence)))
        there = _spots(
            await asyncio.to_thread(spots_in, self._store, name, sorted({spot.article_id for spot in meant}))
        )
        return replace(proposal, command=readdressed(command, meant, there, kept))


async def _asked(judge: Judge, question: Question) -> Answer:
    """Return the answer. Raises Retryable when the service stays away or a limit holds: history can wait for it."""
    for pause in (*_PAUSES, None):
        try:
            return await judge.answer(question)
        except Retryable as wait:
            if pause is None or (wait.after or 0.0) > _LONGEST:
                raise
            await asyncio.sleep(max(pause, wait.after or 0.0))
        except Exception as error:
            return abstention(question, judge, f"{type(error).__name__}: {error}")
    raise AssertionError("the last try returns or raises")


def _next(pages: Iterator[list[Recorded]]) -> list[Recorded] | None:
    return next(pages, None)


def _spots(rows: Sequence[Row]) -> list[Spot]:
    return [
        Spot(row["evidence_id"], row["article_id"], row["quote_start"], row["quote_end"], row["signal_id"])
        for row in rows
    ]
