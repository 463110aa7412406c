"""A Kafka that asks for passwords over TLS: each role as a user of its own, with the rights that we document."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Message
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from infra.doctor.kafka import kafka as examined
from infra.kafka.acls import acls
from infra.kafka.topics import cluster_id, create_topics
from infra.metrics.catalogue import STAGE_RECORDS
from infra.metrics.stream_figures import StageFigures
from infra.settings import Settings, load
from processors.emit import Emitter
from schemas.article import Outcome
from schemas.errors import BadSetting, Retryable
from schemas.events import SignalEvent
from schemas.kafka_connection import KafkaConnection
from schemas.ledger import Commit
from schemas.proposal import Proposal
from schemas.topics import ARTICLES, COMMITS, LIVE, OUTCOMES, PROPOSALS, SIGNAL_EVENTS
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader
from sinks.subscribe import subscribe
from tests.live.cluster import Roles, environment_of, send, until, whole, written
from tests.live.secured import SecuredNode, secured_node
from tests.live.test_store_roles import feeds, paper, sinks
from tests.real_kafka import needs_kafka

pytestmark = pytest.mark.live
ROLES = ("setup", "feeds", "extract", "ledger", "publish", "sinks")
_NAMES = {"DescribeConfigs": "DESCRIBE_CONFIGS", "AlterConfigs": "ALTER_CONFIGS"}
_TYPES = {
    "topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "transactional-id": ResourceType.TRANSACTIONAL_ID,
}  # fmt: skip


def grant(node: SecuredNode, user: str, role: str, group: str = "") -> None:
    """Give a user what `bellwether kafka acls` prints for a role."""
    wanted = [
        AclBinding(
            _TYPES[acl.resource],
            acl.name,
            ResourcePatternType.PREFIXED if acl.prefixed else ResourcePatternType.LITERAL,
            f"User:{user}",
            "*",
            getattr(AclOperation, _NAMES.get(operation, operation.upper())),
            AclPermissionType.ALLOW,
        )
        for acl in acls(role, group)
        for operation in acl.operations
    ]
    admin = AdminClient(node.connection.client())
    for future in admin.create_acls(wanted).values():
        future.result(30)


@pytest.fixture(scope="module")
def safe() -> Iterator[SecuredNode]:
    """A node with a user for each role, and its topics made by the user `setup`."""
    needs_kafka()
    with secured_node() as node:
        for role in ROLES:
            node.add(role)
            grant(node, role, role)
        grant(node, "desk", "subscriber", "desk")
        node.add("desk", "nobody")
        until(lambda: made(node.user("setup")), "the rights of setup")
        yield node


def made(connection: KafkaConnection) -> bool:
    try:
        create_topics(connection)
    except (BadSetting, Retryable):
        return False
    return True


def test_each_role_with_its_own_rights_alone_takes_an_article_to_a_subscriber(
    safe: SecuredNode, store: Store, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    reader, feeding = Reader(store, LIVE), safe.user("feeds")
    given = environment_of(feeding) | {"BELLWETHER_STREAM__SWEEP_SECONDS": "8"}
    with (
        paper() as url,
        Roles(safe.user("extract")) as extract,
        Roles(safe.user("ledger"), BELLWETHER_STREAM__TICK_SECONDS="1") as ledger,
        Roles(safe.user("publish")) as publish,
        sinks(store, safe.user("sinks")),
        feeds(store, reading(url, given)),
    ):
        for roles, role in ((extract, "extract"), (ledger, "ledger"), (publish, "publish")):
            roles.start(role)
        send(feeding, written(20))
        until(lambda: len(outcomes(safe)) == 28, "public outcomes of 20 articles and 8 from a feed", 150)
        until(lambda: sum(reader.status()["outcomes"].values()) == 28, "28 outcomes in the table")
        until(lambda: far(safe.user("sinks"))["extract"] == 28, "that the sinks' user sees 28 articles extracted")
        ledger.kill("ledger")
        publish.kill("publish")
        send(feeding, written(10, first=21))
        ledger.start("ledger")  # reads its own log, with commits in it
        publish.start("publish")
        until(lambda: len(outcomes(safe)) == 38, "38 public outcomes", 150)
        until(lambda: any(commit.proposal_id.startswith("t:") for commit in commits(safe)), "a tick", 60)
        for roles, role in ((extract, "extract"), (ledger, "ledger"), (publish, "publish")):
            assert roles.stop(role) == 0
    public = whole(safe.connection, SIGNAL_EVENTS.name, SignalEvent)
    with subscribe(safe.user("desk"), "desk", since="beginning", idle=5.0) as events:
        assert {event.event_id for event in events} == {event.event_id for event in public}
    with subscribe(safe.user("desk"), "desk", heads=True) as events:
        assert set(events.signals) == {event.signal_id for event in public}
    said = capfd.readouterr().err + caplog.text
    assert "uthorization" not in said  # no client asked for more than it may
    assert "not allowed" not in said


def far(connection: KafkaConnection) -> dict[str, float]:
    """Records that each stage has acknowledged, as a scrape of the role `sinks` has them."""
    stages = StageFigures(connection)
    try:
        return {figure.labels[0]: figure.value for figure in stages() if figure.metric is STAGE_RECORDS}
    finally:
        stages.close()


def outcomes(node: SecuredNode) -> set[str]:
    return {outcome.article_id for outcome in whole(node.connection, OUTCOMES.name, Outcome)}


def commits(node: SecuredNode) -> list[Commit]:
    return whole(node.connection, COMMITS.name, Commit)


def reading(url: str, environment: dict[str, str]) -> Settings:
    given = {"feeds.urls": [url], "feeds.allow_hosts": ["127.0.0.1"], "feeds.full_text": False}
    return load(given, environment=environment, folder=Path("/nonexistent")).settings


WRONG: dict[str, tuple[dict[str, str], str, str]] = {
    "password": ({"password": "x"}, "kafka.security.password: .* refuses extract with this password", "not signed in"),
    "user": ({"username": "stranger"}, "kafka.security.password: .* refuses stranger", "not signed in"),
    "mechanism": ({"mechanism": "SCRAM-SHA-256"}, "kafka.security.mechanism: .* SCRAM-SHA-512", "not signed in"),
    "authority": ({"ca_file": "other-ca.pem"}, "kafka.security.ca_file: .* another authority signed", "not trusted"),
    "plain port": ({"bootstrap": "plain"}, "kafka.security.protocol: .* does not speak TLS", "not trusted"),
    "name": (
        {"bootstrap": "localhost"},
        "kafka.security.ca_file: the certificate of localhost.* another name",
        "not trusted",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_told_at_once_and_by_name(safe: SecuredNode, wrong: str, tmp_path: Path) -> None:
    changed, words, kind = WRONG[wrong]
    bad = replace(safe.user("extract"), **with_places(safe, changed))  # type: ignore[arg-type]
    began = time.monotonic()
    with pytest.raises(BadSetting, match=words):
        cluster_id(bad, patience=120)
    with pytest.raises(BadSetting, match=words), subscribe(bad, "desk") as events:
        next(events)
    with pytest.raises(BadSetting, match=words):
        subscribe(bad, "desk", heads=True)
    assert time.monotonic() - began < 100  # told, not waited for
    settings = load({}, environment=environment_of(bad), folder=tmp_path).settings
    (finding,) = examined(settings)
    assert finding.state == "fault"
    assert kind in finding.said
    assert re.search(words, f"{finding.said} {finding.remedy}")


def with_places(node: SecuredNode, changed: dict[str, str]) -> dict[str, str]:
    """Fill in what only the running node knows."""
    places = {"other-ca.pem": str(node.folder / "other-ca.pem"), "plain": node.bootstrap,
              "localhost": f"localhost:{node.tls_port}"}  # fmt: skip
    return {name: places.get(value, value) for name, value in changed.items()}


def test_a_role_with_a_wrong_password_ends_and_says_why(safe: SecuredNode, capfd: pytest.CaptureFixture[str]) -> None:
    with Roles(replace(safe.user("extract"), password="not-this-one")) as roles:
        roles.start("extract")
        assert roles.wait("extract", 120) != 0
    said = capfd.readouterr().err
    assert "kafka.security.password: " in said
    assert "not-this-one" not in said


def test_a_role_by_its_certificate(safe: SecuredNode) -> None:
    grant(safe, "CN=client", "extract")
    grant(safe, "CN=client", "feeds")
    mine = safe.with_certificate()
    until(lambda: len(AdminClient(mine.client()).list_topics(timeout=20).topics) > 9, "the rights of the certificate")
    before = len(whole(safe.connection, PROPOSALS.name, Proposal))
    with Roles(mine) as roles:
        roles.start("extract")
        send(mine, written(5, first=501))
        until(lambda: len(whole(safe.connection, PROPOSALS.name, Proposal)) >= before + 5, "5 proposals")
        assert roles.stop("extract") == 0
    bare = replace(mine, certificate_file="", key_file="", key_password="")
    with pytest.raises(BadSetting, match=r"kafka\.security\.certificate_file: .* wants one"):
        cluster_id(bare, patience=60)


def test_who_may_not_is_refused(safe: SecuredNode) -> None:
    desk, nobody = safe.user("desk"), safe.user("nobody")
    with pytest.raises(BadSetting, match=r"kafka.security.username: desk lacks a right on a group"):
        next(subscribe(desk, "somebody-elses"))
    with pytest.raises(BadSetting, match=r"kafka.security.username: nobody lacks a right on a (group|topic)"):
        next(subscribe(nobody, "desk"))
    emitter = Emitter(desk)
    emitter.send(SIGNAL_EVENTS.name, b"a lie")
    with pytest.raises(Retryable, match=r"kafka.security.username: desk lacks a right on a topic"):
        emitter.flush_now()
    emitter.close()
    consumer = Consumer(desk.client({"group.id": "desk", "auto.offset.reset": "earliest"}))
    consumer.subscribe([ARTICLES.name])
    until(lambda: refused(consumer.poll(1.0)), "that a private topic is refused", 60)
    consumer.close()
    with pytest.raises(BadSetting, match=r"kafka.security: the topic .* nobody lacks a right on a topic"):
        create_topics(nobody)


def refused(message: Message | None) -> bool:
    error = message.error() if message is not None else None
    assert message is None or error is not None, "a record of a private topic"
    return error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED


def test_the_doctor_finds_a_good_connection_well_and_tells_of_a_missing_right(
    safe: SecuredNode, tmp_path: Path
) -> None:
    def found(user: str) -> list[tuple[str, str]]:
        settings = load({}, environment=environment_of(safe.user(user)), folder=tmp_path).settings
        return [(finding.name, finding.state) for finding in examined(settings)]

    assert found("setup") == [("Kafka", "ok"), ("topics", "ok")]
    assert found("extract") == [("Kafka", "ok"), ("topics", "warning")]  # may not read how topics are kept
    assert found("nobody") == [("Kafka", "ok"), ("topics", "warning")]
