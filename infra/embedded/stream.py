"""The stream of one generation in one process: broker, ledger, publisher, extractors, sinks, door; one crash domain.

Start: fold every commit that the projections lack, open the door's books, start the roles, publish again what has
no outcome. Everything durable is in the store; the broker, embedded or a real Kafka, only carries.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.asked import asked_about
from infra.carrier import Carrier
from infra.clock import wall_clock
from infra.embedded.children import Children
from infra.embedded.intake import EmbeddedIntake, WindowSize
from infra.embedded.narration import wait_for_narration
from infra.embedded.shelf import Shelf
from infra.embedded.sinks import SinkThreads
from infra.llm import Binding, patience_for, window_for
from infra.logs import format_for
from infra.metrics.commits import MeasuredCommitLog
from infra.recall import recall_from
from infra.roles import Analysts, bound
from infra.settings import Settings
from processors.agents.extract import nothing_from, proposal_for
from processors.app import AppConfig, Ports, build_app
from processors.decisions.ids import revision_of
from processors.decisions.policy import Policy
from processors.emit import Emitter
from schemas.article import Article
from schemas.codec import encode
from schemas.ledger import Commit
from schemas.proposal import Proposal, Tick
from schemas.topics import LIVE, PROPOSALS
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.embeddings import check_embedding_model
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.project import Projector
from sinks.clickhouse.snapshot import HeadSnapshot
from sinks.clickhouse.stated import StatedPages
from sinks.consume import Stats

log = logging.getLogger("bellwether.stream")


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What distinguishes one embedded stream from another."""

    generation: str = LIVE
    policy: Policy = field(default_factory=Policy)
    on_projected: Sequence[Callable[[list[Commit]], None]] = ()
    shelf: Shelf | None = None  # what to read; None: every stored article
    on_fatal: Callable[[BaseException], None] | None = None  # None: the process ends at once
    analysts: Analysts | None = None  # None: the offline default; whoever gives them closes them


