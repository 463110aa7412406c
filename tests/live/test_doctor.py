"""The doctor looks at a real Kafka: topics that would forget what they must keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from infra.doctor.kafka import kafka
from infra.kafka.local.node import KafkaNode
from infra.settings import load
from schemas.topics import COMMITS
from tests.live.cluster import until

pytestmark = pytest.mark.live


def test_topics_are_as_they_were_made_until_somebody_changes_them(node: KafkaNode) -> None:
    settings = load({"kafka.bootstrap": node.bootstrap}, environment={}, folder=Path("/nonexistent")).settings
    assert [(finding.name, finding.state) for finding in kafka(settings)] == [("Kafka", "ok"), ("topics", "ok")]
    entry = ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)
    changed = ConfigResource(ResourceType.TOPIC, COMMITS.name, incremental_configs=[entry])
    admin = AdminClient(node.connection.client())
    for future in admin.incremental_alter_configs([changed]).values():
        future.result(20)
    until(lambda: list(kafka(settings))[1].state != "ok", "the change at the broker, which follows the controller", 20)
    (_, found) = kafka(settings)
    assert (found.state, found.said) == ("warning", f"{COMMITS.name}: retention.ms is 60000, not -1")
    assert "retention.ms=-1" in found.remedy
