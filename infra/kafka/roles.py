"""`run_role(role, settings)`: one role on real Kafka and ClickHouse, for the life of a process.

Every role may be killed at any time and started again; how many of each may run is in docs/operations.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from typing import Any, Final, Literal, cast, get_args

from infra.clock import wall_clock
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.feeds import run_feeds
from infra.kafka.sinks import KafkaSinks
from infra.kafka.ticks import tick_on
from infra.kafka.topics import cluster_id, create_topics
from infra.logs import configure_logs
from infra.policy import policy_from
from infra.roles import extractor_for
from infra.settings import Settings
from processors.app import AppConfig, Ports, build_app
from processors.ports import Extractor
from schemas.errors import BadSetting
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import migrate

log = logging.getLogger("bellwether.role")
StreamRole = Literal["extract", "ledger", "publish"]
RealRole = Literal["extract", "ledger", "publish", "sinks", "feeds"]
REAL_ROLES: Final[tuple[str, ...]] = get_args(RealRole)
_STOP_SECONDS: Final = 5.0
_FATAL: Final = 70  # EX_SOFTWARE: whoever supervises starts the process again


def run_role(role: str, settings: Settings, *, extractor: Extractor | None = None) -> int:
    """Run `role` until SIGTERM or SIGINT; return the exit status.

    Raises BadSetting for an unknown role or what the role lacks, Retryable when Kafka or ClickHouse cannot
    be reached at the start. A fault later ends the process with status 70.
    """
    if role not in REAL_ROLES:
        raise BadSetting(f"role: there is no {role!r}; choose one of {', '.join(REAL_ROLES)}")
    if not settings.kafka.bootstrap:
        raise BadSetting("kafka.bootstrap: a role of its own needs a real Kafka; write host:port")
    configure_logs(settings.log)
    store = _store(settings) if role in ("sinks", "feeds") else None
    return asyncio.run(_run(cast("RealRole", role), settings, store, extractor))


def _store(settings: Settings) -> Store:
    dsn = settings.store.dsn.get_secret_value()
    if not dsn:
        raise BadSetting("store.dsn: this role needs ClickHouse; write clickhouse://user:password@host:8123/db")
    store = open_store(dsn)
    migrate(store)
    return store


async def _run(role: RealRole, settings: Settings, store: Store | None, extractor: Extractor | None) -> int:
    stop = asyncio.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    bootstrap = settings.kafka.bootstrap
    await asyncio.to_thread(create_topics, bootstrap)
    incarnation = await asyncio.to_thread(cluster_id, bootstrap)
    log.info("role %s on %s", role, bootstrap)
    if role == "feeds":
        assert store is not None
        await run_feeds(store, settings, LIVE, stop)
    elif role == "sinks":
        assert store is not None
        sinks = KafkaSinks(
            store,
            bootstrap=bootstrap,
            generation=LIVE,
            incarnation=incarnation,
            session_timeout=settings.kafka.session_timeout,
            on_fault=_die,
        )
        sinks.start()
        await stop.wait()
        await asyncio.to_thread(sinks.stop)
    else:
        await _run_stream(role, settings, incarnation, stop, extractor)
    return 0


async def _run_stream(
    role: StreamRole, settings: Settings, incarnation: str, stop: asyncio.Event, extractor: Extractor | None
) -> None:
    config = AppConfig(
        bootstrap=settings.kafka.bootstrap,
        incarnation=incarnation,
        session_timeout=settings.kafka.session_timeout,
        window=settings.stream.window,
    )
    ports = Ports(
        now=wall_clock,
        extractor=(extractor or extractor_for()) if role == "extract" else None,
        commit_log=KafkaCommitLog(settings.kafka.bootstrap) if role in ("ledger", "publish") else None,
        policy=policy_from(settings.policy),
        on_fatal=_die,
    )
    app = build_app(role, config, ports)
    for agent in app.agents.values():
        # Faust would start the agent anew in this process, past the events it had not finished.
        agent._on_error = _agent_failed
    app.finalize()
    await app.start()
    ticking = None
    if role == "ledger":
        ticks = tick_on(settings.kafka.bootstrap, settings.stream.tick_seconds, wall_clock)
        ticking = asyncio.create_task(ticks)
    log.info("role %s is up", role)
    await _until_over(app, stop)
    if ticking is not None:
        ticking.cancel()
    stopping = asyncio.create_task(app.stop())
    await asyncio.wait({stopping}, timeout=_STOP_SECONDS)
    if not stopping.done():  # Faust's tables are slow to stop; what is unacknowledged comes again anyway
        log.info("role %s ends without Faust's consent", role)
        os._exit(0)


async def _until_over(app: Any, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if app.crashed or app.should_stop:
            _die(RuntimeError(f"Faust gave up: {app.crash_reason!r}"))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)


async def _agent_failed(agent: Any, error: BaseException) -> None:
    log.critical("%s failed", agent.name, exc_info=error)
    _die(error)


def _die(error: BaseException) -> None:
    """End at once: what is unacknowledged comes again, and the ledger's memory may be ahead of its log."""
    log.critical("this process ends: %s", error)
    os._exit(_FATAL)
