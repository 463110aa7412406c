"""In-order acknowledgement: work may overlap, offsets never move past an unfinished record.

Faust commits past a slow event when `concurrency > 1` and acknowledges before a produced message is safe; this window
does neither. One task an event under a limit, one acker that awaits the tasks in order, confirms what they produced,
and only then acknowledges.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any, Protocol


class Event(Protocol):
    """The part of a Faust event that the window uses."""

    def ack(self) -> Any:
        """Mark the event's offset as done."""
        ...


class Window:
    """Runs `handle` for each event, at most `limit` at a time, and acknowledges strictly in order.

    `handle` must deal with every failure that belongs to the record; what it raises stops the window, and the
    unacknowledged events come again after a restart. `confirm` waits until everything produced so far is safe.
    """

    def __init__(self, limit: int, confirm: Callable[[], Awaitable[None]]) -> None:
        self._limit = limit
        self._confirm = confirm

    async def run(self, events: AsyncIterable[Event], handle: Callable[[Any], Awaitable[None]]) -> None:
        """Consume `events` until they end or something fails; a failure ends the waiting for further events."""
        places = asyncio.Semaphore(self._limit)
        running: asyncio.Queue[tuple[Event, asyncio.Task[None]]] = asyncio.Queue()
        consumer = asyncio.current_task()
        assert consumer is not None
        acker = asyncio.create_task(self._acknowledge(running, places))
        waits = True

        def failed(_: asyncio.Task[None]) -> None:
            if waits:
                consumer.cancel()

        acker.add_done_callback(failed)
        try:
            async for event in events:
                await places.acquire()
                running.put_nowait((event, asyncio.create_task(self._one(handle, event))))
            await running.join()
            waits = False
            if acker.done():
                acker.result()
        except asyncio.CancelledError:
            if not acker.done() or acker.cancelled():
                raise
            consumer.uncancel()
            acker.result()  # raises what stopped it
        finally:
            waits = False
            acker.cancel()
            while not running.empty():
                running.get_nowait()[1].cancel()

    @staticmethod
    async def _one(handle: Callable[[Any], Awaitable[None]], event: Event) -> None:
        await handle(event)

    async def _acknowledge(
        self, running: asyncio.Queue[tuple[Event, asyncio.Task[None]]], places: asyncio.Semaphore
    ) -> None:
        while True:
            done = [await running.get()]
            try:
                await done[0][1]
                while not running.empty() and len(done) < self._limit:
                    event, task = running.get_nowait()
                    done.append((event, task))
                    await task
                await self._confirm()
                for event, _ in done:
                    event.ack()
            finally:
                for _ in done:
                    places.release()
                    running.task_done()
