"""What the catalogue declares, as prometheus_client counts and writes it. One for a process: counts are its own."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from infra.metrics.catalogue import BUILD, CATALOGUE, SCRAPE_ERRORS, Metric
from infra.metrics.sources import REMEMBERED, Figure, Read, Source
from schemas.topics import LIVE

PATIENCE: Final = 3.0  # seconds that a scrape waits for all figures together; Prometheus' own default is ten
_CLOSING: Final = 5.0

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series `…_created` beside each counter says nothing here


class Metrics:
    """Counts, and the sources of what others count. Thread-safe; nothing here raises but for a fault of the program."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._sources: dict[str, Source] = {}
        self._lock = threading.Lock()
        self.registry.register(_Asked(self._figures))  # before the counter of its errors, so that it shows them at once
        self._made: dict[str, Any] = {}
        self._make(SCRAPE_ERRORS)
        for collector in (PlatformCollector, ProcessCollector, GCCollector):
            collector(registry=self.registry)

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Add to a counter."""
        self._of(metric, labels).inc(by)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        self._of(metric, labels).set(value)

    def observe(self, metric: Metric, value: float) -> None:
        """Put a value (seconds) into a histogram."""
        self._of(metric, ()).observe(value)

    def built(self, role: str, generation: str = LIVE) -> None:
        """Say what runs in this process."""
        self.set(BUILD, 1, version("bellwether"), platform.python_version(), role, generation)

    @contextmanager
    def asking(self, name: str, read: Read, remembered: float = REMEMBERED) -> Iterator[None]:
        """Ask `read` for figures at scrapes while this is open; afterwards it is not called any more."""
        self.count(SCRAPE_ERRORS, name, by=0)  # a series that begins at 1 has no increase
        source = Source(name, read, lambda who: self.count(SCRAPE_ERRORS, who), remembered)
        with self._lock:
            self._sources[name] = source
        try:
            yield
        finally:
            with self._lock:
                if self._sources.get(name) is source:
                    del self._sources[name]
            source.finish(_CLOSING)

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """Return all metrics and their content type, in the format that `accept` asks for. Blocks up to PATIENCE."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self.registry), content_type

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> Any:
        made = self._made.get(metric.name) or self._make(metric)
        return made.labels(*labels) if metric.labels else made

    def _make(self, metric: Metric) -> Any:
        """Make it when it is first used: a process shows what it does, and not zeros for what others do."""
        with self._lock:
            if metric.name not in self._made:
                kind = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}[metric.kind]
                more = {"buckets": metric.buckets} if metric.buckets else {}
                self._made[metric.name] = kind(metric.name, metric.help, metric.labels, registry=self.registry, **more)
            return self._made[metric.name]

    def _figures(self) -> list[Figure]:
        with self._lock:
            sources = list(self._sources.values())
        until = time.monotonic() + PATIENCE
        for source in sources:
            source.begin()
        return [figure for source in sources for figure in source.figures(until - time.monotonic())]


class _Asked(Collector):
    """Figures as prometheus_client wants them: a family a metric."""

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Any]:
        """See prometheus_client.registry.Collector."""
        by_metric: dict[Metric, dict[tuple[str, ...], float]] = {}
        for figure in self._figures():
            by_metric.setdefault(figure.metric, {})[figure.labels] = figure.value
        for metric, values in by_metric.items():
            family = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
            made: Any = family(metric.name, metric.help, labels=metric.labels)
            for labels, value in values.items():
                made.add_metric(labels, value)
            yield made

    def describe(self) -> Sequence[Any]:
        """Nothing is read when this is registered."""
        return ()


METRICS: Final = Metrics()
NAMES: Final = frozenset(metric.name for metric in CATALOGUE)
