"""The way of an analyst's command to the ledger on real Kafka: produced with confirmation."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from infra.clock import wall_clock
from infra.commanding import Commanding, Propose
from processors.emit import Emitter
from schemas.codec import encode
from schemas.kafka_connection import KafkaConnection
from schemas.proposal import Proposal
from schemas.topics import LIVE, PROPOSALS
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader

_SECONDS = 10.0  # until Kafka must have confirmed


def proposing(emitter: Emitter) -> Propose:
    """Return what puts a proposal on the topic of the live generation. Raises Retryable when Kafka is away."""
    lock = threading.Lock()  # what the emitter failed to send is told to the one who sent it

    def propose(proposal: Proposal) -> None:
        with lock:
            emitter.send(PROPOSALS.named(LIVE), encode(proposal))
            emitter.flush_now(_SECONDS)

    return propose


@contextmanager
def opened_commanding(connection: KafkaConnection, store: Store) -> Iterator[Commanding]:
    """Open the way: commands go to Kafka, and what became of them is read from ClickHouse."""
    emitter = Emitter(connection)
    try:
        yield Commanding(Reader(store, LIVE), proposing(emitter), wall_clock)
    finally:
        emitter.close()
