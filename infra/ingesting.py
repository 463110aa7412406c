"""Running an ingest against an open host, with its progress in numbers."""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from infra.embedded.stream import EmbeddedStream
from infra.metrics.reading import count_refused
from producers.door import Door
from producers.ingest import IngestReport, ingest
from producers.ports import Clock
from producers.settings import ProducerSettings
from schemas.errors import BellwetherError, Stopping

Report = dict[str, Any]
log = logging.getLogger("bellwether.ingest")


class IngestJob:
    """How far one ingest is; may be read from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._report = IngestReport()
        self._under_way: dict[str, int] = {}

    def take(self, report: IngestReport) -> None:
        """Remember the latest report."""
        with self._lock:
            self._report = report

    def under_way(self, counts: dict[str, int]) -> None:
        """Remember what is still on its way."""
        with self._lock:
            self._under_way = counts

    def snapshot(self) -> Report:
        """Return the latest numbers."""
        with self._lock:
            report = self._report
            return {
                "lines": report.lines,
                "admitted": report.admitted,
                "refused": report.refused,
                "fraction": report.fraction,
                **self._under_way,
            }


class IngestRunner:
    """Admits a source and waits until each of its articles has an outcome."""

    def __init__(self, stream: EmbeddedStream, clock: Clock, settings: ProducerSettings, door: Door) -> None:
        self._stream, self._clock, self._settings, self._door = stream, clock, settings, door

    def run(self, source: Path | IO[bytes], job: IngestJob, *, prepared: bool = False) -> Report:
        """Return the report with how many articles were deferred. Blocks; raises what `ingest` raises.

        `prepared`: the lines are a backfill's drafts.
        """
        before = self._outcomes()
        intake = self._stream.intake
        report = ingest(
            source, intake, self._clock, self._settings, progress=job.take, door=self._door, prepared=prepared
        )
        job.take(report)
        count_refused(report.refused)
        while not self._stream.settled():
            if self._stream.intake.stopped:
                raise Stopping("stopped; what was admitted goes on at the next start")
            job.under_way(self._stream.intake.counts())
            time.sleep(0.05)
        after = self._outcomes()
        settled = {kind: after[kind] - before.get(kind, 0) for kind in after if after[kind] != before.get(kind, 0)}
        deferred = after.get("deferred", 0)
        because = self.because() if deferred else []
        return {**asdict(report), "outcomes": settled, "deferred": deferred, "deferred_because": because}

    def because(self, most: int = 3) -> list[str]:
        """Return the commonest reasons why articles wait."""
        rows = self._stream.store.query(
            "SELECT reason, count() AS n FROM outcomes FINAL WHERE generation = {g:String} AND outcome = 'deferred' "
            "GROUP BY reason ORDER BY n DESC, reason LIMIT {most:UInt32}",
            {"g": self._stream.generation, "most": most},
        )
        return [row["reason"] for row in rows]

    def _outcomes(self) -> dict[str, int]:
        rows = self._stream.store.query(
            "SELECT outcome, count() AS n FROM outcomes FINAL WHERE generation = {g:String} GROUP BY outcome",
            {"g": self._stream.generation},
        )
        return {row["outcome"]: row["n"] for row in rows}


class Upload:
    """An ingest whose input comes in pieces from another process."""

    def __init__(self, runner: IngestRunner, *, prepared: bool = False) -> None:
        self._job, self._prepared = IngestJob(), prepared
        self._answer: Report = {}
        reading, writing = os.pipe()
        self._writing: IO[bytes] | None = os.fdopen(writing, "wb")
        self._thread = threading.Thread(target=self._run, args=(runner, os.fdopen(reading, "rb")), daemon=True)
        self._thread.start()

    def write(self, piece: bytes) -> None:
        """Hand on a piece; blocks while the stream is full. An empty piece ends the input."""
        if self._writing is None:
            return
        try:
            if piece:
                self._writing.write(piece)
                self._writing.flush()
                return
            self._writing.close()
        except BrokenPipeError:  # the reader has stopped; its report says why
            pass
        self._writing = None

    def state(self) -> Report:
        """Return `progress`, and `report` or `error` once there is one."""
        return {"progress": self._job.snapshot(), **self._answer}

    def _run(self, runner: IngestRunner, source: IO[bytes]) -> None:
        with source:
            try:
                self._answer = {"report": runner.run(source, self._job, prepared=self._prepared)}
            except BellwetherError as error:
                self._answer = {"error": str(error)}
            except Exception as error:  # told to the other process; this one goes on
                log.exception("ingest failed")
                self._answer = {"error": f"{type(error).__name__}: {error}"}
