"""Running the real command line in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from infra.door import Door
from infra.embedded.folder import DataFolder
from schemas.errors import Retryable

BELLWETHER = str(Path(sys.executable).with_name("bellwether"))


def bellwether(
    *arguments: str, check: bool = True, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; with `check` fail when it does."""
    done = subprocess.run(
        [BELLWETHER, *arguments],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    if check:
        assert done.returncode == 0, (
            f"{arguments}: status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        )
    return done


def several(
    *commands: Sequence[str], data: Path, environment: Mapping[str, str] | None = None
) -> list[subprocess.CompletedProcess[str]]:
    """Run commands on one data folder one after the other in one process; starting one for each takes longest."""
    given = [[*words, "--data", str(data)] for words in commands]
    done = subprocess.run(
        [sys.executable, "-m", "tests.embedded.several"],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    assert done.returncode == 0, f"{given}: status {done.returncode}\n{done.stderr[-4000:]}"
    results = zip(given, json.loads(done.stdout), strict=True)
    return [subprocess.CompletedProcess(words, status, out, error) for words, (status, out, error) in results]


def answers(data: Path, *commands: Sequence[str], environment: Mapping[str, str] | None = None) -> list[Any]:
    """Return the JSON that each command prints, one value or one a line as an export does. None may fail."""
    found: list[Any] = []
    asked = [words if words[0] == "export" else [*words, "--json"] for words in commands]
    for words, done in zip(commands, several(*asked, data=data, environment=environment), strict=True):
        assert done.returncode == 0, f"{words}: status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        found.append(
            [json.loads(line) for line in done.stdout.splitlines()] if words[0] == "export" else json.loads(done.stdout)
        )
    return found


def asked(*arguments: str) -> Any:
    """Return the JSON that a command prints."""
    return json.loads(bellwether(*arguments, "--json").stdout)


def exported(kind: str, data: Path) -> list[dict[str, Any]]:
    """Return the rows of an export."""
    return [json.loads(line) for line in bellwether("export", kind, "--data", str(data)).stdout.splitlines()]


class Running:
    """The status of a running process, asked at the door of its folder without starting a command each time."""

    def __init__(self, data: Path) -> None:
        self._folder = DataFolder(data)
        self._announced: dict[str, Any] | None = None
        self._door: Door | None = None

    def status(self) -> dict[str, Any] | None:
        """Return what it says now; None when nobody answers."""
        announced = self._folder.door()
        if announced is None:
            return None
        if self._door is None or announced != self._announced:
            self._announced, self._door = announced, Door(announced)
        try:
            found: dict[str, Any] = self._door.ask("status", {})
        except (httpx2.TransportError, Retryable):
            return None
        return found


def wait_for(what: str, met: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until `met`, or fail saying what did not happen."""
    until = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < until, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.1)
