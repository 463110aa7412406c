"""A backfill's parts put together: sources read into a spool, and the spool as one stream of lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader, RawIOBase

from infra.clock import wall_clock
from infra.feed_store import producer_settings
from infra.parquet_rows import parquet_rows
from infra.settings import Settings
from producers.backfill.gather import Gatherer, SourceReport
from producers.backfill.limits import Limits
from producers.backfill.spool import Spool
from producers.fetch import Fetcher
from producers.languages import LangidDetector


def gathered(
    settings: Settings, sources: Sequence[str], limits: Limits, spool: Spool, told: Callable[[SourceReport], None]
) -> list[SourceReport]:
    """Read every source into the spool; return what each gave. Blocks. Raises BadInput when the disk is full."""

    async def work() -> list[SourceReport]:
        habits = producer_settings(settings)
        async with Fetcher(habits, wall_clock) as fetcher:
            gatherer = Gatherer(
                spool, fetcher, parquet_rows, wall_clock, habits, limits, detector=LangidDetector(), told=told
            )
            return await gatherer.gather(sources)

    return asyncio.run(work())


def as_stream(lines: Iterator[bytes]) -> BufferedReader:
    """Return lines as a binary stream that is read as fast as somebody wants them."""
    return BufferedReader(_Pieces(lines), 262_144)


class _Pieces(RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
