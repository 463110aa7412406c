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
from infra.policy import policy_from
from infra.roles import extractor_for
from infra.settings import Settings
from processors.app import AppConfig, Ports, build_app
from processors.ports import Extractor

log = logging.getLogger("bellwether.role")
StreamRole = Literal["extract", "ledger", "publish"]
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
) -> None:
    """Run one Faust role until `stop` is set. `fatal` ends the process."""
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
        on_fatal=fatal,
    )
    app = build_app(role, config, ports)
    app.finalize()
    await app.start()
    ticking = None
    if role == "ledger":
        ticks = tick_on(settings.kafka.bootstrap, settings.stream.tick_seconds, wall_clock)
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
