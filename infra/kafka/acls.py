"""What each role may do on a Kafka with ACLs: what it needs by the topic catalogue, which says who writes and reads.

Operations and resources are Kafka's (https://kafka.apache.org/documentation/#operations_in_kafka). Write and Read
include Describe. All of it is for the live generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from infra.kafka.at_rest import ARTICLES_SINK, EXTRACT
from infra.kafka.proposal_topic import GROUP as PROPOSALS_GROUP
from processors.app import ROLES, app_id
from schemas.errors import BadInput
from schemas.topics import CATALOGUE, COMMITS, LIVE, PROPOSALS, Topic

Resource = Literal["topic", "group", "transactional-id"]
SUBSCRIBER: Final = "subscriber"
ALL_TOPICS: Final = "bellwether"  # what the names of all topics and groups begin with
# Whom the catalogue means: the door is `feeds`; an analyst's command comes from the pages or the command line.
_ALSO: Final = {"producers": ("feeds",), "intake": ("feeds",), "every role": ROLES, "subscribers": (SUBSCRIBER,)}
KEEPER: Final = "keeper"  # who moves a store to Kafka and takes articles down
ACL_ROLES: Final = ("setup", "run", KEEPER, *ROLES, "feeds", "sinks", "site", "brief", "alerts", SUBSCRIBER)


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One permission; `prefixed`: on everything whose name begins so."""

    resource: Resource
    name: str
    operations: tuple[str, ...]
    prefixed: bool = False


def acls(role: str, group: str = "") -> tuple[Acl, ...]:
    """Return what a role may do. `group`: what a subscriber's consumer group is called. Raises BadInput."""
    if role not in ACL_ROLES:
        raise BadInput(f"{role}: there is no such role; choose of {', '.join(ACL_ROLES)}")
    if role == SUBSCRIBER:
        if not group:
            raise BadInput(f"{SUBSCRIBER}: needs --group, the name that its program follows the events under")
        return (*_topics(role), Acl("group", group, ("Read",)))
    everything = Acl("topic", ALL_TOPICS, ("Describe",), prefixed=True)  # each looks at its start whether all are there
    if role == "setup":
        return (Acl("topic", ALL_TOPICS, ("Create", "Describe", "DescribeConfigs"), prefixed=True),)
    if role == "run":  # one process with its store in a folder is all of them
        return (
            Acl("topic", ALL_TOPICS, ("Create", "Describe", "DescribeConfigs", "Read", "Write"), prefixed=True),
            Acl("group", ALL_TOPICS, ("Read",), prefixed=True),
        )
    if role == KEEPER:
        return _keepers()
    return (everything, *_topics(role), *_others(role))


def _keepers() -> tuple[Acl, ...]:
    """`migrate` and `takedown`: every topic is emptied and filled while every role is seen to rest."""
    return (
        Acl(
            "topic", ALL_TOPICS,
            ("Create", "Delete", "Describe", "DescribeConfigs", "AlterConfigs", "Read", "Write"), prefixed=True,
        ),
        Acl("group", ALL_TOPICS, ("Describe",), prefixed=True),
        Acl("group", EXTRACT, ("Read",)),  # where these two begin is set
        Acl("group", ARTICLES_SINK, ("Read",)),
        Acl("transactional-id", f"{COMMITS.name}.ledger", ("Describe", "Write")),
    )  # fmt: skip


def _topics(role: str) -> Iterable[Acl]:
    for topic in CATALOGUE:
        operations = [
            *(["Read"] if _means(topic.readers, role) or _reads_too(topic, role) else []),
            *(["Write"] if _means(topic.writers, role) or (topic is PROPOSALS and role == "site") else []),
        ]
        if operations:
            yield Acl("topic", topic.name, tuple(operations))


def _means(named: Sequence[str], role: str) -> bool:
    return any(role == name or role in _ALSO.get(name, ()) for name in named)


def _reads_too(topic: Topic, role: str) -> bool:
    """The ledger reads its own log, and the sweep asks where it ends."""
    return topic is COMMITS and role in ("ledger", "feeds")


def _others(role: str) -> Iterable[Acl]:
    """Groups, the ledger's table and the right to its log."""
    if role in ROLES:
        yield Acl("group", app_id(role, LIVE), ("Read",))
    if role == "sinks":
        yield Acl("group", "bellwether-sink-", ("Read",), prefixed=True)
        yield Acl("group", PROPOSALS_GROUP, ("Describe",))
        for stage in ROLES:  # it tells how far each has come
            yield Acl("group", app_id(stage, LIVE), ("Describe",))
    if role == "ledger":
        yield Acl("topic", f"{app_id('ledger', LIVE)}-heads-changelog", ("Read", "Write"))
        yield Acl("transactional-id", f"{COMMITS.name}.ledger", ("Describe", "Write"))
        yield Acl("group", app_id("extract", LIVE), ("Describe",))  # time passes when nothing is under way
    if role in ("ledger", "publish", "sinks", "feeds"):  # who reads the log must name a group; it takes no part
        yield Acl("group", "bellwether-commit-log", ("Describe",))
    if role in ("ledger", "feeds", "sinks"):
        yield Acl("group", "bellwether-progress", ("Describe",))
    if role == "feeds":  # the sweep waits until these are past an article
        yield Acl("group", app_id("extract", LIVE), ("Describe",))
        yield Acl("group", app_id("ledger", LIVE), ("Describe",))


def commands(principal: str, wanted: Iterable[Acl], bootstrap: str) -> list[str]:
    """Return the lines for a shell that grant it: one `kafka-acls.sh --add` a resource."""
    return [
        f"kafka-acls.sh --bootstrap-server {bootstrap} --command-config admin.properties --add"
        f" --allow-principal '{principal}' {' '.join(f'--operation {name}' for name in acl.operations)}"
        f" --{acl.resource} '{acl.name}'{' --resource-pattern-type prefixed' if acl.prefixed else ''}"
        for acl in wanted
    ]
