"""Debouncing: a burst of news about one key is acted on once, when the key has fallen quiet."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from processors.decisions.narration import Debounce, narrate_at

REMEMBERED = 10_000  # keys whose latest action is remembered


@dataclass(slots=True)
class _Burst:
    first: float  # times of the event loop's clock, in seconds
    last: float
    run: asyncio.Task[None] | None = None


class Debounced:
    """Calls `act(key)` once a burst. Keys do not wait for each other; one key is never acted on twice at a time."""

    def __init__(self, act: Callable[[str], Awaitable[None]], rules: Debounce) -> None:
        self._act, self._rules = act, rules
        self._bursts: dict[str, _Burst] = {}  # those that still gather news
        self._busy: dict[str, asyncio.Task[None]] = {}  # the latest run of a key that acts
        self._ended: OrderedDict[str, float] = OrderedDict()

    async def touch(self, key: str) -> None:
        """Return when an `act(key)` that began after this call has ended. Raises what it raised."""
        now = asyncio.get_running_loop().time()
        burst = self._bursts.get(key)
        if burst is None:
            burst = self._bursts[key] = _Burst(now, now)
            burst.run = asyncio.create_task(self._run(key, burst))
        burst.last = now
        assert burst.run is not None
        await asyncio.shield(burst.run)  # one waiter that is cancelled must not end the run for the others

    def cancel(self) -> None:
        """End every run; nothing is acted on any more."""
        for task in [*self._busy.values(), *(burst.run for burst in self._bursts.values() if burst.run)]:
            task.cancel()

    async def _run(self, key: str, burst: _Burst) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            former = self._busy.get(key)
            if former is not None:
                await asyncio.wait([former])
            wait = narrate_at(burst.first, burst.last, self._ended.get(key), self._rules) - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            elif key not in self._busy:
                break
        del self._bursts[key]  # news from now on is not in this run's view
        task = asyncio.current_task()
        assert task is not None
        self._busy[key] = task
        try:
            await self._act(key)
        finally:
            del self._busy[key]
            self._ended[key] = clock()
            self._ended.move_to_end(key)
            while len(self._ended) > REMEMBERED:
                self._ended.popitem(last=False)
