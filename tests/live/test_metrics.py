"""Roles on a real Kafka as a Prometheus sees them, also when one of them is gone."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from infra.kafka.local.node import KafkaNode
from tests.live.cluster import Roles, send, until, written

pytestmark = pytest.mark.live
Scrape = dict[tuple[str, ...], float]


def _free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def scraped(port: int) -> Scrape:
    """Every sample by name and the sorted values of its labels; nothing while nobody answers."""
    try:
        text = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=30, trust_env=False).text
    except httpx2.TransportError:
        return {}
    return {(each.name, *sorted(each.labels.values())): each.value for one in families(text) for each in one.samples}


def test_each_role_tells_its_own_and_the_sinks_tell_of_one_that_is_gone(node: KafkaNode, tmp_path: Path) -> None:
    ledger, sinks = _free_ports(2)
    store = {"BELLWETHER_STORE__DSN": f"chdb://{tmp_path / 'store'}"}
    with (
        Roles(node.connection, BELLWETHER_METRICS__PORT=str(ledger)) as one,
        Roles(node.connection, BELLWETHER_METRICS__PORT=str(sinks), **store) as other,
        Roles(node.connection, BELLWETHER_METRICS__PORT=str(ledger)) as third,  # taken: it runs without metrics
    ):
        one.start("ledger")
        until(lambda: scraped(ledger), "metrics of the ledger")
        third.start("extract")
        other.start("sinks")
        send(node.connection, written(60))
        until(lambda: scraped(ledger).get(("bellwether_outcomes_total", "accepted")) == 60, "60 outcomes counted")
        found = scraped(ledger)
        assert found["bellwether_commit_number",] == found["bellwether_commits_total",] >= 60
        assert found["bellwether_commit_seconds_count",] > 0
        until(lambda: scraped(sinks).get(("bellwether_stage_records_total", "extract")) == 60, "60 records extracted")
        until(lambda: scraped(sinks).get(("bellwether_signals", "published")) == 5, "5 signals in the tables")
        third.kill("extract")
        send(node.connection, written(20, first=61))
        until(lambda: scraped(sinks).get(("bellwether_stage_lag_records", "extract")) == 20, "the lag of nobody")
        assert scraped(sinks)["bellwether_scrape_errors_total", "stages"] == 0
