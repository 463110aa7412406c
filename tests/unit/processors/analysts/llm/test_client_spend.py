"""The spend limits: never exceeded, over all tasks and processes; what does not fit waits and says so."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.costs import costs
from schemas.errors import Retryable
from tests.llm.server import ChatRequest, Reply, answer, drop, hang
from tests.unit.processors.analysts.llm.asking import (
    GOOD,
    NOON,
    Clock,
    Shape,
    call,
    client,
    config_for,
    outcome,
    serving,
    using,
)

# A call is bounded by 256 tokens of overhead, about 300 bytes, and 50 tokens of output at 2: under 700 micro-units.
CALL = 700


def total(books: str, column: str, scope: str) -> int:
    with sqlite3.connect(books) as db:
        return int(db.execute(f"SELECT {column} FROM totals WHERE scope = ?", (scope,)).fetchone()[0])


def told(request: ChatRequest) -> int:
    """What the fake server bills for a good answer, in micro-units."""
    usage = json.loads(answer(GOOD).message["content"])  # type: ignore[index]
    assert usage == GOOD
    asked = -(-len(request.system.encode()) // 4) + -(-len(request.user.encode()) // 4) + 8
    return asked + 2 * -(-len(json.dumps(GOOD)) // 4)


@pytest.mark.parametrize(
    ("limit", "column", "scope"),
    [
        ({"money_per_day": 0.002}, "money", "day 2026-10-14"),
        ({"money_per_run": 0.002}, "money", "run r1"),
        ({"tokens_per_day": 2000}, "tokens", "day 2026-10-14"),
        ({"tokens_per_run": 2000}, "tokens", "run r1"),
    ],
)
def test_no_limit_is_exceeded_by_calls_at_the_same_time(
    tmp_path: Path, limit: dict[str, Any], column: str, scope: str
) -> None:
    with serving() as server:
        config = config_for(tmp_path, server, concurrency=50, **limit)

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            return await asyncio.gather(*(outcome(llm.ask(call(number))) for number in range(200)))

        found = using(config, work)
        billed = sum(told(request) for request in server.requests)
    answered = [one for one in found if isinstance(one, Shape)]
    waiting = [one for one in found if isinstance(one, Retryable)]
    assert len(answered) + len(waiting) == 200
    assert 0 < len(answered) == len(server.requests) < 200
    (setting,) = limit
    assert all(str(one).startswith(f"llm.{setting}: ") for one in waiting)
    assert total(config.books, column, scope) <= 2000
    assert column == "tokens" or total(config.books, column, scope) == billed


def test_a_limit_is_used_up_to_what_one_more_call_could_cost(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server, money_per_day=0.002)

        async def work(llm: OpenAiLlm) -> Shape | Exception:
            for number in range(1000):
                if isinstance(found := await outcome(llm.ask(call(number))), Exception):
                    return found
            raise AssertionError("the limit was never reached")

        found = using(config, work)
    assert 2000 - CALL < total(config.books, "money", "day 2026-10-14") <= 2000
    assert isinstance(found, Retryable)
    assert "the spend limit of 0.002 per day is reached; waits until 00:00 UTC" in str(found)
    assert found.after == 12 * 3600.0


def test_the_next_day_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    with serving() as server:
        config = config_for(tmp_path, server, tokens_per_day=700)

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            found = [await outcome(llm.ask(call(number))) for number in range(60)]
            clock.move(12 * 3600)
            return [found[-1], await outcome(llm.ask(call(59)))]

        before, after = using(config, work, clock)
    assert isinstance(before, Retryable)
    assert after == Shape(**GOOD)


def test_what_requests_under_way_have_reserved_is_waited_for_a_moment_only(tmp_path: Path) -> None:
    with serving(lambda _: hang()) as server:
        config = config_for(tmp_path, server, money_per_day=0.001)

        async def whole() -> Shape | Exception:
            async with client(config) as llm:
                first = asyncio.ensure_future(outcome(llm.ask(call(1))))
                await asyncio.to_thread(server.arrived.wait, 30)
                found = await outcome(llm.ask(call(2)))
            await first
            return found

        found = asyncio.run(whole())
    assert isinstance(found, Retryable)
    assert "reserved by requests under way" in str(found)
    assert found.after is not None
    assert found.after < 60


def test_a_call_that_never_fits_says_so(tmp_path: Path) -> None:
    with serving() as server:
        config = config_for(tmp_path, server, tokens_per_day=100)
        found = using(config, lambda llm: outcome(llm.ask(call())))
        assert server.requests == []
    assert isinstance(found, Retryable)
    assert "more than the limit of 100 tokens: raise it" in str(found)


_PROCESS = """
import asyncio, sys
from pathlib import Path
from tests.unit.processors.analysts.llm.asking import *
config = config_for(Path(sys.argv[1]), base_url=sys.argv[2], money_per_day=0.01, run=sys.argv[3], concurrency=5)
async def work(llm):
    print("ready", flush=True)
    await asyncio.to_thread(input)
    found = await asyncio.gather(*(outcome(llm.ask(call(f"{sys.argv[3]}-{n}"))) for n in range(200)))
    return sum(isinstance(one, Shape) for one in found)
