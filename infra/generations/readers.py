"""Extracts articles for a replay: in child processes where reading is work, in this one where it is waiting."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, Protocol

from infra.clock import wall_clock
from infra.llm import Binding
from infra.roles import bound
from processors.agents.extract import extraction_of, nothing_from, proposal_for
from processors.ports import Extractor
from schemas.article import Article
from schemas.codec import decode, encode
from schemas.errors import Retryable
from schemas.proposal import Proposal

log = logging.getLogger("bellwether.replay")
_CHUNK: Final = 16  # articles that a process gets at a time
_TRIES: Final = 20  # new starts of processes that die, before their article is taken to be the reason


class Readers(Protocol):
    """Extracts articles."""

    async def extract(self, articles: Sequence[Article]) -> list[Proposal]:
        """Return one proposal each, in order. Raises Retryable when a service does not answer, or a limit holds."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


class TogetherReaders:
    """In this process, several at a time: for analysts that wait for a model."""

    def __init__(self, extractor: Extractor, generation: str, at_once: int) -> None:
        self._extractor, self._generation = extractor, generation
        self._gate = asyncio.Semaphore(at_once)

    async def extract(self, articles: Sequence[Article]) -> list[Proposal]:
        """See Readers."""
        return list(await asyncio.gather(*map(self._one, articles)))

    def close(self) -> None:
        """Nothing is open."""

    async def _one(self, article: Article) -> Proposal:
        async with self._gate:
            return await tried(self._extractor, article, self._generation)


class ProcessReaders:
    """In `workers` child processes, which are started again when they die and end with this one."""

    def __init__(self, binding: Binding, generation: str, workers: int) -> None:
        self._binding, self._generation, self._workers = binding, generation, workers
        self._lock = threading.Lock()
        self._pool: Executor | None = None

    async def extract(self, articles: Sequence[Article]) -> list[Proposal]:
        """See Readers."""
        chunks = [articles[start : start + _CHUNK] for start in range(0, len(articles), _CHUNK)]
        found = await asyncio.gather(*map(self._chunk, chunks))
        return [proposal for chunk in found for proposal in chunk]

    def close(self) -> None:
        """End the processes; what they are at is not waited for."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    async def _chunk(self, articles: Sequence[Article]) -> list[Proposal]:
        bodies = [encode(article) for article in articles]
        for attempt in range(_TRIES):
            pool = self._opened()
            try:
                done = await asyncio.get_running_loop().run_in_executor(pool, _read, bodies, self._generation)
            except BrokenProcessPool:
                log.warning("a process that read articles was killed; starting others (%d)", attempt + 1)
                self._replace(pool)
                await asyncio.sleep(min(0.1 * 2**attempt, 2.0))
            else:
                return [decode(body, Proposal) for body in done]
        raise Retryable(f"processes that read {articles[0].article_id} and those after it die again and again")

    def _opened(self) -> Executor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    self._workers,
                    multiprocessing.get_context("spawn"),  # a fork would share the store's threads
                    _begin,
                    (self._binding, os.getpid()),
                )
            return self._pool

    def _replace(self, broken: Executor) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = None
        broken.shutdown(wait=False, cancel_futures=True)


async def tried(extractor: Extractor, article: Article, generation: str) -> Proposal:
    """Return the article's proposal; an analyst's own fault rejects the article, as it does live. Raises Retryable."""
    try:
        proposal = proposal_for(await extraction_of(extractor, article), generation, wall_clock())
        return decode(encode(proposal), Proposal)  # what the ledger could not read would get no outcome
    except Retryable:
        raise
    except Exception as error:
        log.exception("%s cannot read %s", extractor.name, article.article_id)
        reason = f"{extractor.name} failed: {type(error).__name__}: {error}"[:500]
        return proposal_for(nothing_from(article, extractor.name, "rejected", reason), generation, wall_clock())


_reader: list[Extractor] = []  # of this child process: one


def _begin(binding: Binding, parent: int) -> None:
    """Make a child ready; it ends when its parent is gone, however that ended."""
    _reader.append(bound(binding).extractor())

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _read(bodies: list[bytes], generation: str) -> list[bytes]:
    (reader,) = _reader

    async def each() -> list[bytes]:
        return [encode(await tried(reader, decode(body, Article), generation)) for body in bodies]

    return asyncio.run(each())
