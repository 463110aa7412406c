"""Reading a whole topic: what a broker refuses for good is told as a setting to mend."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError

from infra.kafka.whole_topic import whole
from schemas.errors import BadSetting, Retryable
from schemas.kafka_connection import KafkaConnection
from schemas.ledger import Commit
from tests.unit.infra.kafka.fakes import FakeConsumer, FakeTopic


class Reading(FakeConsumer):
    """A consumer that knows its topic's partitions."""

    def list_topics(self, topic: str, timeout: float) -> Any:
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=[0])})


def read(code: int) -> list[Commit]:
    refusing = FakeTopic(refuses=KafkaError(code, "no"))
    return list(whole(KafkaConnection("x"), "t", Commit, make=lambda config: Reading(refusing)))


def test_a_missing_right_is_not_tried_again() -> None:
    with pytest.raises(BadSetting, match=r"kafka\.security\.username: .* lacks a right on a group .*reading t"):
        read(KafkaError.GROUP_AUTHORIZATION_FAILED)


def test_another_error_may_pass() -> None:
    with pytest.raises(Retryable, match="reading t: no"):
        read(KafkaError.INVALID_REQUEST)
