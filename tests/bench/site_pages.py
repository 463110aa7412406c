"""`python -m tests.bench.site_pages [--signals 10000] [--evidence 1000000]`: how fast every page answers.

Fills a temporary store, serves the site over HTTP on loopback and asks for each page, one request after the other, as a
reader would: each time another signal, article or filter. Prints median and 95th percentile of the whole answer and of
the time that it spent in ClickHouse, both in milliseconds. Baseline: how long the list and one signal take when they
are read from the general tables and views instead of what is kept for pages.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import httpx2

from infra.desk import Desk
from infra.http_server import HttpServer
from infra.pages import pages
from infra.policy import policy_from
from infra.settings import load
from sinks.clickhouse.as_of import heads_as_of, voices_as_of
from sinks.clickhouse.connect import Row, Store, open_store
from sinks.clickhouse.tables import EVIDENCE
from tests.bench.big_store import NOW, fill

STEP: Final = 7919  # a prime, so that what is asked for lies everywhere


class Watched:
    """A store that adds up how long it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.seconds = 0.0

    def query(self, sql: str, params: Mapping[str, Any] | None = None, *, binary: Sequence[str] = ()) -> list[Row]:
        """See Store."""
        began = time.perf_counter()
        try:
            return self._store.query(sql, params, binary=binary)
        finally:
            self.seconds += time.perf_counter() - began

    def scalar(self, sql: str, params: Mapping[str, Any] | None = None) -> Any:
        """See Store."""
        rows = self.query(sql, params)
        return next(iter(rows[0].values())) if rows else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def addresses(signals: int, evidence: int) -> dict[str, Iterator[str]]:
    """Return of each page the addresses to ask for."""
    numbers = itertools.count(1)

    def signal() -> str:
        number = next(numbers) * STEP % signals
        return f"sg-{number - 1 if number % 50 == 49 else number}"

    def article() -> str:
        return f"a{next(numbers) * STEP % (evidence // 3)}"

    def every(make: Callable[[], str]) -> Iterator[str]:
        while True:
            yield make()

    filters = ("?sector=AI", "?q=case+sg-77", "?min=5&kind=structural&sort=trend", "?geography=CN&lens=policy&page=3")
    return {
        "/": itertools.repeat("/"),
        "/briefs": itertools.repeat("/briefs"),
        "/signals": itertools.repeat("/signals"),
        "/signals?…": (f"/signals{query}" for query in itertools.cycle(filters)),
        "/signals.json": itertools.repeat("/signals.json"),
        "/signals/ID": every(lambda: f"/signals/{signal()}"),
        "/signals/ID.json": every(lambda: f"/signals/{signal()}.json"),
        "/signals/ID/why": every(lambda: f"/signals/{signal()}/why"),
        "/signals/ID?as_of=…": every(lambda: f"/signals/{signal()}?as_of=2026-04-10"),
        "/signals/LARGEST": itertools.repeat("/signals/sg-0"),
        "/articles/ID": every(lambda: f"/articles/{article()}"),
        "/feeds": itertools.repeat("/feeds"),
        "/costs": itertools.repeat("/costs"),
    }


def measured(
    store: Watched, client: httpx2.Client, paths: Iterator[str], times: int
) -> tuple[list[float], list[float]]:
    """Return milliseconds of each answer, and of the store in it."""
    whole, inside = [], []
    for number in range(times + 2):
        store.seconds = 0.0
        began = time.perf_counter()
        answer = client.get(next(paths))
        took = time.perf_counter() - began
        if answer.status_code != 200:
            raise SystemExit(f"{answer.url} answered {answer.status_code}")
        if number >= 2:  # the first two warm up
            whole.append(took * 1000)
            inside.append(store.seconds * 1000)
    return whole, inside


def without(store: Store) -> dict[str, float]:
    """Return milliseconds of the list and of one signal from the general tables and views."""
    ours = {"g": "live", "id": "sg-5000"}

    def one() -> None:
        heads_as_of(store, "live", NOW, "signal_id = {id:String}", id="sg-5000", limit=1)
        voices_as_of(store, "live", NOW, "sg-5000")
        store.query(EVIDENCE.select("WHERE generation = {g:String} AND signal_id = {id:String}", final=True), ours)

    listed = "published_at IS NOT NULL AND state = 'published'"
    calls: dict[str, Callable[[], Any]] = {
        "/signals": lambda: heads_as_of(store, "live", NOW, listed, omit=("mass",), limit=50),
        "/signals/ID": one,
    }
    found = {}
    for name, call in calls.items():
        call()
        began = time.perf_counter()
        call()
        found[name] = (time.perf_counter() - began) * 1000
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=int, default=10_000)
    parser.add_argument("--evidence", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"chdb://{folder}/store")
        fill(store, signals=given.signals, evidence=given.evidence)
        print(f"{given.signals:,} signals, {given.evidence:,} evidence, {given.evidence // 3:,} articles; milliseconds")
        watched = Watched(store)
        loaded = load({"data": folder}, environment={})
        server = HttpServer(pages(Desk(watched, loaded, policy_from(loaded.settings.policy))))  # type: ignore[arg-type]
        server.start()
        baseline = without(store)
        print(f"{'page':<22}{'median':>9}{'p95':>9}{'ClickHouse':>12}{'without':>10}")
        with httpx2.Client(base_url=server.url, timeout=60, trust_env=False) as client:
            for name, paths in addresses(given.signals, given.evidence).items():
                whole, inside = measured(watched, client, paths, given.times)
                p95 = statistics.quantiles(whole, n=20)[-1]
                before = f"{baseline[name]:10.0f}" if name in baseline else ""
                print(
                    f"{name:<22}{statistics.median(whole):9.1f}{p95:9.1f}{statistics.median(inside):12.1f}{before}",
                    flush=True,
                )
        server.stop()
        store.close()


if __name__ == "__main__":
    main()
