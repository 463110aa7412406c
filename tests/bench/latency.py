"""`python -m tests.bench.latency [--kafka] [--rates 1,20,100] [--seconds 15]`: article appended → alert at a webhook.

Offline analyst, embedded broker and store; with `--kafka` on a real Kafka (Java, Maven) with chDB as the store. Prints
the median and p95 in milliseconds at each rate, beside a bare produce-consume of the same articles on the same broker.
Articles are sent by the clock, whether or not the last one has arrived (no coordinated omission): the time counts from
when an article was to be appended. What has become due while the door was busy is admitted together, as a feed's new
entries are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from infra.clock import wall_clock
from infra.host import opened_host
from infra.kafka.local.jars import missing
from infra.kafka.local.node import passing_node
from infra.services import Services
from infra.settings import Loaded, load
from producers.ports import Intake
from schemas.article import Article
from schemas.codec import encode
from tests.bench.stream import article_of, made_up

_PRIMING = 200  # articles that publish the signals which the measured ones move
_STORYLINES = 20


class Arrivals:
    """When each article was first heard of, by its number; seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, key: str) -> None:
        with self._lock:
            self.at.setdefault(key, time.perf_counter())


@contextmanager
def webhook(arrivals: Arrivals) -> Iterator[str]:
    """A local receiver that notes which article an alert is about."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            alert = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrivals.note(alert["url"])
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()


def articles_of_today(count: int) -> list[Article]:
    """Return articles about a few storylines, each by another publisher than the one before, dated now."""
    start = wall_clock() - timedelta(hours=2)
    made = [article_of(line) for line in made_up(count, _STORYLINES, 60)]
    return [
        replace(one, url=f"https://news.example/{number}", published_at=start + timedelta(milliseconds=100 * number))
        for number, one in enumerate(made)
    ]


def at_a_rate(send: Callable[[list[Article]], None], articles: Sequence[Article], rate: float) -> dict[str, float]:
    """Send articles by the clock, those that are due together; return when each was to be sent."""
    began = time.perf_counter() + 0.1
    due = {one.url: began + number / rate for number, one in enumerate(articles)}
    waiting = deque(articles)
    while waiting:
        time.sleep(max(0.0, due[waiting[0].url] - time.perf_counter()))
        now, together = time.perf_counter(), [waiting.popleft()]
        while waiting and due[waiting[0].url] <= now:
            together.append(waiting.popleft())
        send(together)
    return due


def told(name: str, rate: float, due: dict[str, float], arrivals: Arrivals, patience: float = 20.0) -> None:
    """Wait for what still arrives, and print one line."""
    until, known = time.monotonic() + patience, -1
    while time.monotonic() < until and len(arrivals.at.keys() & due.keys()) not in (len(due), known):
        known = len(arrivals.at.keys() & due.keys())
        time.sleep(2.0)
    found = sorted((arrivals.at[key] - due[key]) * 1000 for key in due if key in arrivals.at)
    if not found:
        print(f"{name:<34}{rate:>6g}/s   nothing arrived")
        return
    median, p95 = found[len(found) // 2], found[min(len(found) - 1, int(len(found) * 0.95))]
    share = f"{len(found):>5,} of {len(due):,} arrived"
    print(f"{name:<34}{rate:>6g}/s   median {median:>7.0f} ms   p95 {p95:>7.0f} ms   {share}", flush=True)


def bare(bootstrap: str, articles: Sequence[Article], rate: float) -> None:
    """Produce and consume the same articles without anything in between."""
    arrivals, stop = Arrivals(), threading.Event()
    topic = bare_topic(rate)
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
    producer.produce(topic, b"")  # makes the topic
    producer.flush()
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 20}
    )
    consumer.subscribe([topic])

    def listen() -> None:
        while not stop.is_set():
            for message in consumer.consume(100, 0.05):
                if message.error() is None:
                    ready.set()
                    if key := message.key():
                        arrivals.note(key.decode())
        consumer.close()

    ready = threading.Event()
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    ready.wait(30)

    def send(together: list[Article]) -> None:
        for one in together:
            producer.produce(topic, encode(one), one.url.encode())
        producer.poll(0)

    due = at_a_rate(send, articles, rate)
    producer.flush()
    told("bare produce-consume", rate, due, arrivals, patience=5.0)
    stop.set()
    thread.join()


def measured(intake: Intake, bootstrap: str, arrivals: Arrivals, rates: Sequence[float], seconds: float) -> None:
    """Prime the signals, then measure at each rate."""
    counts = [max(15, int(rate * seconds)) for rate in rates]
    articles = articles_of_today(_PRIMING + sum(counts))
    intake.admit(articles[:_PRIMING], ordered=False)
    known = -1
    while len(arrivals.at) != known:  # until nothing more comes of them
        known = len(arrivals.at)
        time.sleep(5)
    at = _PRIMING
    for rate, count in zip(rates, counts, strict=True):
        part, at = articles[at : at + count], at + count
        bare(bootstrap, part, rate)
        due = at_a_rate(lambda together: (intake.admit(together, ordered=False), None)[1], part, rate)
        told("article → alert", rate, due, arrivals)


def settings_for(folder: Path, url: str, bootstrap: str) -> Loaded:
    """Every event on a published signal alerts."""
    (folder / "bellwether.toml").write_text(
        f'[alerts]\nwebhook = "{url}"\n[alerts.rules.all]\nwhen = "true"\nmin_families = 1\n', "utf-8"
    )
    given = {
        "data": str(folder / "data"), "site.enabled": False, "brief.schedule": "", "analyst.kind": "lexical",
        "kafka.bootstrap": bootstrap, "kafka.session_timeout": 6.0,
    }  # fmt: skip
    return load(given, folder=folder)


async def piped(rates: Sequence[float], seconds: float, bootstrap: str = "") -> None:
    """The whole pipe in this process and its extract worker, on the embedded broker or another one."""
    arrivals = Arrivals()
    with tempfile.TemporaryDirectory() as name, webhook(arrivals) as url:
        loaded = settings_for(Path(name), url, bootstrap)
        services = Services(loaded, wall_clock)
        async with opened_host(loaded, (services.offer,)) as host:
            await asyncio.to_thread(services.start, host)
            try:
                await asyncio.to_thread(
                    measured, host.stream.intake, host.broker.connection.bootstrap, arrivals, rates, seconds
                )
            finally:
                await asyncio.to_thread(services.stop)


def real(rates: Sequence[float], seconds: float) -> None:
    """The same on a real Kafka, which is started for it."""
    if lacking := missing():
        raise SystemExit(f"no real Kafka here: {lacking}")
    with passing_node() as node:
        topics = [NewTopic(bare_topic(rate), 1, 1) for rate in rates]
        admin = AdminClient(node.connection.client())
        for made in admin.create_topics(topics).values():
            made.result(30)
        asyncio.run(piped(rates, seconds, node.bootstrap))


def bare_topic(rate: float) -> str:
    """Return the name of the topic of the baseline."""
    return f"bench.bare.{rate:g}"


def main() -> None:
    """Run one mode, or the embedded one here and the real one in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kafka", action="store_true", help="on a real Kafka, too")
    parser.add_argument("--only", choices=("embedded", "kafka"), help=argparse.SUPPRESS)
    parser.add_argument("--rates", default="1,20,100")
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_args()
    rates = [float(rate) for rate in given.rates.split(",")]
    if given.only == "embedded":
        asyncio.run(piped(rates, given.seconds))
    elif given.only == "kafka":
        real(rates, given.seconds)
    else:
        same = [sys.executable, "-m", "tests.bench.latency", "--rates", given.rates, "--seconds", str(given.seconds)]
        for mode in ("embedded", *(["kafka"] if given.kafka else [])):
            print(f"\n{mode}:", flush=True)
            subprocess.run([*same, "--only", mode], check=True)


if __name__ == "__main__":
    main()
