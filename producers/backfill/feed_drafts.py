"""A feed's document as an archive: drafts with the same ids as when the feed is polled. Pure; lookups are given.

Teasers stay teasers: an archive of thousands of entries would fetch as many pages from one site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from producers.dates import OLDEST
from producers.draft import Draft
from producers.entries import candidate, draft_of
from producers.lines import LineError
from producers.parsed_feed import ParsedFeed


def feed_drafts(
    feed: ParsedFeed,
    feed_url: str,
    base_url: str,
    fetched_at: datetime,
    family_of: Callable[[str, str], str],
    language_of: Callable[[str, str], str],
) -> Iterator[Draft | LineError]:
    """Yield a draft of each entry, or why there is none, with its number in the document.

    `feed_url` is the address under which the feed is (or would be) polled: it is part of the id of entries that have no
    address of their own. An entry without a date is refused: the time of fetching says nothing of where it belongs.
    """
    for number, entry in enumerate(feed.entries, start=1):
        if entry.published is None:
            yield LineError(number, "the entry has no date that can be read, so it has no place in time")
            continue
        try:
            found = candidate(entry, feed_url, base_url, fetched_at, ancient_at=OLDEST)
            yield draft_of(
                found,
                feed=feed,
                feed_url=feed_url,
                remembered_publisher="",
                fetched_at=fetched_at,
                family_of=family_of,
                language_of=language_of,
            )
        except (ValueError, TypeError, OverflowError, LookupError) as error:
            yield LineError(number, f"the entry cannot be read ({error})")
