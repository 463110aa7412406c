"""Where the anchor lies in its quote."""

from __future__ import annotations

from typing import NamedTuple


class Anchored(NamedTuple):
    """A quote in three parts that together are the quote; `anchor` is "" when it is not found."""

    before: str
    anchor: str
    after: str


def anchored(quote: str, anchor: str) -> Anchored:
    """Return the quote split around the first occurrence of its anchor."""
    if not anchor or anchor not in quote:
        return Anchored(quote, "", "")
    before, after = quote.split(anchor, 1)
    return Anchored(before, anchor, after)
