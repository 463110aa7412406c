"""A client on the fake server, with patience measured in milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from processors.analysts.llm.api import Call, LlmConfig, Price, Prompt
from processors.analysts.llm.client import OpenAiLlm
from processors.analysts.llm.patience import Patience
from tests.llm.server import ChatRequest, FakeOpenAi, Reply, answer

T = TypeVar("T")
KEY = "sk-very-secret-0123456789"
NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
GOOD = {"number": 1, "colour": "red"}
QUICK = Patience(attempts=3, first=0.001, most=0.004, jitter=0.001)


class Shape(BaseModel):
    """What the tests ask for."""

    number: int
    colour: Literal["red", "blue"]


class Clock:
    """A wall clock that a test moves."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def call(number: int = 1, **changes: Any) -> Call[Shape]:
    """Return a call about article `a<number>`."""
    given: dict[str, Any] = {"about": f"a{number}", "max_output": 50} | changes
    return Call("extract", Prompt("extract/1", "Say which."), f"article {number}", Shape, **given)


def config_for(folder: Path, server: FakeOpenAi | None = None, **changes: Any) -> LlmConfig:
    """Return a configuration with prices of 1 and 2 a million tokens; a breaker that hardly ever opens."""
    given: dict[str, Any] = {
        "base_url": server.base_url if server else "http://127.0.0.1:9/v1",
        "api_key": KEY,
        "models": {"extract": "m", "judge": "m", "embed": "e"},
        "books": str(folder / "llm.db"),
        "run": "r1",
        "prices": {"m": Price(1, 2), "e": Price(0.1)},
        "timeout": 5.0,
        "deadline": 10.0,
        "breaker_failures": 1000,
    }
    return LlmConfig(**(given | changes))


@contextmanager
def serving(reply: Callable[[ChatRequest], Reply] = lambda _: answer(GOOD)) -> Iterator[FakeOpenAi]:
    """A fake server with this script."""
    with FakeOpenAi() as server:
        server.reply = reply
        yield server


@asynccontextmanager
async def client(config: LlmConfig, clock: Clock | None = None, patience: Patience = QUICK) -> AsyncIterator[OpenAiLlm]:
    """A client, closed at the end."""
    llm = OpenAiLlm(config, patience=patience, clock=clock or Clock())
    try:
        yield llm
    finally:
        await llm.close()


def using(config: LlmConfig, work: Callable[[OpenAiLlm], Awaitable[T]], clock: Clock | None = None) -> T:
    """Run `work` with a client."""

    async def whole() -> T:
        async with client(config, clock) as llm:
            return await work(llm)

    return asyncio.run(whole())


async def outcome(awaitable: Awaitable[T]) -> T | Exception:
    """Return what comes back or what is raised."""
    try:
        return await awaitable
    except Exception as error:
        return error
