"""What the role `revise` remembers of signals, from the stream and from the store."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from processors.agents.signal_memory import KEPT, SignalMemory
from schemas.events import SignalEvent
from tests.builders import event


def step(seq: int, signal_id: str = "g1") -> SignalEvent:
    return event(1, seq, signal_id=signal_id, evidence_id=f"e{seq}", stance="supports")


def test_events_are_remembered_once_and_in_order_whatever_order_they_come_in() -> None:
    async def body() -> None:
        memory = SignalMemory()
        for seq in (1, 3, 2, 3):
            await memory.add(step(seq))
        await memory.add(step(7, "g2"))
        assert [one.seq for one in memory.known("g1")] == [1, 2, 3]
        assert [one.seq for one in memory.known("g2")] == [7]
        assert memory.known("g3") == ()

    asyncio.run(body())


def test_only_the_latest_and_the_opening_one_are_kept() -> None:
    async def body() -> list[int]:
        memory = SignalMemory()
        for seq in range(1, KEPT + 11):
            known = await memory.add(step(seq))
        return [one.seq for one in known]

    assert asyncio.run(body()) == [1, *range(11, KEPT + 11)]


def test_a_signal_that_memory_lacks_is_recalled_once_in_a_thread() -> None:
    asked: list[tuple[str, bool]] = []

    def recall(signal_id: str) -> Sequence[SignalEvent]:
        asked.append((signal_id, threading.current_thread() is threading.main_thread()))
        return [step(1), step(2), step(3), step(4), step(9, "g9")]

    async def body() -> None:
        memory = SignalMemory(recall)
        both = await asyncio.gather(memory.add(step(3)), memory.add(step(4)))
        assert [[one.seq for one in known] for known in both] == [[1, 2, 3, 4]] * 2
        assert [one.seq for one in await memory.add(step(5))] == [1, 2, 3, 4, 5]
        await memory.add(step(1, "g2"))

    asyncio.run(body())
    assert asked == [("g1", False)], "a signal that begins has nothing to recall"


def test_a_store_that_fails_is_no_reason_to_stop() -> None:
    def recall(signal_id: str) -> Sequence[SignalEvent]:
        raise OSError("away")

    assert [one.seq for one in asyncio.run(SignalMemory(recall).add(step(3)))] == [3]


def test_what_was_told_never_goes_back() -> None:
    async def body() -> list[int]:
        memory = SignalMemory()
        memory.tell("g1", 5)
        await memory.add(step(1))
        found = [memory.told("g1")]
        for seq in (4, 2):
            memory.tell("g1", seq)
            found.append(memory.told("g1"))
        return found

    assert asyncio.run(body()) == [0, 4, 4]
