"""Makes the topics of the catalogue on a real cluster, as often as wanted.

The catalogue says what each is for; here is what that means to Kafka
(https://kafka.apache.org/documentation/#topicconfigs).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from processors.app import app_id
from schemas.errors import BadSetting, Retryable
from schemas.kafka_connection import SECTION, KafkaConnection
from schemas.kafka_trouble import Trouble, metadata, reason_of
from schemas.topics import CATALOGUE, LIVE

log = logging.getLogger("bellwether.kafka")
_DAY_MS: Final = 24 * 3600 * 1000
FILLING: Final = "bellwether.being-filled"  # is there while topics are filled from a store: infra.kafka.filling
MESSAGE_BYTES: Final = "4000000"  # what the producers may send; the broker's own default is 1 MiB
KEPT: Final[Mapping[str, Mapping[str, str]]] = {
    "days": {"cleanup.policy": "delete", "retention.ms": str(7 * _DAY_MS)},
    # Articles, proposals and commits are what everything else can be made from again.
    "long": {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"},
    "compacted": {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.2"},
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One topic as it should be. With `exactly` no other number of partitions will do."""

    name: str
    partitions: int
    exactly: bool
    config: Mapping[str, str] = field(default_factory=dict)


def wanted_topics(generation: str = LIVE) -> list[Wanted]:
    """Return every topic of a generation, its ledger's changelog included."""
    wanted = [
        Wanted(
            topic.named(generation), topic.partitions, topic.partitions == 1,
            {**KEPT[topic.kept], "max.message.bytes": MESSAGE_BYTES},
        )
        for topic in CATALOGUE
    ]  # fmt: skip
    changelog = f"{app_id('ledger', generation)}-heads-changelog"
    return [*wanted, Wanted(changelog, 1, True, {**KEPT["compacted"], "max.message.bytes": MESSAGE_BYTES})]


def create_topics(
    connection: KafkaConnection,
    generation: str = LIVE,
    *,
    filling: bool = False,
    patience: float = 30.0,
    make: Callable[[dict[str, Any]], Any] = AdminClient,
) -> list[str]:
    """Create the topics that are missing; return their names. Existing ones are left as they are.

    Raises BadSetting when an existing topic cannot serve, the cluster forbids it, or the topics are being filled from
    a store and it is not for this; Retryable when the cluster does not answer within `patience` seconds.
    """
    admin, cluster = _asked(connection, patience, make)
    if FILLING in cluster.topics and not filling:
        raise BadSetting(
            f"kafka.bootstrap: the topics of {connection.bootstrap} are being filled from a store, or that was "
            f"interrupted (there is a topic {FILLING}); wait, or give that command (`migrate`, `takedown`) again until "
            "it says that it is done"
        )
    wanted = wanted_topics(generation)
    for topic in wanted:
        found = cluster.topics.get(topic.name)
        if found is not None and topic.exactly and len(found.partitions) != topic.partitions:
            raise BadSetting(
                f"kafka.bootstrap: the topic {topic.name} has {len(found.partitions)} partitions and must "
                f"have {topic.partitions}, because its order counts. Delete it, or use another cluster"
            )
    copies = min(3, len(cluster.brokers))
    missing = [topic for topic in wanted if topic.name not in cluster.topics]
    made = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=copies,
            config={**topic.config, "min.insync.replicas": str(min(2, copies))},
        )
        for topic in missing
    ]
    if not made:
        return []
    created = []
    for name, future in admin.create_topics(made, operation_timeout=patience).items():
        try:
            future.result(patience)
            created.append(name)
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() == KafkaError.TOPIC_ALREADY_EXISTS:  # another role was quicker
                continue
            why = reason_of(reason, connection)
            words = f"the topic {name} cannot be created: {why.said if why else reason.str()}"
            if reason.retriable():
                raise Retryable(words) from error
            raise BadSetting(f"{SECTION if why else 'kafka.bootstrap'}: {words}") from error
    log.info("created %s", ", ".join(sorted(created)))
    return sorted(created)


def cluster_id(
    connection: KafkaConnection,
    *,
    patience: float = 30.0,
    make: Callable[[dict[str, Any]], Any] = AdminClient,
) -> str:
    """Return the cluster's own id: offsets mean something only within it. Raises BadSetting, Retryable."""
    return str(_asked(connection, patience, make)[1].cluster_id)


def _asked(connection: KafkaConnection, patience: float, make: Callable[[dict[str, Any]], Any]) -> tuple[Any, Any]:
    """Return a client and what it knows of the cluster. A refusal is told at once, silence after the patience."""
    trouble = Trouble(connection)
    admin = make(connection.client({"log_level": 1, "error_cb": trouble}))
    try:
        return admin, metadata(admin, trouble, patience)
    except KafkaException as error:
        why = trouble.hint or error.args[0].str()
        raise Retryable(
            f"kafka.bootstrap: no Kafka answers at {connection.bootstrap} within {patience:g} s ({why})"
        ) from error