class EmbeddedStream:
    """Start and stop it inside a running event loop. Several generations may share a broker and a store."""

    def __init__(self, store: Store, broker: Carrier, settings: Settings, options: StreamOptions) -> None:
        self.store, self.broker, self.settings, self.options = store, broker, settings, options
        self.generation = options.generation
        self.commit_log = ChdbCommitLog(store, self.generation)
        self.projector = Projector(store, self.generation)
        self.articles: Shelf = options.shelf or ArticleStore(store)
        self._faust_folder = str(Path(settings.data).absolute() / "faust")
        self._emitter = Emitter(broker.connection)
        self._apps: list[Any] = []
        self._children: Children | None = None
        self._sinks: SinkThreads | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._analysts = options.analysts or bound(Binding())
        self.policy = options.policy.judged_by(self._analysts.judge_name)
        self.intake: EmbeddedIntake
        self.committed = 0  # the last durable commit that this process made or found

    async def start(self) -> None:
        """Bring everything up; returns when articles flow."""
        began = time.monotonic()
        await asyncio.to_thread(self.broker.prepare, self.generation, self.commit_log)
        size = self.settings.stream
        if size.workers:
            job = {
                "connection": self.broker.connection,
                "generation": self.generation,
                "incarnation": self.broker.incarnation,
                "fetch_wait_ms": self.broker.fetch_wait_ms,
                "session_timeout": self.broker.session_timeout,
                "window": window_for(self.settings),
                "datadir": self._faust_folder,
                "log": self.settings.log,
                "log_format": format_for(self.settings.log_format, service=False),
                "analyst": self._analysts.binding,
            }
            self._children = Children("extract", size.workers, job)
            self._children.start()
        await asyncio.to_thread(self._catch_up)
        model = self.settings.embedding_model
        if self.settings.uses_llm or model:
            await asyncio.to_thread(check_embedding_model, self.store, self.generation, model)
        self.intake = EmbeddedIntake(
            self.articles,
            self._emitter,
            self.generation,
            WindowSize(size.window_articles, size.window_bytes, patience_for(self.settings), size.attempts),
            time.monotonic,
            self._give_up,
            self._next_ordinal(),
            StatedPages(self.store) if self.options.shelf is None else None,
        )
        self.intake.expect(await asyncio.to_thread(asked_about, self.store, self.generation))
        self._sinks = SinkThreads(
            self.store, self.broker, self.generation, self.projector, self.commit_log, self._projected
        )
        self._sinks.start()
        ports = Ports(
            now=wall_clock,
            extractor=None if size.workers else self._analysts.extractor(),
            judge=self._analysts.judge,
            narrator=self._analysts.narrator,
            commit_log=MeasuredCommitLog(self.commit_log, wall_clock) if self.generation == LIVE else self.commit_log,
            snapshot=HeadSnapshot(self.store, self.generation),
            policy=self.policy,
            recall=recall_from(self.store, self.generation),
            on_fatal=self.options.on_fatal or _die,
            on_commits=self._durable,
        )
        roles = ["ledger", "publish", *([] if size.workers else ["extract"]), *self._asking_roles()]
        config = AppConfig(
            connection=self.broker.connection,
            generation=self.generation,
            incarnation=self.broker.incarnation,
            fetch_wait_ms=self.broker.fetch_wait_ms,
            session_timeout=self.broker.session_timeout,
            window=window_for(self.settings),
            datadir=self._faust_folder,
            narrate_quiet=self._analysts.binding.narrate_quiet,
        )
        for role in roles:
            app = build_app(role, config, ports)  # type: ignore[arg-type]
            app.finalize()
            self._apps.append(app)
        await asyncio.gather(*(app.start() for app in self._apps))
        await asyncio.to_thread(self.intake.start)
        await asyncio.to_thread(self.intake.read_again)
        self._tasks.append(asyncio.create_task(self._sweep()))
        log.info(
            "stream %s is up after %.1f s", self.generation, time.monotonic() - began,
            extra={"generation": self.generation, "commit": self.committed},
        )  # fmt: skip

    async def stop(self) -> None:
        """Take everything down; what has no outcome stays pending in the store."""
        for task in self._tasks:
            task.cancel()
        self.intake.stop()
        if self._children is not None:
            await asyncio.to_thread(self._children.stop)
        for app in reversed(self._apps):
            await app.stop()
            await asyncio.to_thread(app.emitter.close)
        if self._sinks is not None:
            await asyncio.to_thread(self._sinks.stop)
        await asyncio.to_thread(self._emitter.close)

    def settled(self) -> bool:
        """Say whether every admitted article has its outcome and the store shows it."""
        return self.intake.idle() and self.projector.position() >= self.committed

    async def settle(self, poll: float = 0.05) -> None:
        """Wait until `settled`."""
        while not self.settled():  # noqa: ASYNC110
            await asyncio.sleep(poll)

    async def narrated(self) -> bool:
        """Wait until what has happened is told in the signals' words, and settled; False if that took too long."""
        if "revise" not in self._asking_roles():
            return True
        llm = self.settings.llm
        seconds = 2 * llm.deadline + 4 * llm.narrate_quiet
        told = await asyncio.to_thread(wait_for_narration, self.broker.connection, seconds, lambda: self.intake.stopped)
        await self.settle()
        return told

    async def tick(self, to: datetime, seconds: float = 10.0) -> None:
        """Propose that time has come to `to`. Used when live, and by a demo that moves its own clock."""
        proposal = Proposal(
            proposal_id=f"t:{to.isoformat()}",
            generation=self.generation,
            kind="tick",
            proposed_at=wall_clock(),
            tick=Tick(to),
        )
        self._emitter.send(PROPOSALS.named(self.generation), encode(proposal))
        await asyncio.wait_for(self._emitter.flush(), seconds)

    def propose(self, proposal: Proposal, seconds: float = 10.0) -> None:
        """Put a proposal before the ledger; blocks until the broker has it. Raises Retryable."""
        self._emitter.send(PROPOSALS.named(self.generation), encode(proposal))
        self._emitter.flush_now(seconds)

    def worker_pids(self) -> list[int]:
        """Return the process ids of the extract workers."""
        return self._children.pids() if self._children else []

    def lag(self) -> dict[str, int]:
        """Return what is under way: articles in the window, articles waiting, commits not yet projected."""
        return {**self.intake.counts(), "unprojected": max(0, self.committed - self.projector.position())}

    def sink_stats(self) -> dict[str, Stats]:
        """Return how each sink does."""
        return self._sinks.stats() if self._sinks else {}

    def _asking_roles(self) -> list[str]:
        """Return the roles that ask a model here. A shadow has no `revise`: only live events are made public."""
        judge = ["judge"] if self._analysts.judge else []
        return [*judge, *(["revise"] if self._analysts.narrator and self.generation == LIVE else [])]

    def _catch_up(self) -> None:
        self.committed = CommitFollower(self.projector, self.commit_log).catch_up()

    def _next_ordinal(self) -> int:
        last = next(iter(self.commit_log.read(self.committed - 1, self.committed)), None) if self.committed else None
        return last.next_ordinal if last else 1

    def _durable(self, commits: list[Commit]) -> None:
        self.committed = commits[-1].n

    def _projected(self, commits: list[Commit]) -> None:
        self.intake.settled((o.article_id, o.revision) for commit in commits for o in commit.outcomes)
        # A commit without outcome can still be the last word on a revision: another one was settled before it.
        self.intake.settled(key for commit in commits if not commit.marks and (key := revision_of(commit.proposal_id)))
        self.intake.asked(
            (mark.article_id, mark.revision) for commit in commits for mark in commit.marks if mark.open_questions
        )
        for listener in self.options.on_projected:
            listener(commits)

    def _give_up(self, article: Article, reason: str) -> None:
        extraction = nothing_from(article, "sweep", "rejected", reason)
        proposal = proposal_for(extraction, self.generation, wall_clock())
        self._emitter.send(PROPOSALS.named(self.generation), encode(proposal))

    async def _sweep(self) -> None:
        retried = time.monotonic()
        while True:
            await asyncio.sleep(min(5.0, self.settings.stream.sweep_seconds / 2))
            for app in self._apps:
                if app.should_stop:  # Faust gave up on it: half a stream is worse than a new start
                    (self.options.on_fatal or _die)(RuntimeError(f"the role {app.conf.id} has crashed"))
            try:
                await asyncio.to_thread(self.intake.sweep)
                if time.monotonic() - retried > self.settings.stream.deferred_seconds:
                    retried = time.monotonic()
                    await asyncio.to_thread(self.intake.retry_deferred)
            except Exception:  # the next round tries again
                log.exception("the sweep failed")


def _die(error: BaseException) -> None:
    """The ledger's memory is ahead of its log: end at once, the next start folds the log."""
    log.critical("the ledger cannot go on: %s", error)
    threading.Timer(0.2, os._exit, (70,)).start()
