"""The main process of the embedded mode: folder, store, broker, live stream and desk, opened and closed together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.backlog import reconsider
from infra.carrier import Carrier, KafkaCarrier
from infra.clock import wall_clock
from infra.commanding import Commanding
from infra.control import control_app, new_token
from infra.desk import Desk
from infra.embedded.broker import EmbeddedBroker
from infra.embedded.folder import DataFolder
from infra.embedded.stream import EmbeddedStream, StreamOptions
from infra.feed_store import producer_settings
from infra.generations.jobs import ReplayJobs
from infra.http_server import HttpServer
from infra.ingesting import IngestRunner
from infra.letters.replaying import LetterDesk
from infra.letters.ways import KafkaWays
from infra.llm import books_path, new_run
from infra.metrics.catalogue import WORKER_RESTARTS
from infra.metrics.llm_figures import llm_figures
from infra.metrics.reading import count_admitted, count_dead_letters_from_zero
from infra.metrics.registry import METRICS
from infra.metrics.serving import served_metrics
from infra.metrics.store_figures import store_figures
from infra.metrics.stream_figures import StageFigures, sink_figures, under_way_figures
from infra.policy import policy_from, record_policy
from infra.roles import opened_analysts, opened_prose
from infra.settings import Loaded
from infra.taken_down import barred_in
from processors.emit import Emitter
from producers.copies import CopyIndex
from producers.door import Door
from schemas.errors import BadSetting, Retryable
from schemas.ledger import Commit
from schemas.topics import LIVE
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader


@dataclass(frozen=True, slots=True)
class Host:
    """Everything that runs in the main process."""

    loaded: Loaded
    folder: DataFolder
    store: Store
    broker: Carrier
    stream: EmbeddedStream
    desk: Desk
    runner: IngestRunner
    way_in: Door
    emitter: Emitter


def store_dsn(loaded: Loaded, folder: DataFolder) -> str:
    """Return the configured store, the folder's own unless told otherwise."""
    return loaded.settings.store.dsn.get_secret_value() or folder.store_dsn


@contextmanager
def opened_store(loaded: Loaded) -> Iterator[tuple[DataFolder, Store]]:
    """Hold the folder and open its store, with the tables of this version and the policy in force.

    Raises FolderBusy, BadSetting.
    """
    folder = DataFolder(Path(loaded.settings.data))
    folder.hold()
    try:
        with store_of(loaded, folder) as store:
            yield folder, store
    finally:
        folder.release()


@contextmanager
def store_of(loaded: Loaded, folder: DataFolder) -> Iterator[Store]:
    """Open the store of a folder that this process holds. Raises BadSetting."""
    folder.must_be_whole()
    store = open_store(store_dsn(loaded, folder))
    try:
        migrate(store)
        record_policy(store, policy_from(loaded.settings.policy))
        yield store
    finally:
        store.close()


@contextmanager
def opened_broker(loaded: Loaded) -> Iterator[Carrier]:
    """Start an embedded broker, and stop it; or use the Kafka that is configured. Raises Retryable."""
    kafka = loaded.settings.kafka
    broker: Carrier = KafkaCarrier(kafka) if kafka.bootstrap else EmbeddedBroker()
    try:
        yield broker
    finally:
        broker.close()


@contextmanager
def opened_desk(loaded: Loaded) -> Iterator[Desk]:
    """Open the folder without a stream, to read it. Raises FolderBusy when another process has it."""
    with opened_store(loaded) as (_, store), opened_prose(loaded.settings) as prose:
        CommitFollower(Projector(store, LIVE), ChdbCommitLog(store, LIVE)).catch_up()
        desk = Desk(store, loaded, policy_from(loaded.settings.policy), prose=prose)
        try:
            yield desk
        finally:
            desk.verifications.close()


