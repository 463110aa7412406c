"""Tells the ledger that time passes when no article does: only while nothing is on its way, and only when live."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from infra.kafka.progress import KafkaProgress, Progress
from processors.app import app_id
from processors.emit import Emitter
from schemas.codec import encode
from schemas.errors import Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.proposal import Proposal, Tick
from schemas.topics import ARTICLES, LIVE, PROPOSALS

log = logging.getLogger("bellwether.ticks")


def nothing_under_way(progress: Progress) -> bool:
    """Say whether every produced article is extracted and every proposal decided. Raises Retryable.

    An article of an hour ago must not find the future begun.
    """
    for role, topic in (("extract", ARTICLES.name), ("ledger", PROPOSALS.name)):
        done = progress.committed(app_id(role, LIVE), topic)  # type: ignore[arg-type]
        if any(done.get(partition, 0) < end for partition, end in progress.ends(topic).items()):
            return False
    return True


async def tick_on(connection: KafkaConnection, seconds: float, now: Callable[[], datetime]) -> None:
    """Send a tick every `seconds` until cancelled. A second ledger's ticks say the same and change nothing."""
    emitter, progress = Emitter(connection), KafkaProgress(connection)
    try:
        while True:
            await asyncio.sleep(seconds)
            try:
                if await asyncio.to_thread(nothing_under_way, progress):
                    emitter.send(PROPOSALS.name, encode(tick(now())))
                    await emitter.flush()
            except Retryable as error:
                log.warning("a tick was not sent: %s", error)
    finally:
        progress.close()


def tick(to: datetime) -> Proposal:
    """Return the proposal that time has come to `to`."""
    return Proposal(f"t:{to.isoformat()}", LIVE, "tick", to, tick=Tick(to))
