"""Sources to a spool: files and addresses in any mix, each read as what it is. Nothing is admitted here."""

from __future__ import annotations

import gzip
import tempfile
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, Protocol

from producers.backfill.feed_drafts import feed_drafts
from producers.backfill.feed_pages import Ended, FetchesFeeds, Page, feed_pages
from producers.backfill.kinds import HEAD, is_address, is_archive_address, kind_of
from producers.backfill.limits import Limits
from producers.backfill.spool import Spool
from producers.draft import Draft
from producers.families import load_families
from producers.fetch import Fetched
from producers.fetch_failed import FetchFailed
from producers.languages import Detector, language_of
from producers.line_stream import BrokenStream, RawLine, read_lines
from producers.lines import LineError, read_line
from producers.parse import parse_feed
from producers.ports import Clock
from producers.settings import ProducerSettings
from schemas.errors import BadInput

Read = Literal["lines", "parquet", "feed", "nothing"]


class Fetches(FetchesFeeds, Protocol):
    """What is needed of producers.fetch.Fetcher."""

    async def download(self, url: str, out: IO[bytes], *, most: int, seconds: float) -> Fetched: ...


# Yields the rows of a Parquet file as JSON objects, in its order; raises BadInput for what is none or lacks columns.
ParquetRows = Callable[[Path], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line, a row or an entry that was left out: where, its number there (from 1), and why."""

    place: str
    number: int
    reason: str


@dataclass(slots=True)
class SourceReport:
    """What one source gave. `pages` counts a feed's documents; `failure` says why reading ended early, "" if not.

    `refused` counts all refusals, `errors` holds the first ones.
    """

    source: str
    kind: Read = "nothing"
    read: int = 0
    drafts: int = 0
    refused: int = 0
    pages: int = 0
    errors: list[Refusal] = field(default_factory=list)
    failure: str = ""


Told = Callable[[SourceReport], None]


class Gatherer:
    """Reads sources into one spool."""

    def __init__(
        self,
        spool: Spool,
        fetcher: Fetches,
        parquet: ParquetRows,
        clock: Clock,
        settings: ProducerSettings,
        limits: Limits,
        *,
        detector: Detector,
        told: Told = lambda report: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`told` hears now and then how far the source is that is being read."""
        self._spool, self._fetcher, self._parquet, self._clock = spool, fetcher, parquet, clock
        self._settings, self._limits, self._detector = settings, limits, detector
        self._told, self._monotonic = told, monotonic
        self._families = load_families(settings.families)

    async def gather(self, sources: Sequence[str]) -> list[SourceReport]:
        """Read every source. A source that fails is told of in its report, and the others are read all the same."""
        return [await self._one(source) for source in sources]

    async def _one(self, source: str) -> SourceReport:
        report = SourceReport(source)
        try:
            if not is_address(source):
                self._file(Path(source), source, report)
            elif is_archive_address(source):
                with tempfile.NamedTemporaryFile(prefix="bellwether-", suffix=".archive") as kept:
                    await self._fetcher.download(source, kept, most=self._limits.bytes, seconds=self._limits.seconds)
                    kept.flush()
                    self._file(Path(kept.name), source, report)
            else:
                await self._feed(source, report)
        except FetchFailed as failed:
            report.failure = failed.reason
        except (BrokenStream, Ended) as broken:
            report.failure = str(broken)
        except _Unreadable as bad:
            report.failure = str(bad)
        except OSError as error:
            report.failure = f"cannot be read ({error.strerror or error})"
        self._told(report)
        return report

    def _file(self, path: Path, name: str, report: SourceReport) -> None:
        with path.open("rb") as stream:
            report.kind = kind_of(stream.read(HEAD))
            stream.seek(0)
            if report.kind == "lines":
                self._lines(read_lines(stream, self._settings.ingest_line_bytes), name, report)
            elif report.kind == "feed":
                self._document(stream, name, report)
            else:
                rows = self._parquet_rows(path)
                with closing(rows):
                    self._lines(rows, name, report)

    def _parquet_rows(self, path: Path) -> Generator[RawLine]:
        try:
            for number, raw in enumerate(self._parquet(path), start=1):
                yield RawLine(number, raw if len(raw) <= self._settings.ingest_line_bytes else None)
        except BadInput as bad:
            raise _Unreadable(str(bad)) from None

    def _lines(self, lines: Iterable[RawLine], place: str, report: SourceReport) -> None:
        for line in lines:
            if line.raw is None:
                reason = f"longer than {self._settings.ingest_line_bytes:,} bytes"
                self._take(LineError(line.number, reason), place, report)
                continue
            draft = read_line(line.raw, line.number, self._clock(), self._families.family_of, self._language)
            self._take(draft, place, report)

    def _document(self, stream: IO[bytes], name: str, report: SourceReport) -> None:
        body = _whole(stream, self._limits.feed_bytes)
        try:
            feed = parse_feed(body, "", "")
        except BadInput as bad:
            raise _Unreadable(str(bad)) from None
        # A saved feed that names its own address is the same feed as the polled one.
        own = feed.own or feed.home
        self._page(Page(own, own, feed), name, own, report)
        if feed.warning:
            report.failure = feed.warning

    async def _feed(self, url: str, report: SourceReport) -> None:
        report.kind = "feed"
        async for page in feed_pages(url, self._fetcher, self._limits, self._monotonic):
            self._page(page, page.url, url, report)

    def _page(self, page: Page, place: str, feed_url: str, report: SourceReport) -> None:
        report.pages += 1
        found = feed_drafts(
            page.feed, feed_url, page.served_from, self._clock(), self._families.family_of, self._language
        )
        for draft in found:
            self._take(draft, place, report)
        self._told(report)

    def _take(self, draft: Draft | LineError, place: str, report: SourceReport) -> None:
        report.read += 1
        if isinstance(draft, Draft):
            self._spool.add(draft)
            report.drafts += 1
        else:
            report.refused += 1
            if len(report.errors) < self._settings.ingest_error_cap:
                report.errors.append(Refusal(place, draft.number, draft.reason))
        if report.read % 500 == 0:
            self._told(report)

    def _language(self, text: str, declared: str) -> str:
        return language_of(text, declared, self._detector)


class _Unreadable(Exception):
    """The source cannot be read; the message says why, for the person who named it."""


def _whole(stream: IO[bytes], most: int) -> bytes:
    """Return a feed's document, gzip undone. Raises _Unreadable past `most` bytes and for damaged gzip."""
    head = stream.read(2)
    stream.seek(0)
    try:
        body = (gzip.GzipFile(fileobj=stream) if head == b"\x1f\x8b" else stream).read(most + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _Unreadable(f"the gzip data is damaged ({error})") from None
    if len(body) > most:
        raise _Unreadable(f"larger than {most / 1e6:g} MB, which is more than a feed may be on disk")
    return body
