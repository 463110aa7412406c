"""How long and how often to try again: exponential waits with jitter, the server's own wait, one deadline over all."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina

from processors.analysts.llm.faults import Fault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Waits in seconds; `attempts` bounds the requests of one call."""

    attempts: int = 8
    first: float = 0.5
    most: float = 20.0
    jitter: float = 1.0


async def patiently(once: Callable[[float], Awaitable[T]], deadline: float, patience: Patience) -> T:
    """Return what `once` gives, trying again after faults that may pass. Raises the last Fault.

    `once` is told how many seconds it may take: a little less than is left, so that a request that is too slow ends by
    itself and is accounted as such. A read timeout bounds only the silence between two bytes, hence the deadline
    (seconds) from outside. A server that asks for a longer wait than is left is not waited for: its `after` goes up.
    """
    started, answered = time.monotonic(), 0
    last: Fault | None = None

    def again(error: Exception) -> bool | float:
        nonlocal answered, last
        if not isinstance(error, Fault):
            return False
        last = error
        if error.group == "parameter":
            return 0.0
        if error.group == "content":
            answered += 1
            return 0.0 if answered < 2 else False
        spent = time.monotonic() - started
        if error.group != "service" or spent > 0.9 * deadline:  # a last try without the time for it would only cost
            return False
        if error.after is None:
            return True
        wait = error.after + random.uniform(0, patience.jitter)  # noqa: S311
        return wait if spent + wait < 0.9 * deadline else False

    try:
        async with asyncio.timeout(deadline):
            async for attempt in stamina.retry_context(
                on=again,
                attempts=patience.attempts,
                timeout=deadline,
                wait_initial=patience.first,
                wait_max=patience.most,
                wait_jitter=patience.jitter,
            ):
                with attempt:
                    return await once(0.95 * (deadline - (time.monotonic() - started)))
    except TimeoutError:
        why = f"; the last fault: {last.text}" if last else ""
        raise Fault("service", "deadline", f"no answer within {deadline:g} seconds{why}") from None
    raise AssertionError("unreachable")  # the last attempt raises
