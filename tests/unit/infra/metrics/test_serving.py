"""The metrics' own address: who may read it, and that it stops nobody."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from infra.metrics.registry import Metrics
from infra.metrics.serving import metrics_app, served_metrics
from infra.metrics_settings import MetricsSettings
from infra.settings import load
from schemas.errors import BadSetting
from sinks.site.tries import EACH

TOKEN = "long-enough-token"


def client(base_url: str = "http://127.0.0.1", **given: Any) -> TestClient:
    metrics = Metrics()
    metrics.built("ledger")
    return TestClient(metrics_app(MetricsSettings(**given), metrics), base_url)


def test_metrics_and_nothing_else() -> None:
    answer = client().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'role="ledger"' in answer.text
    assert client().get("/").status_code == 404
    assert client().post("/metrics").status_code == 405


def test_on_loopback_it_is_asked_by_loopbacks_names() -> None:
    assert client("http://evil.example").get("/metrics").status_code == 421
    assert client("http://localhost:9464").get("/metrics").status_code == 200
    assert client("http://ledger:9464", host="0.0.0.0").get("/metrics").status_code == 200


def test_a_token_is_asked_for_and_tried_a_few_times_only() -> None:
    asked = client(token=TOKEN)
    bare = asked.get("/metrics")
    assert bare.status_code == 401
    assert bare.headers["www-authenticate"].startswith("Bearer ")
    assert TOKEN not in bare.text
    assert asked.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert asked.get("/metrics", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401
    for _ in range(EACH):
        assert asked.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    late = asked.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0


def test_it_is_served_and_let_go() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with served_metrics(MetricsSettings(port=port)):
        assert "python_info" in httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=30)


def test_a_port_that_is_taken_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with served_metrics(MetricsSettings(port=taken.getsockname()[1])):
            pass
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].message.startswith("metrics.port: 127.0.0.1:")


def test_off_and_port_0_serve_nothing() -> None:
    with served_metrics(MetricsSettings()), served_metrics(MetricsSettings(enabled=False, port=9464)):
        pass


@pytest.mark.parametrize(("name", "value"), [("port", "70000"), ("token", "short"), ("host_name", "x")])
def test_a_bad_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"metrics.{name}") as raised:
        load({f"metrics.{name}": value}, environment={}, folder=tmp_path)
    assert "'short'" not in str(raised.value)


def test_the_token_is_masked(tmp_path: Path) -> None:
    rows = {row["name"]: row["value"] for row in load({"metrics.token": TOKEN}, environment={}, folder=tmp_path).rows()}
    assert rows["metrics.token"] == "********"
