"""What the live tests do to a running cluster: start and kill roles, send articles, read topics whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from processors.emit import Emitter
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.kafka_connection import KafkaConnection
from schemas.topics import ARTICLES
from tests.builders import T0, article

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
SESSION = 6.0  # seconds; the shortest that a broker allows by default
_THEMES = ("gallium licences", "port strikes", "grain insurance", "cable repairs", "battery sodium")


def written(count: int, first: int = 1, families: int = 4) -> list[Article]:
    """Return articles of five themes, told by several families, an hour apart."""
    made = []
    for number in range(first, first + count):
        theme = _THEMES[number % len(_THEMES)]
        title = f"{theme.title()} grow scarce"
        words = " ".join(f"{theme.split()[0]}{i}" for i in range(12))
        made.append(
            article(
                number,
                title=title,
                text=f"{title} {words} note{number}",
                family=f"family-{number // len(_THEMES) % families}",
                published_at=T0 + timedelta(hours=number),
                ordinal=0,
            )
        )
    return made


def environment_of(connection: KafkaConnection) -> dict[str, str]:
    """Return the variables by which a process of ours gets this connection."""
    made = {"BELLWETHER_KAFKA__BOOTSTRAP": connection.bootstrap}
    for part in fields(connection):
        if part.name != "bootstrap" and (value := getattr(connection, part.name)):
            made[f"BELLWETHER_KAFKA__SECURITY__{part.name.upper()}"] = value
    return made


def send(connection: KafkaConnection, articles: Sequence[Article]) -> None:
    """Produce articles with confirmation."""
    emitter = Emitter(connection)
    for each in articles:
        emitter.send(ARTICLES.name, encode(each), each.article_id.encode())
    emitter.flush_now()


def whole(connection: KafkaConnection, topic: str, record: type[T]) -> list[T]:
    """Return every committed record of a topic, partition by partition, in order of offsets."""
    consumer = Consumer(
        connection.client(
            {"group.id": "whole", "enable.partition.eof": True,
             "enable.auto.commit": False, "isolation.level": "read_committed"}
        )
    )  # fmt: skip
    found: list[T] = []
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    for partition in partitions:
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])  # which need not be 0
        while True:
            message = consumer.poll(10.0)
            assert message is not None, f"{topic}[{partition}] fell silent"
            error = message.error()
            if error is not None:
                assert error.code() == KafkaError._PARTITION_EOF, error
                break
            found.append(decode(message.value(), record))
    consumer.close()
    return found


def until(true: Callable[[], Any], what: str, seconds: float = 90.0) -> None:
    """Wait for a condition; AssertionError names it when it does not come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"after {seconds:g} s still not: {what}"
        time.sleep(0.2)


class Roles:
    """Roles as processes of their own. A context manager: all are killed at its end."""

    module: tuple[str, ...] = ("tests.live.role_process",)  # with an analyst of four lines

    def __init__(self, connection: KafkaConnection, **environment: str) -> None:
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            **environment_of(connection),
            "BELLWETHER_KAFKA__SESSION_TIMEOUT": str(SESSION),
            "BELLWETHER_LOG": "info",
            **environment,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="bellwether-roles-")  # Faust leaves folders behind

    def start(self, *roles: str) -> None:
        """Start each role; one that runs is left alone."""
        for role in roles:
            if role not in self._running:
                self._running[role] = subprocess.Popen(
                    [sys.executable, "-m", *self.module, role],
                    cwd=self._folder.name,
                    env=self._environment,
                )

    def signal(self, role: str, number: int) -> None:
        """Send a signal and go on."""
        self._running[role].send_signal(number)

    def kill(self, role: str) -> None:
        """Kill a role as a power cut would, and wait until it is gone."""
        process = self._running.pop(role)
        process.kill()
        process.wait()

    def wait(self, role: str, seconds: float = 60.0) -> int:
        """Wait for a role to end by itself; return its status."""
        status = self._running[role].wait(seconds)
        del self._running[role]
        return status

    def stop(self, role: str) -> int:
        """Ask a role to end; return its status."""
        self.signal(role, signal.SIGTERM)
        return self.wait(role)

    def __enter__(self) -> Roles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for role in list(self._running):
            self.kill(role)
        self._folder.cleanup()


class RealRoles(Roles):
    """Roles as the command line runs them, with the analyst that is configured."""

    module = ("infra.cli", "worker")
