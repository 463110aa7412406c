"""How much of a source is read, whatever it offers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """For one address: documents of a paged feed, bytes over the wire in all, and seconds in all.

    `feed_bytes` is the largest feed document on disk: a feed is parsed whole.
    """

    pages: int = 1_000
    bytes: int = 4_000_000_000
    seconds: float = 3_600.0
    feed_bytes: int = 50_000_000
