"""What carries the records of a stream whose truth is in the store: the embedded broker, or a real Kafka.

Both get their topics at the start of a stream. A real one keeps what it carried, so it is asked whether that is this
store's, and given the commits that it lacks: a process may have died between the store and Kafka.
"""

from __future__ import annotations

import logging
import time
from typing import Final, Protocol

from confluent_kafka import Consumer

from infra.kafka.at_rest import at_work
from infra.kafka.commit_topic import CommitTopic
from infra.kafka.topics import cluster_id, create_topics
from infra.kafka_settings import Kafka
from processors.app import app_id
from processors.emit import Emitter
from processors.ports import CommitLog
from schemas.codec import encode
from schemas.errors import BadSetting
from schemas.kafka_connection import KafkaConnection
from schemas.topics import COMMITS

log = logging.getLogger("bellwether.kafka")
_AT_ONCE: Final = 500  # commits between two confirmations
_PATIENCE: Final = 30.0  # seconds for each answer


class Carrier(Protocol):
    """infra.embedded.broker.EmbeddedBroker and KafkaCarrier fit."""

    @property
    def connection(self) -> KafkaConnection:
        """How clients reach it."""
        ...

    @property
    def incarnation(self) -> str:
        """What its offsets belong to."""
        ...

    @property
    def fetch_wait_ms(self) -> int:
        """How long it may let an empty fetch wait."""
        ...

    @property
    def session_timeout(self) -> float:
        """Seconds until a silent member of a group counts as dead."""
        ...

    def prepare(self, generation: str, commits: CommitLog) -> None:
        """Make the topics of a generation, before its stream starts. `commits` are what the store has. May block."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class KafkaCarrier:
    """A real Kafka under one process with an embedded store. Raises Retryable when nothing answers."""

    fetch_wait_ms = 500

    def __init__(self, kafka: Kafka) -> None:
        self.connection = kafka.connection
        self.session_timeout = kafka.session_timeout
        self.incarnation = cluster_id(self.connection, patience=_PATIENCE)

    def prepare(self, generation: str, commits: CommitLog) -> None:
        """See Carrier. Raises BadSetting when another store's commits are there, or another ledger is at work."""
        create_topics(self.connection, generation)
        self._wait_until_alone(generation)
        topic = CommitTopic(self.connection, COMMITS.named(generation), _PATIENCE, Consumer)
        low, end = topic.bounds()
        found = topic.last(low, end)
        at = found[1].n if found else 0
        if found and next(iter(commits.read(at - 1, at)), None) != found[1]:
            raise BadSetting(
                f"kafka.bootstrap: {self.connection.bootstrap} has the commits of another store "
                f"(commit {at} is not this one's). Give that store's folder with --data, or "
                "a Kafka of its own (`bellwether kafka up --folder DIR`)"
            )
        self._give(generation, commits, at)

    def close(self) -> None:
        """Let go of it; nothing is held open."""

    def _give(self, generation: str, commits: CommitLog, after: int) -> None:
        emitter, given = Emitter(self.connection), 0
        try:
            for given, commit in enumerate(commits.read(after), start=1):
                emitter.send(COMMITS.named(generation), encode(commit))
                if given % _AT_ONCE == 0:
                    emitter.flush_now()
            emitter.flush_now()
        finally:
            emitter.close()
        if given:
            log.info("%d commits of %s were not on Kafka; they are now", given, generation)

    def _wait_until_alone(self, generation: str) -> None:
        """A ledger that was killed stays in its group until its session ends; one at work stays longer."""
        group = app_id("ledger", generation)
        until = time.monotonic() + 2 * self.session_timeout + 5
        while at_work(self.connection, groups=[group]):
            if time.monotonic() > until:
                raise BadSetting(
                    f"kafka.bootstrap: another ledger is at work on {self.connection.bootstrap} (group {group}); "
                    "stop it, or use another Kafka"
                )
            time.sleep(0.2)
