"""The cost report and the estimate, from books that real calls have written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from processors.analysts.llm.api import Price
from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.costs import CostReport, costs
from processors.analysts.llm.estimate import estimate
from tests.llm.server import ChatRequest, Reply, answer, raw_content, status
from tests.unit.processors.analysts.llm.asking import (
    GOOD,
    NOON,
    QUICK,
    Clock,
    call,
    client,
    config_for,
    outcome,
    serving,
    using,
)


def priced(request: ChatRequest) -> Reply:
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60}}
    if request.user == "article 2":
        usage["prompt_tokens"] = 300
    if request.user == "article 3":
        return raw_content("nonsense")
    return Reply(message=answer(GOOD).message, usage=usage)


def test_the_report_adds_up(tmp_path: Path) -> None:
    with serving(priced) as server:
        config = config_for(tmp_path, server, money_per_day=1.0, tokens_per_run=10_000)

        async def work(llm: OpenAiLlm) -> None:
            for number in (1, 2, 3, 1):
                await outcome(llm.ask(call(number)))
            await llm.embed(["x"], "a1")

        using(config, work)
    report = costs(config.books, None, NOON)
    extract = next(stage for stage in report.stages if stage.stage == "extract")
    assert (extract.model, extract.sums.calls, extract.sums.hits, extract.sums.cached_tokens) == ("m", 4, 1, 120)
    assert report.faults == {"invalid": 2}
    assert report.total.spend == pytest.approx(sum(stage.sums.spend for stage in report.stages))
    assert report.dearest[0].about == "a2"
    assert report.dearest[0].spend == pytest.approx(320e-6)
    assert report.articles == 3
    assert report.spend_per_article == pytest.approx(report.total.spend / 3)
    per_day, per_run = report.limits
    assert (per_day.setting, per_day.per, per_day.limit) == ("llm.money_per_day", "day", 1.0)
    assert per_day.used == pytest.approx(report.total.spend)
    assert per_day.left == pytest.approx(1.0 - report.total.spend)
    assert (per_run.used, per_run.limit) == (report.total.tokens_in + report.total.tokens_out, 10_000)
    json.dumps(asdict(report), default=str)
    assert costs(config.books, NOON + timedelta(seconds=1), NOON).total.calls == 0
    assert costs(config.books, None, NOON + timedelta(days=1)).limits[0].used == 0.0


def test_without_books_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert costs(str(tmp_path / "none.db"), None, NOON) == CostReport(None, NOON)
    assert not (tmp_path / "none.db").exists()


def test_the_breaker_opens_and_closes_visibly(tmp_path: Path) -> None:
    clock = Clock()
    with serving(lambda _: status(503)) as server:
        config = config_for(tmp_path, server, breaker_failures=3, breaker_seconds=30.0)

        async def whole() -> tuple[CostReport, CostReport, int]:
            async with client(config, clock, QUICK) as llm:
                await outcome(llm.ask(call(1)))
                asked = len(server.requests)
                clock.move(10)
                await outcome(llm.ask(call(2)))
                assert len(server.requests) == asked  # left alone
                opened = costs(config.books, None, clock())
                clock.move(30)
                server.reply = lambda _: answer(GOOD)
                await llm.ask(call(3))
                return opened, costs(config.books, None, clock()), asked

        opened, closed, asked = asyncio.run(whole())
    (view,) = opened.breakers
    assert (view.of, view.state, view.since, view.opened, view.closed) == ("chat m", "open", NOON, 1, 0)
    assert asked == 3
    assert "503" in view.why
    assert "503" in opened.last_error
    (view,) = closed.breakers
    assert (view.state, view.since, view.opened, view.closed) == ("closed", None, 1, 1)


def test_one_process_learns_from_anothers_open_breaker(tmp_path: Path) -> None:
    with serving(lambda _: status(503)) as server:
        config = config_for(tmp_path, server, breaker_failures=3)
        using(config, lambda llm: outcome(llm.ask(call(1))))
        asked = len(server.requests)
        using(config, lambda llm: outcome(llm.ask(call(2))))
        assert len(server.requests) == asked


def test_an_estimate_without_experience_says_so(tmp_path: Path) -> None:
    found = estimate([4000] * 10, config_for(tmp_path, money_per_day=0.02))
    assert (found.articles, found.characters, found.basis) == (10, 40_000, "defaults")
    assert found.tokens_in == 10 * (1200 + 2000)
    assert found.money == pytest.approx((found.tokens_in + 2 * found.tokens_out) / 1e6)
    assert found.days == 3
    assert not (tmp_path / "llm.db").exists()
    assert estimate([], config_for(tmp_path)).tokens_in == 0
    assert estimate([1], config_for(tmp_path, prices={"e": Price(1)})).money is None


def test_an_estimate_goes_by_what_articles_have_cost(tmp_path: Path) -> None:
    with serving(priced) as server:
        config = config_for(tmp_path, server)

        async def work(llm: OpenAiLlm) -> None:
            await asyncio.gather(*(llm.ask(call(number)) for number in range(10, 40)))

        using(config, work)
    found = estimate([10] * 100, config)  # "article 10" has ten characters, and costs 100 tokens and 10
    assert (found.tokens_in, found.tokens_out) == (10_000, 1_000)
    assert found.basis == "measured on 30 calls"
    assert found.money == pytest.approx(0.012)
