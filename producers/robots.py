"""robots.txt (RFC 9309): asked once per site and day. 4xx allows everything, 5xx nothing for the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from producers.fetch_failed import FetchFailed
from producers.ports import Clock

_KEPT = timedelta(hours=24)
_KEPT_AFTER_FAILURE = timedelta(minutes=10)
_LONGEST_CRAWL_DELAY = 30.0  # seconds; more would starve the feeds behind it
_MOST_SITES = 5000

# Fetches robots.txt: (status, body); raises FetchFailed when no answer came.
ReadRobots = Callable[[str], Awaitable[tuple[int, bytes]]]


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether an address may be fetched, and the pause in seconds that the site asks for between requests."""

    allowed: bool
    crawl_delay: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Rules:
    parser: Protego | None  # None: everything is allowed
    refusal: str  # "" or why nothing is allowed for now
    until: datetime


class Robots:
    """Answers whether `user_agent` may fetch an address."""

    def __init__(self, read: ReadRobots, user_agent: str, clock: Clock) -> None:
        self._read = read
        self._agent = user_agent.split("/", 1)[0].split(" ", 1)[0]
        self._clock = clock
        self._rules: dict[str, _Rules] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def leave(self, url: str) -> Leave:
        """Return the leave for `url`. Raises FetchFailed when the site cannot be reached to ask it."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        rules = self._rules.get(site)
        if rules is None or rules.until <= self._clock():
            async with self._locks.setdefault(site, asyncio.Lock()):
                rules = self._rules.get(site)
                if rules is None or rules.until <= self._clock():
                    rules = await self._ask(site)
                    if len(self._rules) >= _MOST_SITES:
                        self._rules.clear()
                    self._rules[site] = rules
            self._locks.pop(site, None)
        if rules.refusal:
            return Leave(False, 0.0, rules.refusal)
        if rules.parser is None:
            return Leave(True, 0.0)
        delay = min(float(rules.parser.crawl_delay(self._agent) or 0.0), _LONGEST_CRAWL_DELAY)
        if rules.parser.can_fetch(url, self._agent):
            return Leave(True, delay)
        return Leave(False, delay, "robots.txt of the site forbids it")

    async def _ask(self, site: str) -> _Rules:
        status, body = await self._read(f"{site}/robots.txt")
        now = self._clock()
        if status >= 500 or status == 429:
            return _Rules(None, f"robots.txt of the site answers {status}, so not now", now + _KEPT_AFTER_FAILURE)
        if status >= 300:
            return _Rules(None, "", now + _KEPT)
        try:
            return _Rules(Protego.parse(body.decode("utf-8", "replace")), "", now + _KEPT)
        except Exception as error:  # a parser's failure on someone's file must not silence a feed
            raise FetchFailed(f"robots.txt of the site cannot be read ({error})") from None
