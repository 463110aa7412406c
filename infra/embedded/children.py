"""Extract workers as child processes: started again when they die, gone when the parent is."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from typing import Any

import msgspec

from infra.metrics.catalogue import WORKER_RESTARTS
from infra.metrics.registry import METRICS

log = logging.getLogger("bellwether.workers")


class Children:
    """Keeps `count` worker processes of one role alive. A child ends when its standard input closes.

    The job goes through that pipe alone: it may hold a key, which belongs in no list of processes.
    """

    def __init__(self, role: str, count: int, job: dict[str, Any]) -> None:
        self._command = [sys.executable, "-m", "infra.worker", role]
        self._job = msgspec.json.encode(job) + b"\n"
        self._count = count
        self._stopping = threading.Event()
        self._running: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the workers; each has a thread that waits for its end."""
        for number in range(self._count):
            thread = threading.Thread(target=self._keep, args=(number,), name=f"worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def pids(self) -> list[int]:
        """Return the process ids of the workers that run now."""
        return [child.pid for child in self._running if child.poll() is None]

    def stop(self, seconds: float = 5.0) -> None:
        """Close every worker's standard input, wait, then kill what is left."""
        self._stopping.set()
        for child in list(self._running):
            if child.stdin:
                child.stdin.close()
        for child in list(self._running):
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
        for thread in self._threads:
            thread.join(seconds)

    def _keep(self, number: int) -> None:
        pause = 0.2
        while not self._stopping.is_set():
            child = subprocess.Popen(self._command, stdin=subprocess.PIPE)
            self._running.append(child)
            assert child.stdin is not None
            try:
                child.stdin.write(self._job)
                child.stdin.flush()
            except BrokenPipeError:
                pass
            status = child.wait()
            self._running.remove(child)
            if not self._stopping.wait(pause):
                METRICS.count(WORKER_RESTARTS)
                log.warning("worker %d ended with status %s; starting another", number, status)
            pause = min(pause * 2, 5.0)
