"""One request to the model's server, guarded: breaker, cutoff, pace, reservation, request, settlement."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from processors.analysts.llm.accounts import Accounts, Asked
from processors.analysts.llm.api import LlmConfig
from processors.analysts.llm.books import Books
from processors.analysts.llm.breaker import Breaker, Rules, admit, failed, worked
from processors.analysts.llm.budget import Usage
from processors.analysts.llm.faults import NOTHING, TOO_SLOW, TRANSPORT, Fault, fault_of
from schemas.errors import BellwetherError, Retryable

T = TypeVar("T")
P = ParamSpec("P")
log = logging.getLogger("bellwether.llm")


class Service:
    """The guards of all requests of one client. SQLite works in one thread of its own, off the event loop."""

    def __init__(self, books: Books, accounts: Accounts, config: LlmConfig, clock: Callable[[], datetime]) -> None:
        self._books, self._accounts, self._config, self._clock = books, accounts, config, clock
        self._rules = Rules(max(1, config.breaker_failures), config.breaker_seconds)
        self._thread = ThreadPoolExecutor(1, "llm-books")

    async def disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in the books' thread."""
        return await asyncio.wrap_future(self._thread.submit(work, *args, **kwargs))

    async def request(
        self, asked: Asked, post: Callable[[], Awaitable[bytes]], read: Callable[[bytes], tuple[T, Usage]], most: float
    ) -> T:
        """Post, read, account, in at most `most` seconds. Raises Fault, or Retryable when no request is made.

        `read` raises Fault with the usage it knows. Whatever ends the request, its row is settled; only a killed
        process leaves it open.
        """
        until = time.monotonic() + most
        row, wait = await self._begin(asked)
        started, usage, result = time.monotonic(), None, "cancelled"
        fault: Fault | None = None
        sending = False
        try:
            await asyncio.sleep(wait)
            started, sending = time.monotonic(), True
            async with asyncio.timeout(min(self._config.timeout, until - time.monotonic())):
                body = await post()
            value, usage = read(body)
            result = "ok"
            return value
        except Fault as known:
            fault = self._scrubbed(known)
            raise
        except TRANSPORT as error:
            fault = self._scrubbed(fault_of(error, self._clock()))
            raise fault from None
        finally:
            if result == "cancelled" and sending and time.monotonic() >= until:
                fault = fault or TOO_SLOW  # the call's own deadline was quicker by a hair
            if fault:
                usage, result = fault.usage, fault.kind
            elif result == "cancelled" and not sending:
                usage = NOTHING
            settled = self._thread.submit(
                self._end, row, asked, usage, result, time.monotonic() - started, fault, answered=result == "ok"
            )
            if result != "cancelled":  # who is cancelled does not wait
                await asyncio.wrap_future(settled)

    def close(self) -> None:
        """Finish what the books' thread has to do."""
        self._thread.shutdown()

    async def _begin(self, asked: Asked) -> tuple[int, float]:
        future = self._thread.submit(self._admit, asked)
        try:
            return await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            future.add_done_callback(lambda done: self._give_back(asked, done))
            raise

    def _admit(self, asked: Asked) -> tuple[int, float]:
        now = self._clock()
        if asked.dated and (cutoff := self._books.cutoff(now)) and asked.dated < cutoff[0]:
            text = f"older than {cutoff[0]:%Y-%m-%d %H:%M} UTC: waits while newer articles use the limit"
            raise Retryable(text, after=(cutoff[1] - now).total_seconds())
        seen = self._breaker(asked)
        _, closed_for = admit(seen, self._rules, now.timestamp())
        if not closed_for and seen.state != "closed":
            closed_for = self._probe(asked, now)
        if closed_for:
            raise Retryable(f"the model's server is left alone for a while: {seen.why}", after=closed_for)
        row = self._accounts.reserve(asked, now)
        per_minute = self._config.requests_per_minute
        return row, self._books.slot(per_minute, now.timestamp()) if per_minute else 0.0

    def _probe(self, asked: Asked, now: datetime) -> float:
        wait = 0.0

        def step(entry: dict[str, Any] | None) -> dict[str, Any]:
            nonlocal wait
            state, wait = admit(Breaker(**(entry or {})), self._rules, now.timestamp())
            return asdict(state)

        self._books.change(_breaker_key(asked), step)
        return wait

    def _end(
        self, row: int, asked: Asked, usage: Usage | None, result: str, seconds: float, fault: Fault | None,
        *, answered: bool,
    ) -> None:  # fmt: skip
        try:
            self._accounts.settle(row, asked.model, usage, result, seconds)
            if answered or fault:
                self._heard(asked, fault)
        except Retryable as error:
            # The answer is here and paid for; the row stays at its bound, which is on the safe side.
            log.warning("a request could not be settled: %s", error, extra=_fields(asked))

    def _heard(self, asked: Asked, fault: Fault | None) -> None:
        now = self._clock().timestamp()
        before = self._breaker(asked)

        def step(entry: dict[str, Any] | None) -> dict[str, Any]:
            state = Breaker(**(entry or {}))
            if fault and fault.group in ("service", "setting"):
                return asdict(failed(state, self._rules, now, fault.text, at_once=fault.group == "setting"))
            return asdict(worked(state, now))

        if step(asdict(before)) == asdict(before) and not fault:
            return  # the usual case writes nothing
        after = Breaker(**self._books.change(_breaker_key(asked), step))
        if fault and fault.group in ("service", "setting"):
            self._books.set_state("last_error", {"at": now, "kind": fault.kind, "text": fault.text})
        if after.opened > before.opened:
            log.warning("the breaker of %s opens: %s", asked.model, after.why, extra=_fields(asked))
        elif after.closed > before.closed:
            log.warning("the breaker of %s closes: the server answers again", asked.model, extra=_fields(asked))

    def _breaker(self, asked: Asked) -> Breaker:
        return Breaker(**(self._books.state(_breaker_key(asked)) or {}))

    def _give_back(self, asked: Asked, done: Future[tuple[int, float]]) -> None:
        # Runs in the books' thread: the caller has gone while the reservation was being made.
        if not done.cancelled() and not done.exception():
            try:
                self._accounts.settle(done.result()[0], asked.model, NOTHING, "cancelled", 0.0)
            except BellwetherError as error:
                log.warning("a reservation could not be given back: %s", error, extra=_fields(asked))

    def _scrubbed(self, fault: Fault) -> Fault:
        # A server may echo the key in its message. Shorter ones ("none") are no secrets.
        if len(self._config.api_key) >= 8 and self._config.api_key in fault.text:
            fault.text = fault.text.replace(self._config.api_key, "…")
            fault.args = (fault.text,)
        return fault


def _fields(asked: Asked) -> dict[str, str]:
    # The books' thread does not know what the asking task has bound.
    return {"llm_stage": asked.stage, "model": asked.model, "about": asked.about}


def _breaker_key(asked: Asked) -> str:
    # A server without embeddings, or a misspelt name for one stage, must not stop the others.
    return f"breaker/{'embeddings' if asked.stage == 'embed' else 'chat'} {asked.model}"
