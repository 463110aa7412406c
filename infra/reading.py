"""Reading feeds into an open host: which feeds, and a poller over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from infra.feed_store import StoredFeeds, producer_settings
from infra.host import Host
from infra.metrics.reading import counting_polls
from infra.settings import Loaded
from producers.fetch import Fetcher
from producers.opml import FeedSource, feed_sources, read_opml
from producers.poll import Polled
from producers.ports import Clock
from producers.run import Poller
from schemas.errors import BadInput


def sources_from(loaded: Loaded, given: Sequence[str]) -> tuple[FeedSource, ...]:
    """Return the feeds named on the command line (addresses or OPML files), or else in the settings.

    Raises BadInput when there is none, or when one cannot be meant.
    """
    settings = loaded.settings.feeds
    words = list(given) or [*settings.urls, *([settings.opml] if settings.opml else [])]
    found: list[FeedSource | str] = []
    for word in words:
        if word.lower().startswith(("http://", "https://", "feed:", "//")):
            found.append(word)
            continue
        path = Path(word)
        try:
            found += read_opml(path.read_bytes(), path.name)
        except OSError as error:
            raise BadInput(
                f"--feeds {word}: neither an address beginning with http:// or https:// nor an OPML file that can be "
                f"read ({error.strerror})"
            ) from error
    if not found:
        raise BadInput("feeds: there is no feed to read; name some with --feeds FILE.opml|URL… or in `feeds.urls`")
    return feed_sources(found)


@asynccontextmanager
async def poller(
    host: Host,
    sources: Sequence[FeedSource],
    clock: Clock,
    on_polled: Callable[[Polled], None] | None = None,
) -> AsyncIterator[Poller]:
    """Open a poller with its HTTP client."""
    settings = producer_settings(host.loaded.settings)
    async with Fetcher(settings, clock) as fetcher:
        yield Poller(
            sources,
            host.stream.intake,
            StoredFeeds(host.store),
            clock,
            fetcher=fetcher,
            settings=settings,
            on_polled=counting_polls(on_polled),
            door=host.way_in,
        )
