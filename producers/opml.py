"""Which feeds to read: an OPML file's (http://opml.org/spec2.opml), or addresses given one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import listparser

from producers.visible_text import one_line
from schemas.errors import BadInput


@dataclass(frozen=True, slots=True)
class FeedSource:
    """One feed to read. `title` is the reader's own name for it, or ""."""

    url: str
    title: str = ""


def read_opml(body: bytes, name: str) -> tuple[FeedSource, ...]:
    """Return the feeds of an OPML document in its order, each address once. `name` is the file's, for
    messages.

    Raises BadInput when there is none in it.
    """
    try:
        document = listparser.parse(body)
    except Exception as error:
        raise BadInput(f"{name}: cannot be read as OPML ({error})") from None
    found = [FeedSource(str(feed.url).strip(), one_line(str(feed.title or ""))) for feed in document.feeds if feed.url]
    if not found:
        trouble = f" ({document.bozo_exception})" if document.get("bozo_exception") else ""
        raise BadInput(f"{name}: holds no feed; an OPML file lists them as <outline xmlUrl=…>{trouble}")
    return feed_sources(found)


def feed_sources(given: Iterable[FeedSource | str]) -> tuple[FeedSource, ...]:
    """Return the feeds in order, each address once. Raises BadInput for one that is not http or https."""
    sources: dict[str, FeedSource] = {}
    for each in given:
        source = FeedSource(each.strip()) if isinstance(each, str) else each
        url = source.url.removeprefix("feed:")
        url = f"http:{url}" if url.startswith("//") else url
        if not url.lower().startswith(("http://", "https://")):
            raise BadInput(f"{source.url}: not a feed address; it must begin with http:// or https://")
        sources.setdefault(url, FeedSource(url, source.title))
    return tuple(sources.values())
