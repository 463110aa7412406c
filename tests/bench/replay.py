"""`python -m tests.bench.replay [--articles 5000] [--live 1000] [--words 60] [--workers 2]`: articles a second.

Prints the rate of the live pipe (embedded broker and store, admission to visible outcome) as the baseline, and beside
it that of replays of `--articles` stored articles from each stage, wall clock from the call to the end of the last
table's writing; lexical analyst. The history is itself made by the replay's own engine, whose time is that of
`articles`. With `--articles 100000` it answers whether a hundred thousand articles take ten minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.generations.readers import ProcessReaders
from infra.generations.running import replay
from infra.generations.shadow import ShadowLedger
from infra.generations.wanted import wanted
from infra.host import opened_host, opened_store
from infra.ingesting import IngestJob
from infra.llm import Binding
from infra.settings import Loaded, load
from processors.decisions.policy import Policy
from schemas.article import Article
from schemas.topics import LIVE
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.generations import ReplayStage
from tests.bench.stream import article_of, made_up

_AT_ONCE = 512
_STAGES: tuple[ReplayStage, ...] = ("articles", "extractions", "proposals")


def settings_in(folder: Path, workers: int) -> Loaded:
    """Return settings that keep everything in `folder` and ask no model."""
    given = {
        "data": str(folder), "site.enabled": False, "brief.schedule": "", "analyst.kind": "lexical",
        "stream.workers": workers,
    }  # fmt: skip
    return load(given, environment={}, folder=folder)


async def live(lines: Sequence[dict[str, Any]], folder: Path) -> float:
    """Return articles a second of the live pipe, after a fifth of them has opened the signals."""
    first = len(lines) // 5
    files = [folder / "warm.jsonl", folder / "measured.jsonl"]
    for file, some in zip(files, (lines[:first], lines[first:]), strict=True):
        file.write_text("".join(json.dumps(line) + "\n" for line in some), "utf-8")
    async with opened_host(settings_in(folder / "live", 1)) as host:
        await asyncio.to_thread(host.runner.run, files[0], IngestJob())
        began = time.perf_counter()
        await asyncio.to_thread(host.runner.run, files[1], IngestJob())
        return (len(lines) - first) / (time.perf_counter() - began)


async def history(store: Store, articles: Sequence[Article], workers: int) -> float:
    """Store the articles and settle them in the live generation; return articles a second."""
    for some in pages(articles):
        ArticleStore(store).put(some)
    began = time.perf_counter()
    ledger, readers = ShadowLedger(store, LIVE, "bench", Policy()), ProcessReaders(Binding(), LIVE, workers)
    await ledger.start()
    reading = [asyncio.create_task(readers.extract(some)) for some in pages(articles[: 3 * _AT_ONCE])]
    n = 0
    try:
        for number in range(-(-len(articles) // _AT_ONCE)):
            proposals = await reading[number]
            ahead = articles[(number + 3) * _AT_ONCE : (number + 4) * _AT_ONCE]
            if ahead:
                reading.append(asyncio.create_task(readers.extract(ahead)))
            for proposal in proposals:
                n += 1
                ledger.take(proposal, n)
            await ledger.settle()
            reading[number] = _done()
        await ledger.finish()
    finally:
        readers.close()
    return len(articles) / (time.perf_counter() - began)


def _done() -> asyncio.Task[Any]:
    """Take the place of a task whose result is no longer needed."""
    return asyncio.create_task(asyncio.sleep(0))


def pages(articles: Sequence[Article]) -> Iterator[Sequence[Article]]:
    """Yield so many at a time."""
    return (articles[start : start + _AT_ONCE] for start in range(0, len(articles), _AT_ONCE))


def told(name: str, rate: float, count: int, baseline: float = 0.0) -> None:
    """Print one line."""
    beside = f"{rate / baseline:>8.1f} × the live rate" if baseline else ""
    print(f"{name:<44}{rate:>9,.0f}/s{count / rate:>10,.1f} s{beside}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--live", type=int, default=1000)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--storylines", type=int, default=0, help="0: one for each 25 articles")
    parser.add_argument("--stages", default=",".join(_STAGES))
    given = parser.parse_args()
    storylines = given.storylines or max(20, given.articles // 25)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        baseline = asyncio.run(live(made_up(given.live, max(20, given.live // 25), given.words), folder))
        told("live pipe", baseline, given.live)
        made = (article_of(line) for line in made_up(given.articles, storylines, given.words))
        articles = [replace(one, url=f"https://news.example/{number}") for number, one in enumerate(made)]
        loaded = settings_in(folder / "history", given.workers)
        with opened_store(loaded) as (_, store):
            told("history made", asyncio.run(history(store, articles, given.workers)), len(articles), baseline)
            for stage in given.stages.split(","):
                began = time.perf_counter()
                asked = wanted("2020-01-01", "2040-01-01", stage, stage)
                summary = asyncio.run(replay(store, loaded, asked))
                assert summary["complete"]
                told(f"replay from {stage}", len(articles) / (time.perf_counter() - began), len(articles), baseline)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{'resident memory of the main process, peak':<44}{peak:>7,.0f} MiB")


if __name__ == "__main__":
    main()
