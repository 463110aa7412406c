"""Counting, asking, and a scrape that gives what it can."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as families

from infra.metrics.catalogue import BUILD, CATALOGUE, COMMIT_SECONDS, FEED_POLLS, FEEDS, SCRAPE_ERRORS, SIGNALS
from infra.metrics.registry import Metrics
from infra.metrics.sources import Figure, Source


def values(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample of one scrape by name and the values of its labels, in the order of the catalogue."""
    text = metrics.exposition()[0].decode()
    order = {metric.name: metric.labels for metric in CATALOGUE}
    return {
        (sample.name, tuple(sample.labels[label] for label in order.get(sample.name, sample.labels))): sample.value
        for family in families(text)
        for sample in family.samples
    }


def test_counts_add_up_and_gauges_are_set() -> None:
    metrics = Metrics()
    metrics.count(FEED_POLLS, "ok")
    metrics.count(FEED_POLLS, "ok", by=2)
    metrics.observe(COMMIT_SECONDS, 0.03)
    metrics.built("host")
    found = values(metrics)
    assert found["bellwether_feed_polls_total", ("ok",)] == 3
    assert found["bellwether_commit_seconds_count", ()] == 1
    assert found["bellwether_commit_seconds_bucket", ("0.025",)] == 0
    assert found["bellwether_commit_seconds_bucket", ("0.05",)] == 1
    (build,) = [labels for name, labels in found if name == BUILD.name]
    assert {"host", "live"} < set(build)
    assert found["process_resident_memory_bytes", ()] > 0
    assert not [name for name, _ in found if name.endswith("_created")]


def test_open_metrics_when_it_is_asked_for() -> None:
    metrics = Metrics()
    metrics.count(FEED_POLLS, "ok")
    body, content_type = metrics.exposition("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert "bellwether_feed_polls" in {family.name for family in open_families(body.decode())}  # type: ignore[no-untyped-call]
    assert metrics.exposition("text/html")[1].startswith("text/plain")


def test_sources_are_asked_while_they_are_open() -> None:
    metrics = Metrics()
    with metrics.asking("feeds", lambda: [Figure(FEEDS, 3, ("ok",)), Figure(FEEDS, 1, ("failing",))], 0.0):
        assert values(metrics)["bellwether_feeds", ("ok",)] == 3
    assert ("bellwether_feeds", ("ok",)) not in values(metrics)


def test_what_is_remembered_is_not_asked_again() -> None:
    metrics, asked = Metrics(), list[int]()

    def read() -> Iterator[Figure]:
        asked.append(1)
        yield Figure(SIGNALS, len(asked), ("published",))

    with metrics.asking("store", read, 1000.0):
        assert [values(metrics)["bellwether_signals", ("published",)] for _ in range(3)] == [1, 1, 1]
    assert len(asked) == 1


def test_a_source_that_fails_is_counted_and_spoils_no_other(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()

    def broken() -> Iterator[Figure]:
        yield Figure(SIGNALS, 1, ("published",))
        raise RuntimeError("the store is away")

    with metrics.asking("store", broken, 0.0), metrics.asking("feeds", lambda: [Figure(FEEDS, 2, ("ok",))], 0.0):
        first, second = values(metrics), values(metrics)
    assert first["bellwether_feeds", ("ok",)] == second["bellwether_feeds", ("ok",)] == 2
    assert ("bellwether_signals", ("published",)) not in second, "half of it would be misleading"
    assert (first[SCRAPE_ERRORS.name, ("store",)], second[SCRAPE_ERRORS.name, ("store",)]) == (1, 2)
    assert [record.message for record in caplog.records].count(
        "figures of store could not be had: RuntimeError: the store is away"
    ) == 1


def test_a_source_that_hangs_is_counted_and_not_asked_twice_at_once() -> None:
    go, asked, failed = threading.Event(), list[int](), list[str]()

    def slow() -> Iterator[Figure]:
        asked.append(1)
        go.wait(30)
        yield Figure(FEEDS, 7, ("ok",))

    source = Source("slow", slow, failed.append, 1000.0)
    for _ in range(2):
        source.begin()
        assert source.figures(0.01) == ()
    assert (len(asked), failed) == (1, ["slow", "slow"])
    go.set()
    source.finish(30)
    assert [figure.value for figure in source.figures(0)] == [7]


def test_a_reading_that_ends_by_more_than_an_exception_is_begun_again() -> None:
    failed, ends = list[str](), [SystemExit(1)]

    def read() -> Iterator[Figure]:
        if ends:
            raise ends.pop()
        yield Figure(FEEDS, 7, ("ok",))

    source = Source("odd", read, failed.append, 0.0)
    source.begin()
    assert list(source.figures(30)) == []
    assert failed == ["odd"]
    source.begin()
    assert [figure.value for figure in source.figures(30)] == [7]


def test_leaving_waits_for_the_reading_under_way() -> None:
    metrics, ended = Metrics(), threading.Event()

    def read() -> Iterator[Figure]:
        time.sleep(0.2)
        ended.set()
        yield Figure(FEEDS, 1, ("ok",))

    with metrics.asking("store", read):
        source = metrics._sources["store"]
        source.begin()
    assert ended.is_set(), "what it reads from may be closed now"


def test_scrapes_and_counts_at_once() -> None:
    metrics = Metrics()

    def work() -> None:
        for _ in range(500):
            metrics.count(FEED_POLLS, "ok")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        values(metrics)
    for thread in threads:
        thread.join()
    assert values(metrics)["bellwether_feed_polls_total", ("ok",)] == 2000
