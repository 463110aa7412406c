"""Identical requests in flight are one request: the first starts it, the others wait for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from schemas.errors import Retryable

T = TypeVar("T")


class Flights(Generic[T]):
    """Tasks by key. A caller that gives up does not stop the request: it may be paid for, and others may wait."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[T]] = {}

    async def join(
        self, key: str, start: Callable[[], Coroutine[Any, Any, T]], joined: Callable[[], Awaitable[None]]
    ) -> T:
        """Return the result of the flight with this key, started by `start` if there is none; else after `joined`."""
        task = self._tasks.get(key)
        first = task is None
        if task is None:
            task = self._tasks[key] = asyncio.create_task(start())
            task.add_done_callback(lambda done: self._landed(key, done))
        try:
            result = await asyncio.shield(task)
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if task.cancelled() and current is not None and not current.cancelling():
                raise Retryable("the language model's client is being closed") from None
            raise
        if not first:
            await joined()
        return result

    async def close(self) -> None:
        """Cancel what is under way and wait for it to end."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _landed(self, key: str, task: asyncio.Task[T]) -> None:
        del self._tasks[key]
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it when every caller has gone
