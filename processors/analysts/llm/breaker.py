"""A circuit breaker as a pure state machine: closed → open → half-open → closed or open again.

The state is one value, so that all processes of a folder can share it in the books: what one of them has learnt
about a dead server, the others need not learn again, and a command can show it. (Kept libraries were looked at:
purgatory is right for asyncio but keeps its state in memory or Redis and reads its own clock; pybreaker has no
asyncio in a release; aiobreaker has had none since 2021.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

State = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state. Times are seconds since 1970, UTC; 0 means never."""

    state: State = "closed"
    failures: int = 0  # in a row
    since: float = 0.0  # when it opened first, without having closed since
    retry_at: float = 0.0  # when the next call may try, while not closed
    why: str = ""  # the last failure's words
    opened: int = 0  # how often it has opened
    closed: int = 0  # how often it has closed again
    closed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How many failures in a row open the breaker, and how long (seconds) it then stays open."""

    failures: int
    seconds: float


def admit(now_is: Breaker, rules: Rules, now: float) -> tuple[Breaker, float]:
    """Return the state after asking for a call, and how long (seconds) the call must wait: 0.0 lets it through.

    An open breaker whose time is over lets one call through and becomes half-open. A probe that is never heard of
    again (its process died) is replaced after another `rules.seconds`. A clock that was set back does not lock it.
    """
    if now_is.state == "closed":
        return now_is, 0.0
    wait = now_is.retry_at - now
    if 0 < wait <= rules.seconds:
        return now_is, wait
    return replace(now_is, state="half-open", retry_at=now + rules.seconds), 0.0


def failed(now_is: Breaker, rules: Rules, now: float, why: str, *, at_once: bool = False) -> Breaker:
    """Return the state after a failure of the service. `at_once` opens it whatever was before."""
    count = now_is.failures + 1
    if now_is.state == "open":  # a call that had started before it opened
        return replace(now_is, failures=count)
    if now_is.state == "closed" and count < rules.failures and not at_once:
        return replace(now_is, failures=count, why=why)
    fresh = now_is.state == "closed"
    return replace(
        now_is,
        state="open",
        failures=count,
        since=now if fresh else now_is.since,
        retry_at=now + rules.seconds,
        why=why,
        opened=now_is.opened + fresh,
    )


def worked(now_is: Breaker, now: float) -> Breaker:
    """Return the state after an answer. While open, only late answers to older calls can come: they do not close it."""
    if now_is.state == "open":
        return now_is
    if now_is.state == "half-open":
        return Breaker(why=now_is.why, opened=now_is.opened, closed=now_is.closed + 1, closed_at=now)
    return replace(now_is, failures=0) if now_is.failures else now_is