print(using(config, work))
"""


def test_two_processes_share_one_limit(tmp_path: Path) -> None:
    with serving() as server:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", _PROCESS, str(tmp_path), server.base_url, run],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for run in ("one", "two")
        ]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        outputs = [process.communicate(timeout=120)[0] for process in processes]
        billed = sum(told(request) for request in server.requests)
    answers = [int(output.split()[-1]) for output in outputs]
    assert all(process.returncode == 0 for process in processes)
    assert all(answers)
    assert sum(answers) == len(server.requests)
    spent = total(str(tmp_path / "llm.db"), "money", "day 2026-10-14")
    assert spent == billed
    assert 10_000 - 10 * CALL < spent <= 10_000


def test_a_killed_process_leaves_its_reservations_spent_and_visible(tmp_path: Path) -> None:
    with serving(lambda _: hang()) as server:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(tmp_path), server.base_url, "one"], stdin=subprocess.PIPE
        )
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
        assert server.arrived.wait(60)
        process.kill()
        process.wait(30)
        seen = len(server.requests)
    report = costs(str(tmp_path / "llm.db"), None, NOON + timedelta(hours=1))
    assert report.lost >= seen > 0
    assert report.under_way == 0
    assert report.limits[0].used >= seen * 0.000_4


def test_a_cut_connection_stays_spent_up_to_the_limit(tmp_path: Path) -> None:
    with serving(lambda _: drop()) as server:
        config = config_for(tmp_path, server, money_per_day=0.002)

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            return [await outcome(llm.ask(call(number))) for number in range(5)]

        assert all(isinstance(one, Retryable) for one in using(config, work))
        assert len(server.requests) <= 2000 // 400
    assert total(config.books, "money", "day 2026-10-14") <= 2000


def test_older_articles_wait_while_newer_ones_use_the_limit(tmp_path: Path) -> None:
    clock, old, new = Clock(), NOON - timedelta(days=9), NOON - timedelta(days=1)
    with serving() as server:

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            await llm.ask(call(0, dated=old))
            llm.books.read_back_to(NOON - timedelta(days=3), NOON + timedelta(hours=1))
            calls = [call(0, dated=old), call(1, dated=old), call(2, dated=new), call(3)]
            found = [await outcome(llm.ask(one)) for one in calls]
            clock.move(3600)
            return [*found, await outcome(llm.ask(calls[1]))]

        known, waits, newer, undated, later = using(config_for(tmp_path, server), work, clock)
    assert [known, newer, undated, later] == [Shape(**GOOD)] * 4
    assert isinstance(waits, Retryable)
    assert "older than 2026-10-11 12:00 UTC: waits while newer articles use the limit" in str(waits)
    assert waits.after == 3600.0


def test_a_server_that_tells_of_more_than_was_reserved_is_believed(tmp_path: Path) -> None:
    greedy = Reply(message=answer(GOOD).message, usage={"prompt_tokens": 5000, "completion_tokens": 1})
    with serving(lambda _: greedy) as server:
        config = config_for(tmp_path, server, tokens_per_day=3000)

        async def work(llm: OpenAiLlm) -> list[Shape | Exception]:
            return [await outcome(llm.ask(call(number))) for number in range(3)]

        found = using(config, work)
        assert len(server.requests) == 1
    assert [type(one) for one in found] == [Shape, Retryable, Retryable]


def test_the_rate_limit_spaces_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float, result: object = None) -> object:
        waits.append(seconds)
        return await real(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with serving() as server:
        config = config_for(tmp_path, server, requests_per_minute=30)

        async def work(llm: OpenAiLlm) -> None:
            await asyncio.gather(*(llm.ask(call(number)) for number in range(4)))

        using(config, work)
    assert sorted(wait for wait in waits if wait >= 1) == [2.0, 4.0, 6.0]


def test_no_more_requests_at_a_time_than_allowed(tmp_path: Path) -> None:
    with serving(lambda _: answer(GOOD).after(0.1)) as server:
        config = config_for(tmp_path, server, concurrency=3)

        async def work(llm: OpenAiLlm) -> None:
            await asyncio.gather(*(llm.ask(call(number)) for number in range(9)))

        using(config, work)
        assert 1 < server.most_under_way <= 3
