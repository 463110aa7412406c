"""Waiting until what has happened so far is narrated: a process that ends before that forgets what was to be told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from infra.kafka.progress import KafkaProgress, Offsets
from processors.app import app_id
from schemas.errors import Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.topics import LIVE, PROPOSALS, SIGNAL_EVENTS

log = logging.getLogger("bellwether.stream")
_POLL: Final = 0.2  # seconds
_LAG: Final = 0.3  # seconds that the publisher may be behind the tables


def wait_for_narration(
    connection: KafkaConnection, seconds: float, stopped: Callable[[], bool] = lambda: False
) -> bool:
    """Wait until `revise` has done with every signal event of before the call, and the ledger with what it proposed.

    Blocks for at most `seconds`; says whether that is so. Embedded broker, live generation.
    """
    until = time.monotonic() + seconds
    time.sleep(_LAG)
    progress = KafkaProgress(connection, patience=5.0)
    try:
        for role, topic in (("revise", SIGNAL_EVENTS.name), ("ledger", PROPOSALS.name)):
            ends = progress.ends(topic)
            while not _reached(progress.committed(app_id(role, LIVE), topic), ends):  # type: ignore[arg-type]
                if stopped() or time.monotonic() > until:
                    return False
                time.sleep(_POLL)
    except Retryable as error:
        log.warning("whether all is narrated cannot be told: %s", error)
        return False
    finally:
        progress.close()
    return True


def _reached(done: Offsets, ends: Offsets) -> bool:
    return all(done.get(partition, 0) >= end for partition, end in ends.items())
