"""The poller: every feed in its time, a bounded number at once, for as long as it is wanted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from structlog.contextvars import bind_contextvars

from producers.copies import CopyIndex
from producers.door import Door
from producers.families import load_families
from producers.languages import Detector, LangidDetector
from producers.opml import FeedSource
from producers.poll import Polled, settle, settle_all
from producers.ports import Clock, FeedState, FeedStore, Intake
from producers.read_feed import FeedReader, Fetches, Reading
from producers.schedule import due, seconds_until_next
from producers.settings import ProducerSettings

_log = logging.getLogger("bellwether.producers")
_LONGEST_NAP = 30.0  # seconds; a clock that was set is noticed within this time
_AFTER_TROUBLE = timedelta(seconds=30)


class Poller:
    """Reads `sources` through `fetcher` into `intake`, remembering each feed in `store`.

    `on_polled` is called after each feed with what came of it. The fetcher must have been entered.
    """

    def __init__(
        self,
        sources: Sequence[FeedSource],
        intake: Intake,
        store: FeedStore,
        clock: Clock,
        *,
        fetcher: Fetches,
        settings: ProducerSettings,
        detector: Detector | None = None,
        on_polled: Callable[[Polled], None] | None = None,
        door: Door | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._store = store
        self._clock = clock
        self._settings = settings
        self._on_polled = on_polled
        self._door = door or Door(intake, CopyIndex(settings.copies_window_days))
        families = load_families(settings.families)
        self._reader = FeedReader(
            fetcher, intake, clock, settings, families=families, detector=detector or LangidDetector()
        )
        self._slots = asyncio.Semaphore(settings.max_concurrency)
        self._states: dict[str, FeedState] | None = None

    async def states(self) -> tuple[FeedState, ...]:
        """Return the state of every feed, in the order given; one never read has only url and names."""
        known = await self._load()
        return tuple(known[source.url] for source in self._sources)

    async def poll_once(self) -> tuple[Polled, ...]:
        """Read every feed once, whether due or not, and admit all that is new in one order of event time.

        Feeds that fail are told by their states. Raises what the store raises; then no cursor has moved.
        """
        states = await self._load()
        readings = await asyncio.gather(*(self._read(states[source.url]) for source in self._sources))
        polled = await asyncio.to_thread(settle_all, readings, self._door, self._store, self._settings)
        for each in polled:
            self._remember(each)
        return tuple(polled)

    async def run(self, stop: asyncio.Event) -> None:
        """Read feeds as they fall due until `stop` is set, then let the polls under way end."""
        states = await self._load()
        under_way: dict[str, asyncio.Task[None]] = {}
        while not stop.is_set():
            now = self._clock()
            idle = [states[source.url] for source in self._sources if source.url not in under_way]
            for state in due(idle, now):
                task = asyncio.create_task(self._poll(state))
                under_way[state.url] = task
                task.add_done_callback(partial(_forget, under_way, state.url))
            idle = [states[source.url] for source in self._sources if source.url not in under_way]
            nap = seconds_until_next(idle, self._clock(), at_most=_LONGEST_NAP if not under_way else 1.0)
            await _wait(stop, max(nap, 0.05))
        if under_way:
            await asyncio.gather(*under_way.values(), return_exceptions=True)

    async def _poll(self, state: FeedState) -> None:
        try:
            reading = await self._read(state)
            polled = await asyncio.to_thread(settle, reading, self._door, self._store, self._settings)
            self._remember(polled)
        except asyncio.CancelledError:
            raise
        except Exception:  # the store's or our own failure: the cursor stays, the feed is read again
            _log.exception("poll failed", extra={"feed": state.url})
            if self._states is not None:
                self._states[state.url] = replace(state, next_poll=self._clock() + _AFTER_TROUBLE)

    async def _read(self, state: FeedState) -> Reading:
        bind_contextvars(feed=state.url)  # each feed is read in a task of its own
        async with self._slots:
            return await self._reader.read(state)

    def _remember(self, polled: Polled) -> None:
        if self._states is not None:
            self._states[polled.state.url] = polled.state
        if polled.moved_to:
            _log.info("feed moved for good", extra={"feed": polled.state.url, "to": polled.moved_to})
        if self._on_polled is not None:
            self._on_polled(polled)

    async def _load(self) -> dict[str, FeedState]:
        if self._states is None:
            stored = await asyncio.to_thread(self._store.load)
            self._states = {
                source.url: stored.get(source.url) or FeedState(source.url, title=source.title)
                for source in self._sources
            }
        return self._states


def _forget(under_way: dict[str, asyncio.Task[None]], url: str, _: asyncio.Task[None]) -> None:
    under_way.pop(url, None)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
