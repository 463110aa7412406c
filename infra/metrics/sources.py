"""Figures that somebody else keeps, asked for at a scrape: behind a short memory, with a deadline, never raising."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from infra.metrics.catalogue import Metric

log = logging.getLogger("bellwether.metrics")
REMEMBERED: Final = 10.0  # seconds for which figures are given again


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a metric; `labels` are the values of its labels, in their order."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


Read = Callable[[], Iterable[Figure]]


class Source:
    """One place that knows figures. `read` may block and raise; it runs in a thread of its own, once at a time."""

    def __init__(
        self,
        name: str,
        read: Read,
        failed: Callable[[str], None],
        remembered: float = REMEMBERED,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`failed` is told the name for each reading that fails or does not end in time."""
        self.name = name
        self._read, self._failed, self._remembered, self._monotonic = read, failed, remembered, monotonic
        self._lock = threading.Lock()
        self._figures: Sequence[Figure] = ()
        self._at: float | None = None
        self._reading: threading.Thread | None = None
        self._said = ""

    def begin(self) -> None:
        """Start to read, unless what is remembered is fresh or a reading is under way."""
        with self._lock:
            fresh = self._at is not None and self._monotonic() - self._at < self._remembered
            if fresh or self._reading is not None:
                return
            self._reading = threading.Thread(target=self._run, name=f"metrics-{self.name}", daemon=True)
            self._reading.start()

    def figures(self, seconds: float) -> Sequence[Figure]:
        """Return the figures, waiting up to `seconds` for a reading that has begun; none when it failed."""
        with self._lock:
            reading = self._reading
        if reading is not None:
            reading.join(max(0.0, seconds))
            if reading.is_alive():
                self._failed(self.name)
                return ()
        with self._lock:
            return self._figures

    def finish(self, seconds: float) -> None:
        """Wait for a reading under way: what it reads from is about to be closed."""
        with self._lock:
            reading = self._reading
        if reading is not None:
            reading.join(seconds)

    def _run(self) -> None:
        found: Sequence[Figure] = ()
        try:
            found = tuple(self._read())
        except BaseException as error:  # a scrape must give what it can; a panic of a library in Rust is no Exception
            words = f"{type(error).__name__}: {error}"
            if words != self._said:  # it may stay the same for hours
                log.warning("figures of %s could not be had: %s", self.name, words)
            self._said = words
            self._failed(self.name)
        else:
            self._said = ""
        finally:  # whatever ended this thread: the next scrape may begin another reading
            with self._lock:
                self._figures, self._at, self._reading = found, self._monotonic(), None
