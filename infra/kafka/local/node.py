"""One Apache Kafka node in a folder of its own: formatted, started, found again by another process, stopped.

The folder has `lock`, which the node's process holds as long as it lives, `node.json` (ports and process id), the
properties, `node.log` and `data/`. Whether a node runs is told by the lock alone: a process id may be anybody's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.kafka.local.jars import jars
from infra.kafka.local.properties import LOGGING, properties
from infra.locked import is_locked
from schemas.errors import BadInput, Retryable
from schemas.kafka_connection import KafkaConnection

PORT: Final = 9092
CONTROLLER: Final = 9093
_HEAP: Final = "512m"


class Ports(msgspec.Struct, frozen=True):
    """Where a node answers, on loopback. `pid` is that of its process, 0 while none was started."""

    port: int
    controller: int
    pid: int = 0


class KafkaNode:
    """One node, broker and controller. `start` and `stop` may be called by different processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._child: subprocess.Popen[bytes] | None = None  # when this process started it

    @property
    def bootstrap(self) -> str:
        """Where clients connect; also of a node that does not run now. Raises BadInput when there is none."""
        ports = self.ports()
        if ports is None:
            raise BadInput(f"{self.folder}: there is no Kafka node; `bellwether kafka up` makes one")
        return f"127.0.0.1:{ports.port}"

    @property
    def connection(self) -> KafkaConnection:
        """How clients reach it: without TLS or passwords, on loopback."""
        return KafkaConnection(self.bootstrap)

    @property
    def pid(self) -> int:
        """The process id of the running node, 0 without one."""
        ports = self.ports()
        return ports.pid if ports and self.runs() else 0

    def ports(self) -> Ports | None:
        """Return what the folder says of its node, None before the first start."""
        try:
            return msgspec.json.decode((self.folder / "node.json").read_bytes(), type=Ports)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, OSError) as error:
            raise BadInput(f"{self.folder / 'node.json'}: cannot be read: {error}") from error

    def runs(self) -> bool:
        """Say whether a process has the folder."""
        if self._child is not None:
            self._child.poll()  # a child that has ended must not stay a zombie
        return is_locked(self.folder / "lock")

    def start(
        self, port: int | None = None, controller: int | None = None, *, seconds: float = 60.0, own: bool = False
    ) -> bool:
        """Start the node, formatting its folder the first time, and wait until it answers; False if it ran already.

        Ports: None for those of the last time or the usual ones, 0 for any free one. An `own` node is of this
        process's group, so that Ctrl-C ends both. Raises BadInput for a port or folder that cannot be used, Retryable
        with the end of the node's log when it does not come up.
        """
        libraries = jars()
        self.folder.mkdir(parents=True, exist_ok=True)
        before = self.ports()
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._must_have(before, port, controller)
                self._wait(seconds)
                return False
            ports = _chosen(before, port, controller)
            self._configure(ports, libraries)
            self._child = self._spawned(libraries, lock, own)
            self._write(msgspec.structs.replace(ports, pid=self._child.pid))
        finally:
            os.close(lock)  # the node's process has it too, and keeps it
        self._wait(seconds)
        return True

    def stop(self, *, kill: bool = False, seconds: float = 60.0) -> bool:
        """Stop the node and wait until it is gone; False if none ran. Its data stays.

        A node that does not end within `seconds` is killed; Kafka recovers its logs at the next start.
        """
        pid = self.pid
        if not pid:
            return False
        os.kill(pid, signal.SIGKILL if kill else signal.SIGTERM)
        until = time.monotonic() + seconds
        while self.runs():
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                until += seconds
            time.sleep(0.05)
        return True

    def erase(self) -> None:
        """Delete a stopped node with everything it held. Raises BadInput when it runs, or is none."""
        if self.ports() is None:
            raise BadInput(f"{self.folder}: there is no Kafka node in it")
        if self.runs():
            raise BadInput(f"{self.folder}: the node runs; stop it first")
        for name in ("data", "node.log", "node.json", "server.properties", "log4j2.properties", "lock"):
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def log(self) -> str:
        """Return what the node wrote."""
        path = self.folder / "node.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _must_have(self, before: Ports | None, port: int | None, controller: int | None) -> None:
        for asked, has in ((port, before and before.port), (controller, before and before.controller)):
            if asked and has and asked != has:
                raise BadInput(f"--port {asked}: the node in {self.folder} runs already, at {has}; stop it first")

    def _configure(self, ports: Ports, libraries: Path) -> None:
        data = self.folder / "data"
        (self.folder / "log4j2.properties").write_text(LOGGING, "utf-8")
        config = self.folder / "server.properties"
        config.write_text(properties(data, ports.port, ports.controller), "utf-8")
        self._write(ports)
        if (data / "meta.properties").exists():
            return
        identity = self._java(libraries, "kafka.tools.StorageTool", "random-uuid").strip().splitlines()[-1]
        self._java(libraries, "kafka.tools.StorageTool", "format", "--standalone", "-t", identity, "-c", str(config))

    def _spawned(self, libraries: Path, lock: int, own: bool) -> subprocess.Popen[bytes]:
        command = self._command(libraries, "kafka.Kafka", str(self.folder / "server.properties"), heap=_HEAP)
        with (self.folder / "node.log").open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, pass_fds=(lock,),
                start_new_session=not own,
            )  # fmt: skip

    def _wait(self, seconds: float) -> None:
        """Wait until the node answers."""
        until = time.monotonic() + seconds
        while (ports := self.ports()) is None:  # another process is about to write it
            if time.monotonic() > until:
                raise Retryable(f"{self.folder}: another process has it and does not say where Kafka is")
            time.sleep(0.1)
        admin = AdminClient(KafkaConnection(f"127.0.0.1:{ports.port}").client({"log_level": 0}))
        while True:
            try:
                admin.list_topics(timeout=1.0)
            except KafkaException:
                if not self.runs() or time.monotonic() > until:
                    ended = "ended" if not self.runs() else f"does not answer after {seconds:g} s"
                    raise Retryable(f"Kafka {ended}; its log ends with: {self.log()[-2000:].strip()}") from None
            else:
                return

    def _write(self, ports: Ports) -> None:
        fresh = self.folder / "node.json.new"
        fresh.write_bytes(msgspec.json.encode(ports))
        fresh.replace(self.folder / "node.json")

    def _command(self, libraries: Path, *words: str, heap: str = "256m") -> list[str]:
        return [
            "java", f"-Xmx{heap}", f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
            "-cp", f"{libraries}/*", *words,
        ]  # fmt: skip

    def _java(self, libraries: Path, *words: str) -> str:
        done = subprocess.run(
            self._command(libraries, *words), capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode:
            raise Retryable(f"{words[0]} failed: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout


@contextmanager
def passing_node() -> Iterator[KafkaNode]:
    """Give a node on free ports that is gone, with its data, at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bellwether-kafka-"))
    node = KafkaNode(folder)
    try:
        node.start(0, 0, own=True)
        yield node
    finally:
        node.stop(seconds=20.0)
        shutil.rmtree(folder, ignore_errors=True)


def _chosen(before: Ports | None, port: int | None, controller: int | None) -> Ports:
    """Return the ports to start on. The controller's is part of the formatted quorum and stays."""
    if before is not None and controller and controller != before.controller:
        raise BadInput(
            f"--controller-port {controller}: this node was made with {before.controller}; erase it to change that"
        )
    if before is not None:
        wanted = (before.port if port is None else port, before.controller)
    else:
        wanted = (PORT if port is None else port, CONTROLLER if controller is None else controller)
    sockets = [socket.socket() for _ in wanted]
    try:
        found = []
        for asked, each, option in zip(wanted, sockets, ("--port", "--controller-port"), strict=True):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                each.bind(("127.0.0.1", asked))
            except OSError as error:
                raise BadInput(f"{option} {asked}: {error.strerror}; name another, 0 for any free one") from error
            found.append(int(each.getsockname()[1]))
    finally:
        for each in sockets:
            each.close()
    return Ports(*found)
