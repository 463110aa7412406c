"""One request at a time per host, and a pause between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0  # seconds of the loop's clock


class HostGate:
    """Lets one request at a time through to a host, `delay` seconds after the former one ended."""

    def __init__(self, delay: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._delay = delay
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, crawl_delay: float = 0.0) -> AsyncIterator[None]:
        """Wait for this caller's turn at `host` (`name:port`); the body of the `with` is the request."""
        entry = self._hosts.setdefault(host, _Host())
        async with entry.lock:
            loop = asyncio.get_running_loop()
            wait = entry.free_at - loop.time()
            if wait > 0:
                await self._sleep(wait)
            try:
                yield
            finally:
                entry.free_at = loop.time() + max(self._delay, crawl_delay)
