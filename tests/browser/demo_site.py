"""The demo as a stranger runs it, kept open: real feeds, stream and store in a process of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx2

_OPEN: Final = re.compile(r"Staying open\. Pages: (\S+)\s+Publish an article of your own: (\S+)")
_ROOT: Final = Path(__file__).resolve().parents[2]


class DemoSite:
    """`bellwether demo --stay` on free ports; `url` is the site's origin, `newsroom` the form of live articles."""

    def __init__(self, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.url = self.newsroom = ""
        self._arguments = arguments
        self._environment = {**os.environ, **(environment or {}), "PYTHONPATH": str(_ROOT), "PYTHONUNBUFFERED": "1"}
        self._lines: list[str] = []
        self._opened = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    def open(self, seconds: float = 240.0) -> Self:
        """Run the six weeks and return when the pages stay open."""
        self.folder.mkdir(parents=True, exist_ok=True)
        asked = ["demo", "--stay", "--port", "0", "--data", str(self.folder / "data"), *self._arguments]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", *asked],
            cwd=self.folder,  # so that no bellwether.toml of a developer is in force
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        if not self._opened.wait(seconds) or not self.url:
            self.close()
            raise RuntimeError("the demo did not open its pages; it said:\n" + self.said())
        return self

    def close(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)

    def said(self, lines: int = 30) -> str:
        """Return the end of what it printed."""
        return "\n".join(self._lines[-lines:])

    def ask(self, path: str) -> Any:
        """Return a JSON answer of the site."""
        answer = httpx2.get(self.url + path, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.json()

    def publish(self, publisher: str, title: str, body: str) -> None:
        """Publish a live article through the newsroom's form."""
        form = {"publisher": publisher, "title": title, "body": body}
        answer = httpx2.post(self.newsroom, data=form, timeout=30)
        assert answer.status_code == 303, answer.text

    def run(self, *command: str) -> str:
        """Run a command on the demo's folder, which asks the running demo; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", *command, "--data", str(self.folder / "data")],
            cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line.rstrip())
            if found := _OPEN.search(line):
                self.url, self.newsroom = found[1].rstrip("/"), found[2]
                self._opened.set()
        self._opened.set()  # it ended; without an address it did not open
