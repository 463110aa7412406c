"""Kafka: whether it answers, and whether its topics are as they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]

from infra.doctor.finding import Finding, fault, ok, warning
from infra.kafka.topics import Wanted, wanted_topics
from infra.settings import Settings

_SECONDS: Final = 8.0
# Others are taste: these decide whether something is forgotten, or refused.
_COUNTS: Final = ("cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes")


def kafka(settings: Settings) -> Iterator[Finding]:
    """Look at the configured Kafka."""
    bootstrap = settings.kafka.bootstrap
    if not bootstrap:
        yield ok("Kafka", "embedded (kafka.bootstrap is empty)")
        return
    admin = AdminClient(settings.kafka.connection.client({"log_level": 0}))
    try:
        cluster = admin.list_topics(timeout=_SECONDS)
    except KafkaException as error:
        yield fault(
            "Kafka", f"nothing answers at {bootstrap} ({error.args[0].str()})",
            "start it (`bellwether kafka up`, docker compose) or set kafka.bootstrap; empty: the embedded broker",
        )  # fmt: skip
        return
    yield ok("Kafka", f"{bootstrap} answers: cluster {cluster.cluster_id}, {len(cluster.brokers)} broker(s)")
    wanted = wanted_topics()
    there = [topic for topic in wanted if topic.name in cluster.topics]
    yield from _partitions(there, cluster)
    if lacking := [topic.name for topic in wanted if topic.name not in cluster.topics]:
        yield warning("topics", f"{len(lacking)} not made yet: {', '.join(lacking)}", "the first start makes them")
    if there:
        yield from _settings(admin, there)


def _partitions(there: list[Wanted], cluster: Any) -> Iterator[Finding]:
    for topic in there:
        count = len(cluster.topics[topic.name].partitions)
        if topic.exactly and count != topic.partitions:
            yield fault(
                "topics", f"{topic.name} has {count} partitions and must have {topic.partitions}: its order counts",
                "delete it while nothing runs, or use another cluster",
            )  # fmt: skip


def _settings(admin: Any, there: list[Wanted]) -> Iterator[Finding]:
    asked = {topic.name: ConfigResource(ResourceType.TOPIC, topic.name) for topic in there}
    answers = admin.describe_configs(list(asked.values()), request_timeout=_SECONDS)
    others = 0
    for topic in there:
        found = {name: entry.value for name, entry in answers[asked[topic.name]].result(_SECONDS).items()}
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
