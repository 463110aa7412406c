"""Topics that are being filled from a store: nobody may work with them until they say all that it says.

A ledger that began on half of its commits would give the other numbers a second time. A topic of its own says that a
filling is under way; whoever makes the topics at the start of a role looks for it (infra.kafka.topics).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
from schemas.errors import BadSetting, BellwetherError, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import reason_of
from schemas.topics import CATALOGUE, LIVE

Make = Callable[[dict[str, Any]], Any]
_SECONDS: Final = 60.0  # for each answer
_GENERATION: Final = r"(\.[A-Za-z0-9_-]+)?"  # older versions gave shadows topics of their own, signals' too
_OURS: Final = re.compile(
    f"({'|'.join(re.escape(topic.name) for topic in CATALOGUE)}){_GENERATION}"
    f"|{re.escape(app_id('ledger', LIVE))}{_GENERATION}-[a-z_-]+-changelog"
)

_HARMLESS: Final = frozenset({KafkaError.TOPIC_ALREADY_EXISTS, KafkaError.UNKNOWN_TOPIC_OR_PART})


@dataclass
class Filling:
    """A filling that is under way; `begun` once something was changed that has to be gone through with."""

    begun: bool = False


@contextmanager
def filling(connection: KafkaConnection, make: Make = AdminClient) -> Iterator[Filling]:
    """Keep every role from starting until the block has ended well, also when this process dies in it.

    A block that ends badly before it has set `begun` leaves things as it found them: roles may start again.
    """
    admin = _admin(connection, make)
    flag = NewTopic(FILLING, num_partitions=1, replication_factor=1)
    doing = "saying that topics are being filled"
    futures = admin.create_topics([flag], operation_timeout=_SECONDS).values()
    made = len(_done(connection, futures, doing)) == 1
    held = Filling()
    try:
        yield held
    except BaseException:
        if made and not held.begun:  # one that was there before is of a filling that has to be gone through with
            with suppress(BellwetherError, KafkaException, TimeoutError):  # what went wrong first is told
                _take_away(connection, admin)
        raise
    _take_away(connection, admin)


def is_ours(topic: str) -> bool:
    """Say whether a topic is one of the catalogue, or the ledger's changelog, of whatever generation."""
    return _OURS.fullmatch(topic) is not None


def made_deletable(connection: KafkaConnection, make: Make = AdminClient) -> dict[str, str]:
    """See to it that records can be deleted from every topic of ours; return what to set back: name to cleanup.policy.

    Kafka deletes records only where `cleanup.policy` has `delete`; where it lacks, it is added, and by itself nothing
    goes meanwhile. Raises BadSetting when it is forbidden, Retryable.
    """
    admin = _admin(connection, make)
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in _topics(admin)]
    found = admin.describe_configs(resources) if resources else {}
    back, wanted = {}, {}
    for resource, future in found.items():
        for config in _done(connection, [future], "asking how topics are kept"):
            policy = config["cleanup.policy"].value or ""
            if "delete" not in policy:
                back[resource.name] = policy
                wanted[resource.name] = ",".join(filter(None, (policy, "delete")))
            elif "compact" in policy and config["retention.ms"].value == "-1":  # left so by a try that was interrupted
                back[resource.name] = "compact"
    _keep(connection, admin, wanted)
    return back


def empty(connection: KafkaConnection, back: Mapping[str, str], make: Make = AdminClient) -> None:
    """Delete every record of every topic of ours, shadows' too: nobody can read it any more once this returns.

    `back` is what `made_deletable` returned. Offsets go on from where they were. The broker deletes the files
    themselves some minutes later (Kafka's documentation: log.retention.check.interval.ms, file.delete.delay.ms).
    Raises BadSetting when it is forbidden, Retryable.
    """
    admin = _admin(connection, make)
    ends = [
        TopicPartition(name, part, OFFSET_END) for name, topic in _topics(admin).items() for part in topic.partitions
    ]
    futures = admin.delete_records(ends, operation_timeout=_SECONDS, request_timeout=_SECONDS).values()
    _done(connection, futures, "deleting records")
    _keep(connection, admin, back)


def _topics(admin: Any) -> dict[str, Any]:
    return {name: topic for name, topic in admin.list_topics(timeout=_SECONDS).topics.items() if is_ours(name)}


def _take_away(connection: KafkaConnection, admin: Any) -> None:
    doing = "saying that topics are filled"
    _done(connection, admin.delete_topics([FILLING], operation_timeout=_SECONDS).values(), doing)
    until = time.monotonic() + _SECONDS
    while FILLING in admin.list_topics(timeout=_SECONDS).topics:
        if time.monotonic() > until:
            raise Retryable(f"kafka.bootstrap: the topic {FILLING} is not gone yet; give the command again")
        time.sleep(0.1)


def _keep(connection: KafkaConnection, admin: Any, policies: Mapping[str, str]) -> None:
    resources = [
        ConfigResource(
            ResourceType.TOPIC, name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                for key, value in (("cleanup.policy", policy), ("retention.ms", "-1"))
            ],
        )
        for name, policy in policies.items()
    ]  # fmt: skip
    if resources:
        _done(connection, admin.incremental_alter_configs(resources).values(), "changing how topics are kept")


def _done(connection: KafkaConnection, futures: Iterable[Any], doing: str) -> list[Any]:
    """Return what was answered; without those that asked for what is so already."""
    answers = []
    for future in futures:
        try:
            answers.append(future.result(_SECONDS))
        except KafkaException as error:
            reason = error.args[0]
            if reason.code() in _HARMLESS:
                continue
            if (why := reason_of(reason, connection)) is not None and why.lasting:
                raise BadSetting(f"{why.said} ({doing})") from error
            if reason.retriable():
                raise Retryable(f"kafka.bootstrap: {doing}: {reason.str()}; give the command again") from error
            raise BadSetting(f"kafka.bootstrap: {doing}: {reason.str()}") from error
    return answers


def _admin(connection: KafkaConnection, make: Make) -> Any:
    return make(connection.client({"log_level": 3}))
