"""Whether the roles of a generation are at rest: what fills or empties topics must not have them beside it."""

from __future__ import annotations

import time
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from processors.app import app_id
from schemas.errors import BadInput, Retryable
from schemas.topics import LIVE

EXTRACT: Final = app_id("extract", LIVE)
LEDGER: Final = app_id("ledger", LIVE)
ARTICLES_SINK: Final = f"bellwether-sink-articles.{LIVE}"
LETTERS_SINK: Final = f"bellwether-sink-dead-letters.{LIVE}"
_ROLES: Final = (
    *(app_id(role, LIVE) for role in ("ledger", "extract", "publish", "judge", "revise")),
    *(f"bellwether-sink-{name}.{LIVE}" for name in ("articles", "commits", "dead-letters")),
)
_SOON: Final = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)
_AT_REST: Final = frozenset({"EMPTY", "DEAD", "UNKNOWN"})


def must_rest(bootstrap: str, patience: float = 60.0) -> None:
    """Return when no role has a member in its group; one that was killed is waited for, until its session has ended.

    The roles `feeds`, `brief`, `alerts` and `site` have no group: nobody can see them from here. Raises BadInput when a
    role is at work after `patience` seconds, Retryable when there is no answer.
    """
    until = time.monotonic() + patience
    while busy := at_work(bootstrap):
        if time.monotonic() > until:
            raise BadInput(f"kafka.bootstrap: the group {busy} is at work; stop every role first")
        time.sleep(0.5)


def at_work(bootstrap: str, patience: float = 60.0) -> str:
    """Return the group of a role that is at work, "" when there is none. Raises Retryable."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 3})
    until = time.monotonic() + patience
    for name in _ROLES:
        while (state := _state(admin, name)) is None:
            if time.monotonic() > until:
                raise Retryable(f"kafka.bootstrap: no answer about the group {name}; give the command again")
            time.sleep(0.5)
        if state not in _AT_REST:
            return name
    return ""


def _state(admin: AdminClient, group: str) -> str | None:
    """Return the group's state; None when its coordinator cannot say yet, as on a cluster that never had a group."""
    try:
        (future,) = admin.describe_consumer_groups([group], request_timeout=20.0).values()
        return str(future.result(20.0).state.name)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return "DEAD"
        if error.args[0].code() in _SOON or error.args[0].retriable():
            return None
        raise Retryable(f"kafka.bootstrap: asking for the group {group}: {error.args[0].str()}") from error
