"""Whether the roles of a generation are at rest: what fills or empties topics must not have them beside it."""

from __future__ import annotations

import time
from typing import Final

from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

from processors.app import app_id
from schemas.errors import BadInput, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.topics import LIVE

EXTRACT: Final = app_id("extract", LIVE)
LEDGER: Final = app_id("ledger", LIVE)
ARTICLES_SINK: Final = f"bellwether-sink-articles.{LIVE}"
LETTERS_SINK: Final = f"bellwether-sink-dead-letters.{LIVE}"
_ROLES: Final = (
    *(app_id(role, LIVE) for role in ("ledger", "extract", "publish", "judge", "revise")),
    *(f"bellwether-sink-{name}.{LIVE}" for name in ("articles", "commits", "dead-letters")),
)
_AT_REST: Final = (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD)
_ANSWER: Final = 20.0  # seconds


def must_rest(connection: KafkaConnection, patience: float = 60.0) -> None:
    """Return when no role has a member in its group; one that was killed is waited for, until its session has ended.

    The roles `feeds`, `brief`, `alerts` and `site` have no group: nobody can see them from here. Raises BadInput when a
    role is at work after `patience` seconds, Retryable when there is no answer.
    """
    until = time.monotonic() + patience
    while busy := at_work(connection):
        if time.monotonic() > until:
            raise BadInput(f"kafka.bootstrap: the group {busy} is at work; stop every role first")
        time.sleep(0.5)


def at_work(connection: KafkaConnection, patience: float = 60.0) -> str:
    """Return the group of a role that is at work, "" when there is none. Raises Retryable."""
    admin = AdminClient(connection.client({"log_level": 3}))
    until = time.monotonic() + patience
    while True:
        try:
            # Listed, not described: a cluster that never had a group has nobody yet to describe it.
            found = admin.list_consumer_groups(request_timeout=_ANSWER).result(2 * _ANSWER)
        except (KafkaException, TimeoutError) as error:
            failed: object = error
        else:
            if not found.errors:
                busy = [one.group_id for one in found.valid if one.group_id in _ROLES and one.state not in _AT_REST]
                return min(busy, default="")
            failed = found.errors[0]
        if time.monotonic() > until:
            raise Retryable(f"kafka.bootstrap: asking which roles are at work: {failed}; give the command again")
        time.sleep(0.5)