@asynccontextmanager
async def opened_host(
    loaded: Loaded, on_projected: Sequence[Callable[[list[Commit]], None]] = ()
) -> AsyncIterator[Host]:
    """Open the folder with its live stream and its door, in the running loop.

    With `kafka.bootstrap` that Kafka carries the stream. Raises BadSetting when the settings name a ClickHouse server:
    the roles of `bellwether worker` work with it, and a second ledger beside theirs would break their log.
    """
    if loaded.settings.on_server:
        raise BadSetting(
            "store.dsn: names a ClickHouse server, which `bellwether worker ROLE` works with; unset it here, and the "
            "store is in the data folder"
        )
    async with AsyncExitStack() as opened:
        folder, store = opened.enter_context(opened_store(loaded))
        broker = opened.enter_context(opened_broker(loaded))
        run = new_run()
        analysts = await opened.enter_async_context(opened_analysts(loaded.settings, run))
        if analysts.binding.llm is not None:
            await asyncio.to_thread(reconsider, analysts.binding.llm)
        prose = opened.enter_context(opened_prose(loaded.settings, run))
        options = StreamOptions(
            policy=policy_from(loaded.settings.policy), on_projected=on_projected, analysts=analysts
        )
        stream = EmbeddedStream(store, broker, loaded.settings, options)

        def read_again() -> int:
            return stream.intake.read_again()

        emitter = Emitter(broker.connection)
        opened.callback(emitter.close)
        commanding = Commanding(Reader(store, LIVE), stream.propose, wall_clock)
        desk = Desk(
            store,
            loaded,
            stream.policy,
            LIVE,
            _catcher(stream),
            stream.lag,
            prose,
            read_again,
            emitter,
            commanding,
        )
        desk.standing_still = stream.projector.standing_still
        desk.letter_desk = LetterDesk(
            store,
            wall_clock,
            lambda: KafkaWays(
                broker.connection, broker.incarnation, lambda articles: stream.intake.admit(articles, ordered=False)
            ),
        )
        await stream.start()
        opened.push_async_callback(stream.stop)
        habits = producer_settings(loaded.settings)
        # Feeds and files know each other's copies.
        way_in = Door(stream.intake, CopyIndex(habits.copies_window_days), barred_in(store), count_admitted)
        runner = IngestRunner(stream, wall_clock, habits, way_in)
        replays = ReplayJobs(store, loaded)
        token = new_token()
        _measured(opened, stream, loaded)
        door = HttpServer(control_app(desk, runner, replays, token))
        door.start()
        folder.announce({"port": door.port, "token": token})
        try:
            yield Host(loaded, folder, store, broker, stream, desk, runner, way_in, emitter)
        finally:
            await asyncio.to_thread(door.stop)
            await asyncio.to_thread(replays.close)
            await asyncio.to_thread(desk.verifications.close)


def _measured(opened: AsyncExitStack, stream: EmbeddedStream, loaded: Loaded) -> None:
    """Let scrapes ask the parts of this process, for as long as they are open."""
    settings = loaded.settings
    METRICS.built("host")
    METRICS.count(WORKER_RESTARTS, by=0)
    count_dead_letters_from_zero()
    stages = StageFigures(stream.broker.connection, asking=settings.uses_llm)
    opened.callback(stages.close)
    asked = opened.enter_context
    asked(METRICS.asking("stages", stages))
    asked(METRICS.asking("sinks", lambda: sink_figures(stream.sink_stats()), 0.0))
    asked(METRICS.asking("stream", lambda: under_way_figures(stream.lag()), 0.0))
    asked(METRICS.asking("store", lambda: store_figures(stream.store)))
    asked(METRICS.asking("llm", lambda: llm_figures(books_path(settings)), 30.0))
    asked(served_metrics(settings.metrics))


def _catcher(stream: EmbeddedStream, seconds: float = 30.0) -> Callable[[], None]:
    def caught_up() -> None:
        """Wait until the sinks show what was committed when the question came."""
        wanted, until = stream.committed, time.monotonic() + seconds
        while stream.projector.position() < wanted:
            if time.monotonic() > until:
                raise Retryable(f"the store is {wanted - stream.projector.position()} commits behind")
            time.sleep(0.02)

    return caught_up
