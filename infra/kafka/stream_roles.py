"""The Faust roles on real Kafka: built, watched, and ended when Faust or an agent fails."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Literal

from infra.clock import wall_clock
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.ticks import tick_on
from infra.llm import window_for
from infra.metrics.commits import MeasuredCommitLog
from infra.policy import policy_from
from infra.recall import recall_from
from infra.roles import Analysts, opened_analysts
from infra.settings import Settings
from processors.app import AppConfig, Ports, build_app
from processors.ports import CommitLog, Extractor
from schemas.codec import locked_schema
from schemas.errors import BadSetting
from schemas.kafka_connection import KafkaConnection
from schemas.topics import LIVE
from sinks.clickhouse.connect import Store

log = logging.getLogger("bellwether.role")
StreamRole = Literal["extract", "ledger", "publish", "judge", "revise"]
Fatal = Callable[[BaseException], None]
_STOP_SECONDS: Final = 5.0


async def run_stream(
    role: StreamRole,
    settings: Settings,
    stop: asyncio.Event,
    fatal: Fatal,
    *,
    incarnation: str,
    extractor: Extractor | None = None,
    store: Store | None = None,
) -> None:
    """Run one Faust role until `stop` is set. `fatal` ends the process.

    `store` is what `revise` recalls earlier events from. Raises BadSetting for a role that nobody is bound to.
    """
    async with opened_analysts(settings) as analysts:
        if (role == "judge" and analysts.judge is None) or (role == "revise" and analysts.narrator is None):
            wanted = "llm.judge" if role == "judge" else "llm.narrator"
            raise BadSetting(f"{wanted}: the role {role} needs a language model; analyst.kind is not llm, or it is off")
        await _run(role, settings, stop, fatal, incarnation, analysts, extractor, store)


async def _run(
    role: StreamRole,
    settings: Settings,
    stop: asyncio.Event,
    fatal: Fatal,
    incarnation: str,
    analysts: Analysts,
    extractor: Extractor | None,
    store: Store | None,
) -> None:
    config = AppConfig(
        connection=settings.kafka.connection,
        incarnation=incarnation,
        session_timeout=settings.kafka.session_timeout,
        window=window_for(settings),
        narrate_quiet=settings.llm.narrate_quiet,
    )
    registry = settings.kafka.registry.opened() if role in ("publish", "revise") else None
    framing = await asyncio.to_thread(registry.register) if registry and role == "publish" else None
    ports = Ports(
        now=wall_clock,
        extractor=(extractor or analysts.extractor()) if role == "extract" else None,
        judge=analysts.judge if role == "judge" else None,
        narrator=analysts.narrator if role == "revise" else None,
        commit_log=_commit_log(role, settings.kafka.connection),
        policy=policy_from(settings.policy).judged_by(analysts.judge_name),
        recall=recall_from(store, LIVE) if store is not None else None,
        on_fatal=fatal,
        framing=framing,
        schema_of=registry.schema_of if registry else locked_schema,
    )
    app = build_app(role, config, ports)
    app.finalize()
    await app.start()
    ticking = None
    if role == "ledger":
        ticks = tick_on(settings.kafka.connection, settings.stream.tick_seconds, wall_clock)
        ticking = asyncio.create_task(ticks)
    log.info("role %s is up", role)
    while not stop.is_set():
        if app.crashed or app.should_stop:
            fatal(RuntimeError(f"Faust gave up: {app.crash_reason!r}"))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)
    if ticking is not None:
        ticking.cancel()
    stopping = asyncio.create_task(app.stop())
    await asyncio.wait({stopping}, timeout=_STOP_SECONDS)
    if not stopping.done():  # Faust's tables are slow to stop; what is unacknowledged comes again anyway
        log.info("role %s ends without waiting for Faust", role)
        os._exit(0)


def _commit_log(role: StreamRole, connection: KafkaConnection) -> CommitLog | None:
    if role not in ("ledger", "publish"):
        return None
    made = KafkaCommitLog(connection)
    return MeasuredCommitLog(made, wall_clock) if role == "ledger" else made
