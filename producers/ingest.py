"""`bellwether ingest`: JSON lines in, admitted articles out, in the file's order and harmless to repeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from producers.backfill.spool import decoded
from producers.copies import CopyIndex
from producers.door import Admitted, Door
from producers.draft import Draft
from producers.families import load_families
from producers.languages import Detector, LangidDetector, language_of
from producers.line_stream import BrokenStream, RawLine, read_lines
from producers.lines import LineError, read_line
from producers.patience import Pause, admit_patiently
from producers.ports import Clock, Intake
from producers.settings import ProducerSettings
from schemas.errors import BadInput


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the lines so far. `errors` holds the first ones in words, `refused` counts them all.

    `failure` says why reading stopped early ("" when the input was read to its end); what came before it
    stands. `fraction` is how much of the file has been read, None when its size is not known.
    """

    lines: int = 0
    admitted: int = 0
    revisions: int = 0
    unchanged: int = 0
    copies: int = 0
    refused: int = 0
    errors: tuple[LineError, ...] = ()
    failure: str = ""
    fraction: float | None = None


@dataclass(slots=True)
class _Tally:
    cap: int
    lines: int = 0
    refused: int = 0
    admitted: Admitted = field(default_factory=Admitted)
    errors: list[LineError] = field(default_factory=list)

    def refuse(self, error: LineError) -> None:
        self.refused += 1
        if len(self.errors) < self.cap:
            self.errors.append(error)

    def report(self, *, failure: str = "", fraction: float | None = None) -> IngestReport:
        done = self.admitted
        return IngestReport(
            lines=self.lines,
            admitted=done.new + done.revisions,
            revisions=done.revisions,
            unchanged=done.unchanged,
            copies=done.copies,
            refused=self.refused,
            errors=tuple(self.errors),
            failure=failure,
            fraction=fraction,
        )


def ingest(
    source: Path | IO[bytes],
    intake: Intake,
    clock: Clock,
    settings: ProducerSettings,
    *,
    progress: Callable[[IngestReport], None] | None = None,
    detector: Detector | None = None,
    pause: Pause = time.sleep,
    door: Door | None = None,
    prepared: bool = False,
) -> IngestReport:
    """Admit the articles of `source`, a file's path or a binary stream, plain or gzip, in its order.

    With `prepared` its lines are drafts (see producers.backfill.spool), otherwise what producers.lines reads.

    Blocks until all are admitted (not until they have outcomes); `progress` is called after each batch. Lines
    whose content is already stored are skipped, so a repeated or interrupted run ends in the same articles.
    `door` is given when others admit through it too: one door knows all copies.
    Raises BadInput when the file cannot be opened, Retryable when the store keeps failing.
    """
    door = door or Door(intake, CopyIndex(settings.copies_window_days))
    run = _Run(door, clock, settings, progress=progress, detector=detector or LangidDetector(), pause=pause)
    run.prepared = prepared
    if not isinstance(source, Path):
        return run.read(source, 0)
    try:
        size = source.stat().st_size
        stream = source.open("rb")
    except OSError as error:
        raise BadInput(f"{source}: cannot be read ({error.strerror or error})") from None
    with stream:
        return run.read(stream, size)


class _Run:
    def __init__(
        self,
        door: Door,
        clock: Clock,
        settings: ProducerSettings,
        *,
        progress: Callable[[IngestReport], None] | None,
        detector: Detector,
        pause: Pause,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._progress = progress
        self._detector = detector
        self._pause = pause
        self._families = load_families(settings.families)
        self._door = door
        self._tally = _Tally(settings.ingest_error_cap)
        self._batch: list[Draft] = []
        self.prepared = False

    def read(self, stream: IO[bytes], size: int) -> IngestReport:
        """Ingest `stream`, whose size in bytes is `size` (0: unknown)."""
        failure = ""
        lines = read_lines(stream, self._settings.ingest_line_bytes)
        try:
            for line in lines:
                self._take(line)
                if len(self._batch) >= self._settings.ingest_batch:
                    self._flush(min(1.0, stream.tell() / size) if size else None)
        except BrokenStream as broken:
            failure = str(broken)
        self._flush(1.0 if size and not failure else None)
        return self._tally.report(failure=failure, fraction=1.0 if size and not failure else None)

    def _take(self, line: RawLine) -> None:
        self._tally.lines += 1
        if line.raw is None:
            reason = f"longer than {self._settings.ingest_line_bytes:,} bytes"
            self._tally.refuse(LineError(line.number, reason))
            return
        draft = self._draft(line.number, line.raw)
        if isinstance(draft, LineError):
            self._tally.refuse(draft)
        else:
            self._batch.append(draft)

    def _draft(self, number: int, raw: bytes) -> Draft | LineError:
        if not self.prepared:
            return read_line(raw, number, self._clock(), self._families.family_of, self._language)
        try:
            return decoded(raw)
        except msgspec.MsgspecError as error:
            return LineError(number, f"no draft: {error}")

    def _language(self, text: str, declared: str) -> str:
        return language_of(text, declared, self._detector)

    def _flush(self, fraction: float | None) -> None:
        fates = admit_patiently(self._door, self._batch, self._pause, ordered=True)
        self._tally.admitted = sum(fates, self._tally.admitted)
        self._batch.clear()
        if self._progress is not None:
            self._progress(self._tally.report(fraction=fraction))
