"""Verifications under way in this process, each in a thread, so that whoever asked can look how far it is."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from infra.verify.running import Still, Stopped, VerifyProgress, verify
from schemas.errors import BadInput, Retryable
from sinks.clickhouse.connect import Store

_KEPT: Final = 8  # of those that have ended


@dataclass(slots=True)
class _Job:
    stop: threading.Event = field(default_factory=threading.Event)
    progress: VerifyProgress | None = None
    report: dict[str, Any] | None = None
    error: Exception | None = None
    thread: threading.Thread | None = None


class Verifications:
    """Begun, watched and ended by name. Closing ends all."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

    def begin(self, generation: str, still: Still, *, decide: bool) -> dict[str, str]:
        """Begin one; return its name as `job`."""
        job, name = _Job(), secrets.token_hex(6)
        look: Callable[[], None] = lambda: self._run(job, generation, still, decide=decide)  # noqa: E731
        job.thread = threading.Thread(target=look, name=f"verify-{generation}", daemon=True)
        with self._lock:
            ended = [key for key, one in self._jobs.items() if one.thread is None or not one.thread.is_alive()]
            for key in ended[:-_KEPT]:
                del self._jobs[key]
            self._jobs[name] = job
        job.thread.start()
        return {"job": name}

    def state(self, job: str, *, stop: bool = False) -> dict[str, Any]:
        """Return `progress` or, at its end, `report`. Raises what ended it, BadInput for an unknown one."""
        found = self._jobs.get(job)
        if found is None:
            raise BadInput(f"verify: there is no {job} here; the process was started anew: ask again")
        if stop:
            found.stop.set()
        if found.error is not None:
            raise found.error
        if found.report is not None:
            return {"report": found.report}
        return {"progress": asdict(found.progress) if found.progress else None}

    def close(self, seconds: float = 20.0) -> None:
        """End every one and wait for it."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop.set()
        for job in jobs:
            if job.thread is not None:
                job.thread.join(seconds)

    def _run(self, job: _Job, generation: str, still: Still, *, decide: bool) -> None:
        def show(progress: VerifyProgress) -> None:
            job.progress = progress

        try:
            job.report = verify(self._store, generation, still, decide=decide, show=show, stop=job.stop.is_set)
        except Stopped:
            job.error = Retryable("verify: was stopped before its end")
        except Exception as error:
            job.error = error
