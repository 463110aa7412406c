"""The documents of a paged or archived feed, from the newest back (RFC 5005; JSON Feed's `next_url`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from producers.backfill.limits import Limits
from producers.fetch import Fetched
from producers.fetch_failed import FetchFailed
from producers.parse import parse_feed
from producers.parsed_feed import ParsedFeed
from schemas.errors import BadInput


class FetchesFeeds(Protocol):
    """What is needed of producers.fetch.Fetcher, with its manners and its guards."""

    async def feed(self, url: str) -> Fetched: ...


@dataclass(frozen=True, slots=True)
class Page:
    """One document: the address it was asked for under, the one it came from, and what it says."""

    url: str
    served_from: str
    feed: ParsedFeed


class Ended(Exception):
    """The walk ended before the feed did; the message says why. What came before it stands."""


async def feed_pages(
    url: str, fetcher: FetchesFeeds, limits: Limits, monotonic: Callable[[], float]
) -> AsyncIterator[Page]:
    """Yield the document at `url` and those it leads back to.

    Ends silently where no link leads further back. Raises Ended at a limit, at a document that was read before or says
    nothing new (some sites answer every number with the same page), and when one cannot be read.
    """
    started, total = monotonic(), 0
    seen: set[str] = set()
    entries: set[tuple[str, str, str]] = set()
    here = url
    while here:
        if here in seen:
            raise Ended(f"its pages lead in a circle, back to {here}")
        if len(seen) >= limits.pages:
            raise Ended(f"more than {limits.pages:,} pages; stopped before {here}")
        if monotonic() - started > limits.seconds:
            raise Ended(f"more than {limits.seconds:g} s; stopped before {here}")
        if total > limits.bytes:
            raise Ended(f"more than {limits.bytes / 1e6:,.0f} MB; stopped before {here}")
        seen.add(here)
        try:
            fetched = await fetcher.feed(here)
            feed = await asyncio.to_thread(parse_feed, fetched.body, fetched.content_type, fetched.url)
        except FetchFailed as failed:
            raise Ended(f"{here}: {failed.reason}") from None
        except BadInput as bad:
            raise Ended(f"{here}: {bad}") from None
        total += len(fetched.body)
        names = {(entry.id, entry.url, entry.title) for entry in feed.entries}
        if len(seen) > 1 and names and names <= entries:
            raise Ended(f"{here} says nothing that the pages before it do not; stopped there")
        entries |= names
        yield Page(here, fetched.url, feed)
        if feed.warning:
            raise Ended(f"{here}: {feed.warning}")
        here = feed.older
