"""`run_role(role, settings)`: one role on real Kafka and ClickHouse, for the life of a process.

Every role may be killed at any time and started again; how many of each may run is in docs/operations.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Literal, cast, get_args

from infra.alerting import Alerting
from infra.clock import wall_clock
from infra.desk import Desk
from infra.http_server import HttpServer
from infra.kafka.commands import opened_commanding
from infra.kafka.feeds import run_feeds
from infra.kafka.sinks import KafkaSinks
from infra.kafka.stream_roles import StreamRole, run_stream
from infra.kafka.topics import cluster_id, create_topics
from infra.llm import books_path
from infra.log_redaction import secrets_of
from infra.logs import configure_logs, format_for
from infra.metrics.alerts import alert_figures
from infra.metrics.llm_figures import llm_figures
from infra.metrics.reading import count_dead_letters_from_zero
from infra.metrics.registry import METRICS
from infra.metrics.serving import served_metrics
from infra.metrics.store_figures import store_figures
from infra.metrics.stream_figures import StageFigures, sink_figures
from infra.morning_call import MorningCall
from infra.pages import pages
from infra.policy import policy_from, record_policy
from infra.roles import opened_prose
from infra.settings import Loaded, Settings
from processors.emit import Emitter
from processors.ports import Extractor
from schemas.errors import BadSetting
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import migrate, must_be_current

log = logging.getLogger("bellwether.role")
StoreRole = Literal["feeds", "sinks", "site", "brief", "alerts"]
REAL_ROLES: Final[tuple[str, ...]] = (*get_args(StreamRole), *get_args(StoreRole))
_ASKING: Final = frozenset({"extract", "judge", "revise", "brief", "site"})
_LOOKING: Final = frozenset({"site", "revise"})
_FATAL: Final = 70  # EX_SOFTWARE: whoever supervises starts the process again
_ALIVE_SECONDS: Final = 10.0
_ALERTS_POLL_SECONDS: Final = 0.2


def run_role(role: str, settings: Settings, *, extractor: Extractor | None = None) -> int:
    """Run `role` until SIGTERM or SIGINT; return the exit status.

    Raises BadSetting for an unknown role or what the role lacks, Retryable when Kafka or ClickHouse cannot be
    reached at the start. A fault later ends the process with status 70. `extractor` takes the configured
    one's place in the role `extract`.
    """
    if role not in REAL_ROLES:
        raise BadSetting(f"role: there is no {role!r}; choose one of {', '.join(REAL_ROLES)}")
    if not settings.kafka.bootstrap and role != "site":
        raise BadSetting("kafka.bootstrap: a role of its own needs a real Kafka; write host:port")
    form = format_for(settings.log_format, service=True)
    configure_logs(settings.log, form, secrets_of(settings), role=role, generation=LIVE)
    return asyncio.run(_run(role, settings, extractor))


async def _run(role: str, settings: Settings, extractor: Extractor | None) -> int:
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    alive = asyncio.create_task(_show_life(Path(tempfile.gettempdir()) / f"bellwether-role-{role}"))
    log.info("role %s", role)
    measured = ExitStack()
    try:
        METRICS.built(role)
        measured.enter_context(served_metrics(settings.metrics))
        if settings.uses_llm and role in _ASKING:
            measured.enter_context(METRICS.asking("llm", lambda: llm_figures(books_path(settings)), 30.0))
        if role in get_args(StreamRole):
            incarnation = await _prepared(settings)
            store = await asyncio.to_thread(_store, settings, role) if role == "revise" else None
            try:
                await run_stream(
                    cast("StreamRole", role), settings, stop, _die,
                    incarnation=incarnation, extractor=extractor, store=store,
                )  # fmt: skip
            finally:
                if store is not None:
                    store.close()
        else:
            await _run_on_store(cast("StoreRole", role), settings, stop)
    finally:
        measured.close()
        alive.cancel()
    return 0


async def _run_on_store(role: StoreRole, settings: Settings, stop: asyncio.Event) -> None:
    store = await asyncio.to_thread(_store, settings, role)
    try:
        if role == "site":
            with _desk(store, Loaded(settings, {})) as desk, METRICS.asking("store", lambda: store_figures(store)):
                site = HttpServer(pages(desk), settings.site.host, settings.site.port)
                site.start()
                await stop.wait()
                await asyncio.to_thread(site.stop)
            return
        incarnation = await _prepared(settings)
        if role == "feeds":
            await run_feeds(store, settings, LIVE, stop)
            return
        if role == "brief":
            await _run_brief(store, Loaded(settings, {}), stop)
            return
        if role == "alerts":
            await _run_alerts(store, settings, stop)
            return
        sinks = KafkaSinks(
            store,
            connection=settings.kafka.connection,
            generation=LIVE,
            incarnation=incarnation,
            session_timeout=settings.kafka.session_timeout,
            on_fault=_die,
        )
        count_dead_letters_from_zero()
        stages = StageFigures(settings.kafka.connection, asking=settings.uses_llm)
        sinks.start()
        try:
            with (
                METRICS.asking("stages", stages),
                METRICS.asking("sinks", lambda: sink_figures(sinks.stats()), 0.0),
                METRICS.asking("store", lambda: store_figures(store)),
            ):
                await stop.wait()
        finally:
            await asyncio.to_thread(stages.close)
        await asyncio.to_thread(sinks.stop)
    finally:
        store.close()


async def _run_brief(store: Store, loaded: Loaded, stop: asyncio.Event) -> None:
    """Compose the brief at its hour, publish and mail it."""
    emitter = await asyncio.to_thread(_public_emitter, loaded.settings)
    with opened_prose(loaded.settings) as prose:
        desk = Desk(store, loaded, policy_from(loaded.settings.policy), prose=prose, emitter=emitter)
        call = MorningCall(desk, wall_clock)
        call.start()
        try:
            await stop.wait()
        finally:
            await asyncio.to_thread(call.stop)
            await asyncio.to_thread(emitter.close)


async def _run_alerts(store: Store, settings: Settings, stop: asyncio.Event) -> None:
    """Watch the signal events that the sinks have stored; at most one process at a time (its book is its own)."""
    emitter = await asyncio.to_thread(_public_emitter, settings)
    alerting = Alerting(store, settings, LIVE, wall_clock)
    loop = alerting.loop(emitter=emitter, poll_seconds=_ALERTS_POLL_SECONDS)
    loop.start()
    try:
        with METRICS.asking("alerts", lambda: alert_figures(alerting.book)):
            await stop.wait()
    finally:
        await asyncio.to_thread(loop.stop)
        await asyncio.to_thread(emitter.close)
        alerting.book.close()


@contextmanager
def opened_server_desk(loaded: Loaded) -> Iterator[Desk]:
    """Open the configured ClickHouse server; with Kafka, commands can be given. Raises BadSetting, Retryable."""
    store = _store(loaded.settings)
    try:
        with _desk(store, loaded) as desk:
            yield desk
    finally:
        store.close()


@contextmanager
def _desk(store: Store, loaded: Loaded) -> Iterator[Desk]:
    """With Kafka, commands find their way to the ledger."""
    policy, kafka = policy_from(loaded.settings.policy), loaded.settings.kafka
    if not kafka.bootstrap:
        yield Desk(store, loaded, policy)
        return
    with opened_commanding(kafka.connection, store) as commanding:
        yield Desk(store, loaded, policy, commanding=commanding)


def _public_emitter(settings: Settings) -> Emitter:
    """Return an emitter for public topics. Raises BadSetting, Retryable."""
    registry = settings.kafka.registry.opened()
    return Emitter(settings.kafka.connection, framing=registry.register() if registry else None)


async def _prepared(settings: Settings) -> str:
    """Create the topics that are missing; return the cluster's id."""
    await asyncio.to_thread(create_topics, settings.kafka.connection)
    return await asyncio.to_thread(cluster_id, settings.kafka.connection)


def _store(settings: Settings, role: str = "") -> Store:
    """Open the store for a role. One that only looks needs no right to make tables: it waits until they are made."""
    dsn = settings.store.dsn.get_secret_value()
    if not dsn:
        raise BadSetting("store.dsn: this role needs ClickHouse; write clickhouse://user:password@host:8123/db")
    store = open_store(dsn)
    if role in _LOOKING and not store.embedded:
        try:
            must_be_current(store)
        except BaseException:
            store.close()
            raise
        return store
    migrate(store)
    record_policy(store, policy_from(settings.policy))
    return store


async def _show_life(path: Path) -> None:
    """Touch a file as long as the event loop turns; the container's health check looks at its age."""
    while True:
        path.touch()
        await asyncio.sleep(_ALIVE_SECONDS)


def _die(error: BaseException) -> None:
    """End at once: what is unacknowledged comes again, and the ledger's memory may be ahead of its log."""
    log.critical("this process ends: %s", error)
    os._exit(_FATAL)
