"""Replays of a running process, each in a thread with an event loop of its own, begun and watched through the door."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

from infra.generations.progress import Progress
from infra.generations.running import replay
from infra.generations.wanted import Wanted
from infra.settings import Loaded
from schemas.errors import BadInput
from sinks.clickhouse.connect import Store


@dataclass(slots=True)
class _Job:
    wanted: Wanted
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress | None = None
    summary: dict[str, Any] | None = None
    error: BaseException | None = None
    thread: threading.Thread | None = None


class ReplayJobs:
    """One a name. Closing stops them; the next start of the same replay goes on."""

    def __init__(self, store: Store, loaded: Loaded) -> None:
        self._store, self._loaded = store, loaded
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def begin(self, wanted: Wanted) -> None:
        """Begin a replay; one that is under way with the same wishes is only looked at. Raises BadInput for others."""
        with self._lock:
            job = self._jobs.get(wanted.name)
            if job is not None and job.thread is not None and job.thread.is_alive():
                if job.wanted != wanted:
                    raise BadInput(f"--name {wanted.name}: another replay of this name is running")
                return
            job = self._jobs[wanted.name] = _Job(wanted)
            job.thread = threading.Thread(target=self._run, args=(job,), name=f"replay-{wanted.name}", daemon=True)
            job.thread.start()

    def state(self, name: str, *, stop: bool = False) -> dict[str, Any]:
        """Return `progress` or, at its end, `summary`; raises what the replay raised, BadInput for an unknown one."""
        job = self._jobs.get(name)
        if job is None:
            raise BadInput(f"--name {name}: no such replay was begun here")
        if stop:
            job.stop.set()
        if job.error is not None:
            raise job.error
        return {"summary": job.summary} if job.summary is not None else {"progress": job.progress}

    def close(self, seconds: float = 20.0) -> None:
        """Stop every replay and wait for it."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop.set()
        for job in jobs:
            if job.thread is not None:
                job.thread.join(seconds)

    def _run(self, job: _Job) -> None:
        def show(progress: Progress) -> None:
            job.progress = progress

        try:
            job.summary = asyncio.run(replay(self._store, self._loaded, job.wanted, show, job.stop.is_set))
        except BaseException as error:
            job.error = error
