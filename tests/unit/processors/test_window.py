"""In-order acknowledgement: work overlaps, offsets never pass an unfinished record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

import pytest

from processors.window import Window

SOON = 5.0  # seconds until a test that hangs is called one


@dataclass
class Offset:
    """An event that tells its broker when it is acknowledged."""

    number: int
    broker: Broker

    def ack(self) -> None:
        self.broker.acked.append(self.number)
        if len(self.broker.acked) == self.broker.count:
            self.broker.all_acked.set()


class Broker:
    """Hands out events one by one, and knows what was acknowledged."""

    def __init__(self, count: int, *, ends: bool = True) -> None:
        self.acked: list[int] = []
        self.count = count
        self.all_acked = asyncio.Event()
        self._events = [Offset(n, self) for n in range(count)]
        self._ends = ends

    async def events(self) -> AsyncIterator[Offset]:
        for event in self._events:
            yield event
        if not self._ends:
            await asyncio.Event().wait()

    async def confirm(self) -> None:
        await asyncio.sleep(0)


def run(window: Window, broker: Broker, handle: Callable[[Offset], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(window.run(broker.events(), handle), SOON)

    asyncio.run(bounded())


def taking(turns: Iterable[int]) -> Callable[[Offset], Awaitable[None]]:
    """Return a handler for which event n takes so many turns of the loop."""
    needed = list(turns)

    async def handle(event: Offset) -> None:
        for _ in range(needed[event.number]):
            await asyncio.sleep(0)

    return handle


def test_a_slow_first_event_holds_back_all_acknowledgements_but_not_the_work() -> None:
    broker, done, acked_before_release = Broker(6), [], []
    release = asyncio.Event()

    async def handle(event: Offset) -> None:
        if event.number == 0:
            await release.wait()
        done.append(event.number)
        if len(done) == 5:  # all but the first
            acked_before_release.extend(broker.acked)
            release.set()

    run(Window(6, broker.confirm), broker, handle)
    assert done == [1, 2, 3, 4, 5, 0]
    assert acked_before_release == []
    assert broker.acked == list(range(6))


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_whatever_each_takes_acknowledgements_are_in_order(limit: int) -> None:
    broker = Broker(40)
    run(Window(limit, broker.confirm), broker, taking((n * 7) % 11 for n in range(40)))
    assert broker.acked == list(range(40))


@pytest.mark.parametrize("limit", [1, 4])
def test_no_more_than_the_limit_is_worked_on(limit: int) -> None:
    broker, at_work, most = Broker(30), 0, 0

    async def handle(event: Offset) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        for _ in range(5):
            await asyncio.sleep(0)
        at_work -= 1

    run(Window(limit, broker.confirm), broker, handle)
    assert most == limit
    assert len(broker.acked) == 30


def test_everything_is_confirmed_before_it_is_acknowledged() -> None:
    produced: list[int] = []
    safe: set[int] = set()
    broker = Broker(20)

    async def handle(event: Offset) -> None:
        await asyncio.sleep(0)
        produced.append(event.number)

    async def confirm() -> None:
        there = list(produced)
        await asyncio.sleep(0)
        safe.update(there)
        assert set(broker.acked) <= safe

    run(Window(4, confirm), broker, handle)
    assert set(broker.acked) <= safe
    assert len(broker.acked) == 20


@pytest.mark.parametrize("ends", [True, False], ids=["no more events", "waiting for more"])
@pytest.mark.parametrize("failing", [0, 3, 9])
def test_a_failing_handler_stops_the_window_and_nothing_past_it_is_acknowledged(failing: int, ends: bool) -> None:
    broker = Broker(10, ends=ends)

    async def handle(event: Offset) -> None:
        await asyncio.sleep(0)
        if event.number == failing:
            raise RuntimeError("told to fail")

    with pytest.raises(RuntimeError, match="told to fail"):
        run(Window(4, broker.confirm), broker, handle)
    assert broker.acked == list(range(len(broker.acked)))
    assert len(broker.acked) <= failing


@pytest.mark.parametrize("ends", [True, False], ids=["no more events", "waiting for more"])
def test_what_is_not_confirmed_is_not_acknowledged(ends: bool) -> None:
    broker, left = Broker(10, ends=ends), [2]

    async def confirm() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionError("the broker did not take it")

    with pytest.raises(ConnectionError):
        run(Window(2, confirm), broker, taking([1] * 10))
    assert broker.acked == list(range(len(broker.acked)))
    assert len(broker.acked) <= 4


def test_what_was_at_work_is_cancelled_when_the_window_stops() -> None:
    broker, cancelled = Broker(5, ends=False), []

    async def handle(event: Offset) -> None:
        if event.number == 0:
            await asyncio.sleep(0)
            raise RuntimeError("told to fail")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(event.number)
            raise

    async def body() -> None:
        with pytest.raises(RuntimeError):
            await Window(5, broker.confirm).run(broker.events(), handle)
        for _ in range(3):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(body())
    assert cancelled == [1, 2, 3, 4]


def test_cancelling_the_consumer_cancels_it() -> None:
    broker = Broker(3, ends=False)

    async def body() -> None:
        running = asyncio.create_task(Window(2, broker.confirm).run(broker.events(), taking([0] * 3)))
        await broker.all_acked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(body(), SOON))
