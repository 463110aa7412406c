"""`python -m infra.worker ROLE`: one Faust role in a process of its own, as the embedded parent starts it.

The job comes as one line of JSON on standard input; when that closes, the parent is gone and so is this process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import Literal

import msgspec

from infra.clock import wall_clock
from infra.llm import Binding
from infra.logs import configure_logs
from infra.roles import bound
from processors.app import AppConfig, Ports, build_app
from schemas.kafka_connection import KafkaConnection


class Job(msgspec.Struct, frozen=True):
    """What the parent tells its worker, over a pipe: the keys to Kafka and to a language model are in it."""

    connection: KafkaConnection
    generation: str
    incarnation: str
    fetch_wait_ms: int
    session_timeout: float
    window: int
    datadir: str
    log: str = "warning"
    log_format: Literal["text", "json"] = "text"
    analyst: Binding = msgspec.field(default_factory=Binding)


def main() -> int:
    """Read the job, run the role until standard input closes."""
    line = sys.stdin.readline()
    if not line:
        return 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends its workers
    job = msgspec.json.decode(line, type=Job)
    configure_logs(job.log, job.log_format, secrets_of_job(job), role="extract", generation=job.generation)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    asyncio.run(_run(job))
    return 0


def secrets_of_job(job: Job) -> list[str]:
    """Return what must not appear in the log: the keys to Kafka and to a language model."""
    key = job.analyst.llm.api_key if job.analyst.llm else ""
    return [one for one in (key, job.connection.password, job.connection.key_password) if one]


def _end_with_the_parent() -> None:
    while sys.stdin.readline():
        pass
    # Everything unacknowledged is delivered again, so there is nothing to tidy up.
    os._exit(0)


async def _run(job: Job) -> None:
    config = AppConfig(
        connection=job.connection,
        generation=job.generation,
        incarnation=job.incarnation,
        fetch_wait_ms=job.fetch_wait_ms,
        session_timeout=job.session_timeout,
        window=job.window,
        datadir=job.datadir,
    )
    # The parent starts another; what was not acknowledged is delivered again.
    ports = Ports(now=wall_clock, extractor=bound(job.analyst).extractor(), on_fatal=lambda error: os._exit(70))
    app = build_app("extract", config, ports)
    app.finalize()
    await app.start()
    await app.wait_until_stopped()


if __name__ == "__main__":
    sys.exit(main())
