"""A real Apache Kafka for the live tests: jars by Maven, Java 17, one node in KRaft mode on loopback.

The jars are kept in ~/.cache/bellwether-kafka; which ones is said by `pom.xml` beside this file. By hand:
`python -m tests.live.kafka` starts a node, prints its address and stops it at the end of standard input.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

POM: Final = Path(__file__).with_name("pom.xml")
CACHE: Final = Path.home() / ".cache" / "bellwether-kafka"
_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_LOGGING: Final = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


def missing() -> str:
    """Return in words what this machine lacks to run Kafka, "" if nothing."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking and not _jars_present() else ""


def jars() -> Path:
    """Return the folder with Kafka's jars, fetched once. Raises RuntimeError with Maven's words."""
    folder = CACHE / str(POM.stat().st_size) / "libs"
    if not _jars_present():
        partial = folder.with_name(f"libs.{os.getpid()}")
        fetched = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(POM), _COPY, f"-DoutputDirectory={partial}"],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if fetched.returncode:
            raise RuntimeError(f"Maven did not fetch Kafka's jars: {fetched.stdout[-2000:]}")
        partial.replace(folder)
    return folder


def _jars_present() -> bool:
    return (CACHE / str(POM.stat().st_size) / "libs").exists()


class KafkaNode:
    """One node, broker and controller, with a data folder of its own. Use it as a context manager."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bellwether-kafka-"))
        self._port, self._controller = _free_ports(2)
        self.bootstrap = f"127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> KafkaNode:
        try:
            self.format()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def format(self) -> None:
        """Write the properties and format the storage."""
        (self._folder / "log4j2.properties").write_text(_LOGGING, "utf-8")
        (self._folder / "server.properties").write_text(self._properties(), "utf-8")
        identity = self._java("kafka.tools.StorageTool", "random-uuid").strip().splitlines()[-1]
        self._java("kafka.tools.StorageTool", "format", "--standalone", "-t", identity, "-c", self._config)

    def start(self, seconds: float = 60.0) -> None:
        """Start the node and wait until it answers. Raises RuntimeError with the end of its log."""
        log = (self._folder / "node.log").open("ab")
        self._process = subprocess.Popen(
            self._command("kafka.Kafka", self._config, heap="512m"), stdout=log, stderr=log, cwd=self._folder
        )
        log.close()
        until = time.monotonic() + seconds
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        while True:
            try:
                admin.list_topics(timeout=1.0)
            except KafkaException:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"Kafka did not start: {self.log()[-3000:]}") from None
            else:
                return

    def stop(self, *, kill: bool = False, seconds: float = 20.0) -> None:
        """Stop the node; its data stays until the context ends."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def log(self) -> str:
        """Return what the node wrote."""
        path = self._folder / "node.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    @property
    def _config(self) -> str:
        return str(self._folder / "server.properties")

    def _command(self, *words: str, heap: str = "256m") -> list[str]:
        return [
            "java", f"-Xmx{heap}", f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}",
            "-cp", f"{jars()}/*", *words,
        ]  # fmt: skip

    def _java(self, *words: str) -> str:
        done = subprocess.run(self._command(*words), capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"{words[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def _properties(self) -> str:
        return "\n".join(
            f"{name}={value}"
            for name, value in {
                "process.roles": "broker,controller",
                "node.id": 1,
                "controller.quorum.bootstrap.servers": f"127.0.0.1:{self._controller}",
                "listeners": f"PLAINTEXT://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{self._controller}",
                "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._port}",
                "inter.broker.listener.name": "PLAINTEXT",
                "controller.listener.names": "CONTROLLER",
                "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
                "log.dirs": self._folder / "data",
                "offsets.topic.replication.factor": 1,
                "offsets.topic.num.partitions": 4,
                "transaction.state.log.replication.factor": 1,
                "transaction.state.log.min.isr": 1,
                "transaction.state.log.num.partitions": 4,
                "share.coordinator.state.topic.replication.factor": 1,
                "share.coordinator.state.topic.min.isr": 1,
                "group.initial.rebalance.delay.ms": 0,
                "auto.create.topics.enable": "false",
            }.items()
        )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


if __name__ == "__main__":
    with KafkaNode() as node:
        print(node.bootstrap, flush=True)
        sys.stdin.read()
