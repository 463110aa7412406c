"""`python -m tests.bench.stream [--articles N] [--file FILE.jsonl]`: articles a second, whole pipe and each stage.

Prints, on this machine and in this run: a plain confluent-kafka consume-produce loop on the same embedded broker as
the baseline; each stage alone (codec, lexical extraction, ledger decisions at about 1,000 live signals, commit log,
projection); the whole pipe from admission to visible outcome; cold start of `bellwether run` to the first signal; and
resident memory of main process and workers together.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer

from infra.clock import wall_clock
from infra.embedded.broker import EmbeddedBroker
from infra.host import opened_host
from infra.ingesting import IngestJob
from infra.llm import Binding
from infra.roles import bound
from infra.settings import load
from processors.agents.extract import proposal_for
from processors.decisions.ledger import decide
from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.ledger import Commit, InputPosition
from schemas.proposal import Proposal
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import open_store
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.project import Projector

_SYLLABLES = ("ba", "den", "fol", "gra", "hin", "jor", "kel", "lum", "mor", "nev", "pol", "quin", "ras", "sol", "tur")


def made_up(count: int, storylines: int, words: int, seed: int = 3) -> list[dict[str, Any]]:
    """Return news lines about `storylines` storylines with about `words` words each, several publishers, in order."""
    chance = random.Random(seed)

    def word() -> str:
        return "".join(chance.choice(_SYLLABLES) for _ in range(3))

    themes = [[word() for _ in range(24)] for _ in range(storylines)]
    filler = [word() for _ in range(3000)]
    start, rows = datetime(2026, 1, 5, tzinfo=UTC), []
    for number in range(count):
        theme = themes[number % storylines if number < storylines else chance.randrange(storylines)]
        title = " ".join(chance.sample(theme, 5)).capitalize()
        sentences = []
        for _ in range(max(1, words // 14)):
            said = chance.sample(theme, 6) + chance.sample(filler, 8)
            chance.shuffle(said)
            sentences.append(" ".join(said).capitalize() + " because supply is short.")
        rows.append(
            {
                "id": f"b{number}",
                "published": (start + timedelta(seconds=90 * number)).isoformat(),
                "title": title,
                "text": f"{title}. {' '.join(sentences)}",
                "publisher": f"Paper {chance.randrange(40)}",
                "language": "en",
            }
        )
    return rows


def rate(name: str, count: int, work: Callable[[], Any], rows: list[tuple[str, str]]) -> float:
    """Time `work` over `count` items, note and print the rate."""
    began = time.perf_counter()
    work()
    per_second = count / (time.perf_counter() - began)
    rows.append((name, f"{per_second:,.0f}/s"))
    print(f"{name:<58}{per_second:>12,.0f}/s", flush=True)
    return per_second


def each(action: Callable[[Any], None], items: Sequence[Any]) -> None:
    """Do `action` to every item."""
    for item in items:
        action(item)


def plain_loop(broker: EmbeddedBroker, payloads: Sequence[bytes]) -> None:
    """Consume from one topic, produce to another: what Kafka costs by itself."""
    broker.create({"bench.in": 4, "bench.out": 4})
    source = Producer({"bootstrap.servers": broker.connection.bootstrap, "linger.ms": 5})
    sink = Producer({"bootstrap.servers": broker.connection.bootstrap, "linger.ms": 5})
    consumer = Consumer(
        {
            "bootstrap.servers": broker.connection.bootstrap, "group.id": "bench", "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 20, "enable.auto.commit": False,
        }
    )  # fmt: skip
    consumer.subscribe(["bench.in"])
    done = 0
    for start in range(0, len(payloads), 400):
        piece = payloads[start : start + 400]
        for payload in piece:
            source.produce("bench.in", payload)
        source.flush()
        until = done + len(piece)
        while done < until:
            for message in consumer.consume(400, 0.2):
                if message.error() is None:
                    sink.produce("bench.out", message.value())
                    done += 1
            sink.flush()
    consumer.close()


def resident(pid: int) -> float:
    """Return the resident MiB of a process and its children."""
    total = 0
    pids = [pid, *(int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for each in pids:
        for line in Path(f"/proc/{each}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                total += int(line.split()[1])
    return total / 1024


def stages(articles: Sequence[Article], folder: Path, rows: list[tuple[str, str]]) -> None:
    """Measure each stage alone."""
    extractor = bound(Binding()).extractor()
    encoded = [encode(article) for article in articles]
    rate("codec: article to Avro and back, validated", len(articles), lambda: [
        decode(encode(article), Article) for article in articles
    ], rows)  # fmt: skip

    async def extract() -> list[Proposal]:
        return [proposal_for(await extractor.extract(a), "live", wall_clock()) for a in articles]

    proposals: list[Proposal] = []
    rate("extract: lexical analyst, one core", len(articles), lambda: proposals.extend(asyncio.run(extract())), rows)
    state, commits = LedgerState(Policy()), list[Commit]()

    def ledger() -> None:
        for offset, proposal in enumerate(proposals):
            commit = decide(state, proposal, InputPosition("bench", "p", 0, offset), wall_clock())
            if commit is not None:
                state.fold(commit)
                commits.append(commit)

    rate("ledger: decide and fold, one core", len(proposals), ledger, rows)
    live = sum(signal.state != "dormant" for signal in state.signals.values())
    print(f"    … with {live:,} live signals, {len(state.stories):,} stories")
    store = open_store(f"chdb://{folder}")
    migrate(store)
    log, projector = ChdbCommitLog(store, "live"), Projector(store, "live")
    groups = [commits[i : i + 100] for i in range(0, len(commits), 100)]
    rate("commit log: durable in groups of 100", len(commits), lambda: each(log.append, groups), rows)
    batches = [commits[i : i + 400] for i in range(0, len(commits), 400)]
    rate("projection: all tables in batches of 400", len(commits), lambda: each(projector.apply, batches), rows)
    store.close()
    print(f"    … one article takes {sum(map(len, encoded)) / len(encoded):,.0f} bytes on the wire")


async def whole(file: Path, folder: Path, count: int, rows: list[tuple[str, str]], warm: Path) -> None:
    """Measure the pipe from admission to visible outcome, after `warm` has opened the signals."""
    loaded = load({"data": str(folder), "site.enabled": False, "brief.schedule": ""})
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.25):
            peak[0] = max(peak[0], resident(os.getpid()))

    async with opened_host(loaded) as host:
        await asyncio.to_thread(host.runner.run, warm, IngestJob())
        status = host.desk.status()
        print(f"    … {status['signals']:,} signals are open, {status['published']:,} of them published")
        threading.Thread(target=watch, daemon=True).start()
        began = time.perf_counter()
        await asyncio.to_thread(host.runner.run, file, IngestJob())
        per_second = count / (time.perf_counter() - began)
        stop.set()
        rows.append(("whole pipe", f"{per_second:,.0f}/s"))
        print(f"{'whole pipe: admitted → outcome visible, 2 processes':<58}{per_second:>12,.0f}/s")
        print(f"{'resident memory, main process and worker, peak':<58}{peak[0]:>10,.0f} MiB")


def cold_start(folder: Path) -> None:
    """Time `bellwether run` on a served feed until the first signal shows."""
    from infra.demo.newsroom import Newsroom

    start = (wall_clock() - timedelta(days=10)).date()
    with Newsroom(start) as newsroom:
        newsroom.set_now(wall_clock())
        command = [str(Path(sys.executable).with_name("bellwether")), "run", "--data", str(folder), "--port", "0"]
        for url in newsroom.feed_urls().values():
            command += ["--feeds", url]
        environment = {**os.environ, "BELLWETHER_FEEDS__PER_HOST_DELAY": "0", "BELLWETHER_FEEDS__BACKLOG_DAYS": "60"}
        began = time.perf_counter()
        with subprocess.Popen(
            [*command, "--allow-host", "127.0.0.1"], env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "published" in line:
                    print(f"{'cold start of `bellwether run` to the first published signal':<58}"
                          f"{time.perf_counter() - began:>12.1f} s")  # fmt: skip
                    break
            process.terminate()


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=6000)
    parser.add_argument("--storylines", type=int, default=1000)
    parser.add_argument("--words", type=int, default=120)
    given = parser.parse_args()
    lines = made_up(given.articles, given.storylines, given.words)
    print(f"{given.articles:,} articles of about {given.words} words in {given.storylines:,} storylines, "
          f"{os.cpu_count()} cores\n")  # fmt: skip
    rows: list[tuple[str, str]] = []
    articles = [article_of(line) for line in lines]
    broker = EmbeddedBroker()
    payloads = [encode(article) for article in articles]
    rate("baseline: plain confluent-kafka consume-produce", len(payloads), lambda: plain_loop(broker, payloads), rows)
    broker.close()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        half = len(lines) // 2
        for file, part in (("warm.jsonl", lines[:half]), ("bench.jsonl", lines[half:])):
            (folder / file).write_text("\n".join(json.dumps(line) for line in part) + "\n", "utf-8")
        # Each part has a process of its own: one process may open only one chDB folder.
        sizes = [str(given.articles), str(given.storylines), str(given.words)]
        for stage in ("stages", "whole", "cold"):
            command = [sys.executable, "-m", "tests.bench.stream_part", stage, str(folder), *sizes]
            subprocess.run(command, check=True)
    print(f"\npeak memory of this script itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def article_of(line: dict[str, Any]) -> Article:
    at = datetime.fromisoformat(line["published"])
    return Article(
        article_id=line["id"], revision=0, url="", external_id=line["id"], title=line["title"], text=line["text"],
        publisher=line["publisher"], family=line["publisher"].lower(), language="en", published_at=at, fetched_at=at,
        date_flag="ok", text_origin="given", note="", feed_url="", content_hash="h", copy_of="", ordinal=0,
    )  # fmt: skip


if __name__ == "__main__":
    main()
