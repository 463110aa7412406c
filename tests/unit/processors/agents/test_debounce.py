"""A burst is acted on once, keys do not wait for each other, and whoever asked waits for an act that had it in view."""

from __future__ import annotations

import asyncio

import pytest

from processors.agents.debounce import Debounced
from processors.decisions.narration import Debounce

SHORT = Debounce(quiet=0.02, longest=10)


def test_a_burst_is_one_act_and_everybody_waits_for_it() -> None:
    async def body() -> list[str]:
        acts: list[str] = []

        async def act(key: str) -> None:
            acts.append(key)

        debounced = Debounced(act, SHORT)
        await asyncio.gather(*(debounced.touch(key) for key in ["a"] * 5 + ["b"] * 3))
        assert sorted(acts) == ["a", "b"]
        await debounced.touch("a")
        return acts

    assert sorted(asyncio.run(body())) == ["a", "a", "b"]


def test_news_during_an_act_is_acted_on_afterwards_and_a_slow_key_stops_nobody() -> None:
    async def body() -> None:
        log: list[str] = []
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def act(key: str) -> None:
            log.append(f"{key} begins")
            begun.set()
            if key == "slow":
                await may_end.wait()
            log.append(f"{key} ends")

        debounced = Debounced(act, SHORT)
        first = asyncio.create_task(debounced.touch("slow"))
        await begun.wait()
        second = asyncio.create_task(debounced.touch("slow"))
        await debounced.touch("quick")
        assert log == ["slow begins", "quick begins", "quick ends"]
        assert not first.done()
        may_end.set()
        await asyncio.gather(first, second)
        assert log[3:] == ["slow ends", "slow begins", "slow ends"], "one at a time"

    asyncio.run(body())


def test_an_act_that_fails_fails_for_all_who_wait_and_for_nobody_later() -> None:
    async def body() -> None:
        failing = [True]

        async def act(key: str) -> None:
            if failing.pop():
                raise RuntimeError("told to fail")

        debounced = Debounced(act, SHORT)
        told = await asyncio.gather(debounced.touch("a"), debounced.touch("a"), return_exceptions=True)
        assert [type(one) for one in told] == [RuntimeError, RuntimeError]
        failing.append(False)
        await debounced.touch("a")
        assert failing == []

    asyncio.run(body())


def test_one_who_gives_up_waiting_stops_nothing_and_cancel_stops_all() -> None:
    async def body() -> list[str]:
        acts: list[str] = []

        async def act(key: str) -> None:
            acts.append(key)

        debounced = Debounced(act, SHORT)
        impatient = asyncio.create_task(debounced.touch("a"))
        patient = asyncio.create_task(debounced.touch("a"))
        await asyncio.sleep(0)
        impatient.cancel()
        await patient
        stopped = asyncio.create_task(debounced.touch("b"))
        await asyncio.sleep(0)
        debounced.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopped
        return acts

    assert asyncio.run(body()) == ["a"]
