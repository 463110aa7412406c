"""Whether the roles of a generation are at rest: what fills or empties topics must not have them beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from confluent_kafka import ConsumerGroupState, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from processors.app import app_id
from schemas.errors import BadInput, BadSetting, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.kafka_trouble import reason_of
from schemas.topics import LIVE

EXTRACT: Final = app_id("extract", LIVE)
LEDGER: Final = app_id("ledger", LIVE)
ARTICLES_SINK: Final = f"bellwether-sink-articles.{LIVE}"
LETTERS_SINK: Final = f"bellwether-sink-dead-letters.{LIVE}"
ROLE_GROUPS: Final = (
    *(app_id(role, LIVE) for role in ("ledger", "extract", "publish", "judge", "revise")),
    *(f"bellwether-sink-{name}.{LIVE}" for name in ("articles", "commits", "dead-letters")),
)
_AT_REST: Final = (ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD)
_ANSWER: Final = 10.0  # seconds
_FIRST: Final = 2.0  # a new cluster does not answer the first question, however long one waits

Make = Callable[[dict[str, Any]], Any]


def must_rest(connection: KafkaConnection, patience: float = 60.0, make: Make = AdminClient) -> None:
    """Return when no role has a member in its group; one that was killed is waited for, until its session has ended.

    The roles `feeds`, `brief`, `alerts` and `site` have no group: nobody can see them from here. Raises BadInput when a
    role is at work after `patience` seconds, BadSetting when this user may not look, Retryable when there is no answer.
    """
    until = time.monotonic() + patience
    while busy := at_work(connection, make=make):
        if time.monotonic() > until:
            raise BadInput(f"kafka.bootstrap: the group {busy} is at work; stop every role first")
        time.sleep(0.5)


def at_work(
    connection: KafkaConnection, patience: float = 60.0, make: Make = AdminClient, groups: Sequence[str] = ROLE_GROUPS
) -> str:
    """Return one of `groups` that has a member: a role is at work; "" when there is none.

    Raises BadSetting when this user may not see one of the groups, Retryable.
    """
    admin = make(connection.client({"log_level": 3}))
    until, answer = time.monotonic() + patience, _FIRST
    while True:
        try:
            # Described by name: a list leaves out what this user may not see, without a word. A cluster that never had
            # a group makes what answers at the first question, which times out meanwhile.
            asked = admin.describe_consumer_groups(list(groups), request_timeout=answer)
            found = {name: future.result(2 * _ANSWER) for name, future in asked.items()}
        except (KafkaException, TimeoutError) as error:
            answer = _ANSWER
            failed = error.args[0] if error.args else error
            if isinstance(failed, KafkaError) and (why := reason_of(failed, connection)) is not None and why.lasting:
                raise BadSetting(f"{why.said} (asking which roles are at work)") from error
        else:
            return min((name for name, group in found.items() if group.state not in _AT_REST), default="")
        if time.monotonic() > until:
            raise Retryable(f"kafka.bootstrap: asking which roles are at work: {failed}; give the command again")
        time.sleep(0.5)
