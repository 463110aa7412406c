"""The role `feeds`: polls the feeds into the stream, and sweeps up articles that were lost on the way.

One process of a deployment runs it: it alone numbers stored articles.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from infra.asked import asked_about
from infra.clock import wall_clock
from infra.feed_store import StoredFeeds, producer_settings
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.deferred import Deferred
from infra.kafka.intake import KafkaIntake
from infra.kafka.progress import KafkaProgress
from infra.kafka.sweep import Sweep, SweepParts
from infra.metrics.reading import count_admitted, count_articles_from_zero, counting_polls
from infra.reading import sources_from
from infra.settings import Loaded, Settings
from infra.taken_down import barred_in
from processors.agents.extract import nothing_from, proposal_for
from processors.emit import Emitter
from producers.copies import CopyIndex
from producers.door import Door
from producers.fetch import Fetcher
from producers.run import Poller
from schemas.article import Article
from schemas.codec import encode
from schemas.errors import Retryable
from schemas.topics import PROPOSALS
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import projected

log = logging.getLogger("bellwether.feeds")


async def run_feeds(store: Store, settings: Settings, generation: str, stop: asyncio.Event) -> None:
    """Poll and sweep until `stop` is set. Raises BadInput when no feed is named."""
    sources = sources_from(Loaded(settings, {}), [])
    count_articles_from_zero()
    emitter = Emitter(settings.kafka.connection)
    intake = KafkaIntake(store, emitter, generation)
    sweeping = asyncio.create_task(
        _sweep_until(stop, store=store, settings=settings, generation=generation, emitter=emitter, intake=intake)
    )
    try:
        habits = producer_settings(settings)
        async with Fetcher(habits, wall_clock) as fetcher:
            way_in = Door(intake, CopyIndex(habits.copies_window_days), barred_in(store), count_admitted)
            states = StoredFeeds(store)
            poller = Poller(
                sources, intake, states, wall_clock, fetcher=fetcher, settings=habits, door=way_in,
                on_polled=counting_polls(),
            )  # fmt: skip
            await poller.run(stop)
    finally:
        stop.set()
        await sweeping


async def _sweep_until(
    stop: asyncio.Event,
    *,
    store: Store,
    settings: Settings,
    generation: str,
    emitter: Emitter,
    intake: KafkaIntake,
) -> None:
    progress = KafkaProgress(settings.kafka.connection)
    log_of_commits = KafkaCommitLog(settings.kafka.connection, generation)

    def give_up(articles: Sequence[Article], reason: str) -> None:
        for article in articles:
            extraction = nothing_from(article, "sweep", "rejected", reason)
            proposal = proposal_for(extraction, generation, wall_clock())
            emitter.send(PROPOSALS.named(generation), encode(proposal))
        emitter.flush_now()

    parts = SweepParts(
        articles=ArticleStore(store),
        progress=progress,
        last_commit=log_of_commits.last,
        projected=lambda: projected(store, generation),
        publish=intake.publish,
        give_up=give_up,
        now=wall_clock,
        asked=lambda: asked_about(store, generation),
    )
    deferred = Deferred(ArticleStore(store), generation, settings.stream, intake.publish, time.monotonic)
    seconds = settings.stream.sweep_seconds
    sweep = Sweep(parts, generation, attempts=settings.stream.attempts, stalled_seconds=seconds)
    try:
        while not stop.is_set():
            try:
                await asyncio.to_thread(sweep)
                await asyncio.to_thread(deferred)
                await asyncio.to_thread(intake.read_again)
            except Retryable as error:
                log.warning("the sweep waits: %s", error)
            except Exception:  # polling must go on; the next round tries again
                log.exception("the sweep failed")
            try:
                await asyncio.wait_for(stop.wait(), max(1.0, seconds / 8))
            except TimeoutError:
                continue
    finally:
        await asyncio.to_thread(progress.close)
