"""The doctor against real small servers: what it finds, what it advises, and that nothing stops it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.doctor import kafka, machine, network
from infra.doctor.clickhouse import clickhouse, clock_finding
from infra.doctor.examination import examination
from infra.doctor.finding import Finding, looked, ok
from infra.embedded.broker import EmbeddedBroker
from infra.embedded.folder import DataFolder
from infra.settings import Loaded, load
from schemas.errors import Retryable
from schemas.topics import PROPOSALS
from tests.smtp import FakeSmtp


def loaded(tmp_path: Path, **given: Any) -> Loaded:
    values = {"data": str(tmp_path / "data"), **{name.replace("__", "."): value for name, value in given.items()}}
    return load(values, environment={}, folder=tmp_path)


def states(found: Iterator[Finding] | list[Finding]) -> dict[str, str]:
    return {finding.name: finding.state for finding in found}


@contextmanager
def answering(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve one answer to every GET; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def closed_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_defaults_have_no_fault_and_every_finding_that_is_not_well_has_a_remedy(tmp_path: Path) -> None:
    found = examination(loaded(tmp_path, site__port=0))
    assert [finding for finding in found if finding.state == "fault"] == []
    assert all(finding.remedy for finding in found if finding.state != "ok")
    assert {"settings", "data folder", "disk", "Kafka", "store", "feeds", "mail", "clock"} <= states(found).keys()
    assert not (tmp_path / "data").exists(), "the doctor changes nothing"


def test_a_held_folder_is_well_when_its_holder_answers(tmp_path: Path) -> None:
    settings = loaded(tmp_path).settings
    holder = DataFolder(Path(settings.data))
    holder.hold()
    assert states(machine.folder(settings))["data folder"] == "warning"
    with socket.create_server(("127.0.0.1", 0)) as door:
        holder.announce({"port": door.getsockname()[1], "token": "t"})
        assert states(machine.folder(settings))["data folder"] == "ok"
    holder.release()


def test_a_folder_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = machine.folder(loaded(tmp_path, data=str(tmp_path / "file")).settings)
    assert finding.state == "fault"


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(tmp_path).settings
    for free, state in ((10**9, "warning"), (10**8, "fault")):
        monkeypatch.setattr(
            "infra.doctor.machine.shutil.disk_usage", lambda path, free=free: type("Usage", (), {"free": free})
        )
        assert states(machine.folder(settings))["disk"] == state


def test_a_port_in_use_and_open_pages_are_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert states(machine.pages(loaded(tmp_path, site__port=port).settings)) == {"pages": "fault"}
    assert states(machine.pages(loaded(tmp_path, site__host="0.0.0.0", site__port=0).settings)) == {"pages": "warning"}


def test_where_metrics_are_and_whether_their_port_is_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (said,) = machine.metrics(loaded(tmp_path, metrics__port=port).settings)
        assert (said.state, f"127.0.0.1:{port}" in said.said) == ("fault", True)
    (said,) = machine.metrics(loaded(tmp_path, metrics__port=port, site__port=port).settings)
    assert (said.state, "the pages' port" in said.said) == ("fault", True)
    for given, state, words in (
        ({}, "ok", "/metrics of the pages"),
        ({"site__enabled": False}, "ok", "nowhere"),
        ({"metrics__enabled": False}, "ok", "switched off"),
        ({"metrics__port": port}, "ok", "is free"),
        ({"metrics__port": port, "metrics__host": "0.0.0.0"}, "warning", "asks nobody"),
        ({"metrics__port": port, "metrics__host": "0.0.0.0", "metrics__token": "long-enough-token"}, "ok", "is free"),
    ):
        (said,) = machine.metrics(loaded(tmp_path, **given).settings)
        assert (said.state, words in said.said) == (state, True), said


def test_kafka_that_is_away_lacks_topics_or_has_wrong_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "_SECONDS", 1.0)
    away = loaded(tmp_path, kafka__bootstrap=f"127.0.0.1:{closed_port()}").settings
    assert states(kafka.kafka(away)) == {"Kafka": "fault"}
    broker = EmbeddedBroker()
    there = loaded(tmp_path, kafka__bootstrap=broker.connection.bootstrap).settings
    assert states(kafka.kafka(there)) == {"Kafka": "ok", "topics": "warning"}
    broker.create({PROPOSALS.name: 3})
    wrong = [finding for finding in looked("Kafka", lambda: kafka.kafka(there)) if finding.state == "fault"]
    assert PROPOSALS.name in wrong[0].said
    broker.close()


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    dsn = f"clickhouse://user:sesame@127.0.0.1:{closed_port()}/bellwether"
    (finding,) = clickhouse(loaded(tmp_path, store__dsn=dsn).settings)
    assert finding.state == "fault"
    assert "sesame" not in finding.said


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, b'{"data": [{"id": "gpt-4.1-mini"}]}', "ok"),
        (200, b'{"data": [{"id": "other"}]}', "fault"),
        (401, b"{}", "fault"),
        (404, b"no such page", "warning"),
        (200, b"<html>", "warning"),
    ],
)
def test_the_language_model_is_asked_for_its_list_alone(tmp_path: Path, status: int, body: bytes, state: str) -> None:
    with answering(status, body) as url:
        settings = loaded(tmp_path, llm__base_url=url, llm__api_key="sk-secret").settings
        found = list(network.model(settings))
    assert states(found) == {"language model": state}
    assert "sk-secret" not in str(found)


def test_a_clock_that_is_off_is_said(tmp_path: Path) -> None:
    with answering(200, b'{"data": []}', {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}) as url:
        found = states(network.model(loaded(tmp_path, llm__base_url=url).settings))
    assert found["clock"] == "warning"
    assert (clock_finding("x", 1.0).state, clock_finding("x", -60.0).state) == ("ok", "warning")


def test_mail_is_greeted_and_not_signed_in_to(tmp_path: Path) -> None:
    with FakeSmtp() as server:

        def state(**given: Any) -> str:
            mail = {"host": "127.0.0.1", "port": server.port, "sender": "a@b.example", "recipients": ["c@d.example"]}
            settings = loaded(tmp_path, **{f"brief__mail__{name}": v for name, v in (mail | given).items()}).settings
            return states(network.mail(settings))["mail"]

        assert state(security="none") == "ok"
        assert state() == "fault", "no STARTTLS"
        assert state(security="none", username="me") == "fault", "no AUTH"
        assert state(security="none", port=closed_port()) == "fault"
        assert server.mails == []


def test_feeds_are_counted_not_fetched(tmp_path: Path) -> None:
    assert states(network.feeds(loaded(tmp_path, feeds__urls=["https://nowhere.invalid/feed"]))) == {"feeds": "ok"}
    assert states(network.feeds(loaded(tmp_path, feeds__opml="none.opml"))) == {"feeds": "fault"}


def test_a_check_that_fails_is_a_fault_and_keeps_what_it_found() -> None:
    def breaks() -> Iterator[Finding]:
        yield ok("first", "well")
        raise ValueError("oops")

    def away() -> Iterator[Finding]:
        yield from ()
        raise Retryable("nobody is there")

    assert [finding.state for finding in looked("x", breaks)] == ["ok", "fault"]
    assert [finding.said for finding in looked("x", away)] == ["nobody is there"]


def test_a_wrong_setting_is_a_finding_and_the_exit_status_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bellwether.toml").write_text("[kafka]\nbootstrp = 1\n", "utf-8")
    ran = CliRunner().invoke(app, ["doctor", "--json"])
    assert ran.exit_code == 1
    assert '"fault"' in ran.stdout
    assert "kafka.bootstrp" in ran.stdout
    (tmp_path / "bellwether.toml").write_text("[site]\nport = 0\n", "utf-8")
    ran = CliRunner().invoke(app, ["doctor"])
    assert ran.exit_code == 0
    assert "1 from bellwether.toml" in ran.stdout
