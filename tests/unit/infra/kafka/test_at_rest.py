"""Whether roles are at work: what cannot be seen is never taken for rest."""

from __future__ import annotations

import pytest
from confluent_kafka import ConsumerGroupState, KafkaError

from infra.kafka.at_rest import EXTRACT, LEDGER, at_work, must_rest
from schemas.errors import BadInput, BadSetting, Retryable
from schemas.kafka_connection import KafkaConnection
from tests.unit.infra.kafka.fake_admin import FakeAdmin

X = KafkaConnection("x")
NAMES = (
    *(f"bellwether-{name}" for name in ("ledger", "extract", "publish", "judge", "revise")),
    *(f"bellwether-sink-{name}.live" for name in ("articles", "commits", "dead-letters")),
)
REST = {name: [ConsumerGroupState.EMPTY] for name in NAMES}


def test_empty_and_unknown_groups_are_at_rest() -> None:
    must_rest(X, make=FakeAdmin(groups=REST | {LEDGER: [ConsumerGroupState.DEAD]}))


@pytest.mark.parametrize("name", REST)
def test_each_role_that_is_at_work_is_seen(name: str) -> None:
    admin = FakeAdmin(groups=REST | {name: [ConsumerGroupState.STABLE]})
    assert at_work(X, make=admin) == name
    with pytest.raises(BadInput, match=f"the group {name} is at work"):
        must_rest(X, patience=0.0, make=admin)


def test_one_that_was_killed_is_waited_for() -> None:
    must_rest(X, make=FakeAdmin(groups=REST | {LEDGER: [ConsumerGroupState.STABLE, ConsumerGroupState.EMPTY]}))


def test_a_group_that_may_not_be_seen_is_told() -> None:
    admin = FakeAdmin(groups=REST | {EXTRACT: [KafkaError.GROUP_AUTHORIZATION_FAILED]})
    with pytest.raises(BadSetting, match=r"kafka\.security\.username: this user lacks a right on a group"):
        at_work(X, make=admin)


def test_a_new_cluster_answers_at_the_second_question() -> None:
    assert at_work(X, make=FakeAdmin(groups=REST | {LEDGER: [KafkaError._TIMED_OUT, ConsumerGroupState.DEAD]})) == ""


def test_silence_is_no_rest() -> None:
    with pytest.raises(Retryable, match="asking which roles are at work"):
        at_work(X, patience=0.0, make=FakeAdmin(groups=REST | {LEDGER: [KafkaError._TIMED_OUT]}))
