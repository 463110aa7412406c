"""`subscribe`: the one call that a downstream program makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.codec import locked_schema
from schemas.confluent import SchemaRegistry
from schemas.kafka_connection import KafkaConnection
from sinks.subscribe.gaps import Gap, Lost
from sinks.subscribe.topic import Start, Subscription
from sinks.where import Where


def subscribe(
    kafka: str | KafkaConnection,
    group: str,
    *,
    where: str = "",
    since: Start = "now",
    heads: bool = False,
    on_gap: Callable[[Gap | Lost], None] | None = None,
    idle: float | None = None,
    config: Mapping[str, Any] | None = None,
    registry: SchemaRegistry | None = None,
) -> Subscription:
    """Follow signal events: `for event in subscribe("localhost:9092", "desk", where="crossed(7)"): …`.

    `kafka` is host:port[,host:port], or a KafkaConnection, which has TLS and passwords, too.
    `group` is the program's name: whoever comes back under it goes on where it was, and several under one name share
    the signals. `since` says where a new name begins: "now", "beginning", or an aware datetime (of events). `where` is
    a condition in CEL. `heads` reads the latest state of each published signal first, into `.signals`; events then go
    on from there. `on_gap` is told when events of a signal are missing, or the broker dropped some while
    the program was away; by default it is logged. `idle`: stop after so
    many seconds without an event. `config` is added to librdkafka's settings. `registry`: where
    the installation has one (`kafka.registry`), its ids are those of the messages.

    Raises BadInput for a condition that is none, BadSetting when the broker refuses the user or what it wants,
    Retryable when the broker does not answer.
    """
    condition = Where(where, "where") if where else None
    return Subscription(
        kafka, group, where=condition, since=since, heads=heads, on_gap=on_gap, idle=idle, config=config,
        schema_of=registry.schema_of if registry else locked_schema,
    )  # fmt: skip
