"""The local Kafka without Java: what is said to lack, ports, and the lock that tells whether a node runs."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

import pytest

from infra.kafka.local import jars
from infra.kafka.local.node import CONTROLLER, PORT, KafkaNode, Ports, _chosen
from infra.kafka.local.properties import properties
from schemas.errors import BadInput


def fake_java(folder: Path, version: str) -> None:
    """Put a `java` on the path that tells its version as the real one does."""
    folder.mkdir(exist_ok=True)
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n", "utf-8")
    java.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own PATH, and no jars."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(jars, "CACHE", tmp_path / "cache")
    return tmp_path / "bin"


@pytest.mark.parametrize(
    ("version", "major", "said"),
    [
        ("17.0.15", 17, "Maven is not installed"),
        ("21", 21, "Maven is not installed"),
        ("11.0.2", 11, "Java is 11, Kafka needs 17 or newer; Maven is not installed"),
        ("1.8.0_402", 8, "Java is 8, Kafka needs 17 or newer; Maven is not installed"),
    ],
)
def test_what_lacks_is_said(path: Path, version: str, major: int, said: str) -> None:
    fake_java(path, version)
    assert jars.java_version() == major
    assert jars.missing() == said


@pytest.mark.usefixtures("path")
def test_without_java_there_is_no_version() -> None:
    assert jars.java_version() is None
    assert jars.missing().startswith("Java 17 or newer is not installed")


def test_maven_is_not_needed_once_the_jars_are_there(path: Path) -> None:
    fake_java(path, "17.0.1")
    jars._folder().mkdir(parents=True)
    assert jars.missing() == ""
    assert jars.jars() == jars._folder()


def test_the_pom_names_a_pinned_kafka_four() -> None:
    major, *rest = jars.kafka_version().split(".")
    assert major == "4"
    assert all(part.isdigit() for part in rest)


def test_everything_is_on_loopback() -> None:
    lines = dict(line.split("=", 1) for line in properties(Path("/data"), 1, 2).splitlines())
    for name in ("listeners", "advertised.listeners", "controller.quorum.bootstrap.servers"):
        for address in lines[name].split(","):
            assert address.rsplit(":", 1)[0].removeprefix("PLAINTEXT://").removeprefix("CONTROLLER://") == "127.0.0.1"


def test_ports_are_free_or_refused_by_name() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BadInput, match=r"--port \d+: .*in use"):
            _chosen(None, taken.getsockname()[1], 0)
    free = _chosen(None, 0, 0)
    assert free.port != free.controller
    assert free.pid == 0


def test_ports_are_those_of_the_last_time_and_the_controllers_stays() -> None:
    before = _chosen(None, 0, 0)
    assert _chosen(before, None, None) == before
    other = _chosen(before, 0, before.controller)
    assert (other.port != before.port, other.controller) == (True, before.controller)
    with pytest.raises(BadInput, match="--controller-port"):
        _chosen(before, None, before.controller + 1)
    assert (PORT, CONTROLLER) == (9092, 9093)


def test_a_folder_without_a_node_says_so(tmp_path: Path) -> None:
    node = KafkaNode(tmp_path)
    assert (node.ports(), node.pid, node.runs(), node.log(), node.stop()) == (None, 0, False, "", False)
    with pytest.raises(BadInput, match="kafka up"):
        _ = node.bootstrap
    (tmp_path / "thesis.txt").write_text("do not delete", "utf-8")
    with pytest.raises(BadInput, match="no Kafka node"):
        node.erase()
    assert (tmp_path / "thesis.txt").exists()


def test_the_lock_tells_whether_a_node_runs_and_a_stale_process_id_does_not(tmp_path: Path) -> None:
    node = KafkaNode(tmp_path)
    node._write(Ports(9092, 9093, os.getpid()))  # of a node that was killed; its number is somebody else's now
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    assert (node.runs(), node.pid, node.stop()) == (False, 0, False)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert (node.runs(), node.pid) == (True, os.getpid())
    with pytest.raises(BadInput, match="stop it first"):
        node.erase()
    os.close(lock)
    (tmp_path / "kept.txt").touch()
    node.erase()
    assert [each.name for each in tmp_path.iterdir()] == ["kept.txt"]
