"""What a feed says, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed. Times are UTC, or None; strings are "" when absent; `title` and `text` are plain.

    `is_content` is true when the feed means the text as the whole article rather than as a summary.
    """

    id: str
    url: str
    title: str
    html: str
    text: str
    is_content: bool
    published: datetime | None
    updated: datetime | None
    author: str
    language: str
    source_title: str = ""  # the outlet that an aggregating feed took the item from
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed. `ttl` is the interval it wishes for, in seconds; `warning` tells in words what is broken.

    `own` is the address that it gives itself; `older` that of the document with the entries before these, as an
    archived or a paged feed names it (RFC 5005, JSON Feed's `next_url`). "" when absent.
    """

    title: str
    home: str
    language: str
    ttl: float | None
    entries: tuple[Entry, ...]
    warning: str = ""
    own: str = ""
    older: str = ""
