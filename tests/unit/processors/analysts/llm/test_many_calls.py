"""Thousands of calls against a server of which every third request goes wrong."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from processors.analysts.llm.api import Unusable
from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.costs import costs
from schemas.errors import Retryable
from tests.llm.server import (
    ChatRequest,
    Reply,
    answer,
    drop,
    hang,
    html,
    no_choices,
    no_usage,
    not_json_body,
    null,
    raw_content,
    refusal,
    status,
    truncated,
)
from tests.unit.processors.analysts.llm.asking import (
    GOOD,
    NOON,
    QUICK,
    Clock,
    Shape,
    call,
    client,
    config_for,
    outcome,
    serving,
)

FAULTS = (
    status(429),
    status(429, {"retry-after": "0"}),
    status(500),
    status(503),
    hang(),
    drop(),
    html(),
    null(),
    not_json_body(),
    no_choices(),
    truncated(GOOD),
    refusal("no"),
    raw_content("nonsense"),
    raw_content(None),
    answer({"number": 1, "colour": "green"}),
)


def script(seed: int) -> Callable[[ChatRequest], Reply]:
    """Return replies of which three in ten are faults, with an outage among them."""
    chance = random.Random(seed)

    def reply(request: ChatRequest) -> Reply:
        if request.user.endswith("3"):
            return refusal("not this one")
        if 100 <= request.number < 125:
            return status(503)
        if chance.random() < 0.3:
            return chance.choice(FAULTS)
        return no_usage(GOOD) if chance.random() < 0.02 else answer(GOOD)

    return reply


Outcome = Shape | Exception


async def rounds(llm: OpenAiLlm, clock: Clock, numbers: range, most: int) -> dict[int, Outcome]:
    """Ask until every call is answered, unusable, or waits for the next day; those that are put off come again."""
    found: dict[int, Outcome] = {}
    pending = list(numbers)
    size = max(200, len(numbers) // 10)
    for _ in range(most):
        for start in range(0, len(pending), size):
            part = pending[start : start + size]
            outcomes = await asyncio.gather(*(outcome(llm.ask(call(number))) for number in part))
            found |= zip(part, outcomes, strict=True)
            if any("left alone" in str(one) for one in outcomes):
                clock.move(1.0)
        pending = [number for number in pending if isinstance(found[number], Retryable)]
        if all("00:00 UTC" in str(found[number]) for number in pending):
            break
    return found


@pytest.mark.parametrize("many", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_every_call_ends_in_one_way_and_the_limit_holds(many: int, tmp_path: Path) -> None:
    clock = Clock()
    limit = many * 80e-6  # not enough for all of them
    with serving(script(7)) as server:
        config = config_for(
            tmp_path, server, money_per_day=limit, concurrency=64, timeout=1.0, breaker_failures=4, breaker_seconds=1.0
        )

        async def day(most: int) -> dict[int, Outcome]:
            async with client(config, clock, QUICK) as llm:
                return await rounds(llm, clock, range(many), most)

        first = asyncio.run(day(50))
        assert len(first) == many
        assert {type(one) for one in first.values()} == {Shape, Retryable, Unusable}
        waiting = [one for one in first.values() if isinstance(one, Retryable)]
        assert all("waits until 00:00 UTC" in str(one) for one in waiting)

        report = costs(config.books, None, NOON)
        assert 0.9 * limit < report.limits[0].used <= limit
        assert report.total.spend == report.limits[0].used
        assert report.under_way == report.lost == 0
        with sqlite3.connect(config.books) as db:
            (seen,) = db.execute("SELECT count(*) FROM calls WHERE hit = 0").fetchone()
        # On a busy machine the time of a call may run out before the server has taken the connection.
        assert len(server.requests) <= seen <= len(server.requests) + many // 100
        assert len(report.faults) >= 10
        (view,) = report.breakers
        assert view.opened > 0
        assert view.closed > 0

        # The next day, with a server that works, everything that was put off gets its answer: nothing is lost.
        server.reply = lambda _: answer(GOOD)
        clock.move(86_400)
        known, before = sum(isinstance(one, Shape) for one in first.values()), len(server.requests)
        second = asyncio.run(day(10))
        assert len(second) == many
        assert all(isinstance(one, Shape) for one in second.values())
        assert len(server.requests) - before >= many - known
        (view,) = costs(config.books, None, clock()).breakers
        assert (view.state, view.opened) == ("closed", view.closed)
