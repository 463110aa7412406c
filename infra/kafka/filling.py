"""Topics that are being filled from a store: nobody may work with them until they say all that it says.

A ledger that began on half of its commits would give the other numbers a second time. A topic of its own says that a
filling is under way; whoever makes the topics at the start of a role looks for it (infra.kafka.topics).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from confluent_kafka import OFFSET_END, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)
from confluent_kafka.cimpl import NewTopic

from infra.kafka.topics import FILLING
from processors.app import app_id
from schemas.errors import BadSetting, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.topics import LIVE, SIGNALS

_SECONDS: Final = 60.0  # for each answer
_OURS: Final = ("bellwether.", app_id("ledger", LIVE))
_HARMLESS: Final = frozenset({KafkaError.TOPIC_ALREADY_EXISTS, KafkaError.UNKNOWN_TOPIC_OR_PART})


@contextmanager
def filling(connection: KafkaConnection) -> Iterator[None]:
    """Keep every role from starting until the block has ended well, also when this process dies in it."""
    admin = _admin(connection)
    flag = NewTopic(FILLING, num_partitions=1, replication_factor=1)
    _done(admin.create_topics([flag], operation_timeout=_SECONDS).values(), "saying that topics are being filled")
    yield
    _done(admin.delete_topics([FILLING], operation_timeout=_SECONDS).values(), "saying that topics are filled")
    until = time.monotonic() + _SECONDS
    while FILLING in admin.list_topics(timeout=_SECONDS).topics:
        if time.monotonic() > until:
            raise Retryable(f"kafka.bootstrap: the topic {FILLING} is not gone yet; give the command again")
        time.sleep(0.1)


def empty(connection: KafkaConnection) -> None:
    """Delete every record of every topic of ours, shadows' too: nobody can read it any more once this returns.

    Offsets go on from where they were. The broker deletes the files themselves some minutes later (Kafka's
    documentation: log.retention.check.interval.ms, file.delete.delay.ms). Records cannot be deleted from a topic that
    is only compacted, so such a topic is for that moment both. Raises BadSetting when it is forbidden, Retryable.
    """
    admin = _admin(connection)
    there = {
        name: topic
        for name, topic in admin.list_topics(timeout=_SECONDS).topics.items()
        if name.startswith(_OURS) and name != FILLING
    }
    compacted = [name for name in there if name == SIGNALS.name or name.endswith("-changelog")]
    _clean_up(admin, compacted, "compact,delete")
    ends = [TopicPartition(name, part, OFFSET_END) for name, topic in there.items() for part in topic.partitions]
    _done(admin.delete_records(ends, operation_timeout=_SECONDS, request_timeout=_SECONDS).values(), "deleting records")
    _clean_up(admin, compacted, "compact")


def _clean_up(admin: Any, topics: Iterable[str], policy: str) -> None:
    wanted = {"cleanup.policy": policy, "retention.ms": "-1"}  # by itself nothing may go meanwhile
    resources = [
        ConfigResource(
            ResourceType.TOPIC, name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in wanted.items()
            ],
        )
        for name in topics
    ]  # fmt: skip
    _done(admin.incremental_alter_configs(resources).values(), "changing how topics are kept")


def _done(futures: Iterable[Any], doing: str) -> None:
    for future in futures:
        try:
            future.result(_SECONDS)
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() in _HARMLESS:
                continue
            if reason.retriable():
                raise Retryable(f"kafka.bootstrap: {doing}: {reason.str()}; give the command again") from error
            raise BadSetting(f"kafka.bootstrap: {doing}: {reason.str()}") from error


def _admin(connection: KafkaConnection) -> Any:
    return AdminClient(connection.client({"log_level": 3}))
