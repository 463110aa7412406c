"""Kafka: whether it answers, and whether its topics are as they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from infra.doctor.finding import Finding, fault, ok, warning
from infra.kafka.topics import Wanted, wanted_topics
from infra.settings import Settings
from schemas.errors import BadSetting
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import Trouble, metadata, reason_of

_SECONDS: Final = 8.0
# Others are taste: these decide whether something is forgotten, or refused.
_COUNTS: Final = ("cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes")


def kafka(settings: Settings) -> Iterator[Finding]:
    """Look at the configured Kafka."""
    bootstrap = settings.kafka.bootstrap
    if not bootstrap:
        yield ok("Kafka", "embedded (kafka.bootstrap is empty)")
        return
    connection = settings.kafka.connection
    trouble = Trouble(connection)
    admin = AdminClient(connection.client({"log_level": 0, "error_cb": trouble}))
    try:
        cluster = metadata(admin, trouble, _SECONDS)
    except (KafkaException, BadSetting) as error:
        yield _away(bootstrap, trouble, str(error))
        return
    how = "" if connection.protocol == "plaintext" else f" over {connection.protocol}"
    who = f" to {connection.username}" if connection.signs_in else ""
    brokers = f"{len(cluster.brokers)} broker(s)"
    yield ok("Kafka", f"{bootstrap} answers{who}{how}: cluster {cluster.cluster_id}, {brokers}")
    wanted = wanted_topics()
    there = [topic for topic in wanted if topic.name in cluster.topics]
    yield from _partitions(there, cluster)
    if lacking := [topic.name for topic in wanted if topic.name not in cluster.topics]:
        yield warning("topics", f"{len(lacking)} not made yet: {', '.join(lacking)}", _made_by_whom(connection))
    if there:
        yield from _settings(admin, connection, there)


def _away(bootstrap: str, trouble: Trouble, otherwise: str) -> Finding:
    """Tell apart what keeps us out: the address, certificates, name and password."""
    if trouble.reason is not None and trouble.lasting:
        what, _, remedy = trouble.lasting.rpartition("; ")
        return fault("Kafka", f"{trouble.reason.kind}: {what or remedy}", remedy)
    return fault(
        "Kafka", f"nothing answers at {bootstrap} ({trouble.hint or otherwise})",
        "start it (`bellwether kafka up`, docker compose) or set kafka.bootstrap; empty: the embedded broker",
    )  # fmt: skip


def _made_by_whom(connection: KafkaConnection) -> str:
    if connection.protocol == "plaintext":
        return "the first start makes them"
    return "the first start makes them, if this user may; or it may not see them (`bellwether kafka acls`)"


def _partitions(there: list[Wanted], cluster: Any) -> Iterator[Finding]:
    for topic in there:
        count = len(cluster.topics[topic.name].partitions)
        if topic.exactly and count != topic.partitions:
            yield fault(
                "topics", f"{topic.name} has {count} partitions and must have {topic.partitions}: its order counts",
                "delete it while nothing runs, or use another cluster",
            )  # fmt: skip


def _settings(admin: Any, connection: KafkaConnection, there: list[Wanted]) -> Iterator[Finding]:
    asked = {topic.name: ConfigResource(ResourceType.TOPIC, topic.name) for topic in there}
    answers = admin.describe_configs(list(asked.values()), request_timeout=_SECONDS)
    others = 0
    for topic in there:
        try:
            found = {name: entry.value for name, entry in answers[asked[topic.name]].result(_SECONDS).items()}
        except KafkaException as error:
            if (why := reason_of(error.args[0], connection)) is None or why.kind != "not allowed":
                raise
            yield warning(
                "topics", "this user may not see how they are kept and compacted",
                "ask as another user (`bellwether kafka acls --role setup`), or leave it: roles need no such right",
            )  # fmt: skip
            return
        for name in _COUNTS:
            should = topic.config.get(name)
            if should is None or found.get(name) == should or _larger(name, found.get(name), should):
                continue
            others += 1
            alter = "kafka-configs.sh --alter --entity-type topics --entity-name"
            yield warning(
                "topics", f"{topic.name}: {name} is {found.get(name)}, not {should}",
                f"{alter} {topic.name} --add-config {name}={should}",
            )  # fmt: skip
    if not others:
        yield ok("topics", f"{len(there)} are kept and compacted as they must be")


def _larger(name: str, found: str | None, should: str) -> bool:
    """Messages may be larger, and `days` may be more days."""
    if name == "cleanup.policy" or found is None or should == "-1":
        return False
    return found == "-1" or int(found) >= int(should)
