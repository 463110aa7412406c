"""Fetching over HTTP within limits: total deadline, size, redirects, addresses, robots.txt, politeness."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import IO
from urllib.parse import urljoin, urlsplit

import httpx2

from producers.addresses import refusal
from producers.canonical import canonical_url
from producers.fetch_failed import FetchFailed
from producers.http_hints import max_age, retry_after
from producers.inflate import Inflater, TooLarge, UnknownEncoding
from producers.pinned_network import AddressRefused, pinned_client
from producers.politeness import HostGate
from producers.ports import Clock
from producers.robots import Robots
from producers.settings import ProducerSettings

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_ROBOTS_BYTES = 512_000  # RFC 9309 §2.5 asks for at least 500 KiB
FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.3"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `body` is decoded; with `not_modified` (304) it is empty. `max_age` is in seconds, or None.

    `url` is where the answer came from; `moved_to` is it too when all redirects on the way were permanent,
    else "".
    """

    url: str
    body: bytes
    content_type: str
    etag: str
    last_modified: str
    not_modified: bool
    max_age: float | None
    moved_to: str


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx2.Headers
    body: bytes


class Fetcher:
    """Fetches for the producers. An asynchronous context manager; belongs to the loop it was entered in."""

    def __init__(self, settings: ProducerSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._gate = HostGate(settings.per_host_delay)
        self._robots = Robots(self._read_robots, settings.user_agent, clock)
        self._client: httpx2.AsyncClient | None = None

    async def __aenter__(self) -> Fetcher:
        allowed = frozenset(host.strip().lower() for host in self._settings.allow_hosts)
        self._client = pinned_client(
            partial(refusal, allow_hosts=allowed),
            user_agent=self._settings.user_agent,
            connect_timeout=self._settings.connect_timeout,
            deadline=self._settings.total_deadline,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def feed(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Fetch a feed, conditionally when `etag` or `last_modified` of a former answer are given.

        Raises FetchFailed.
        """
        conditions = {"accept": FEED_TYPES}
        if etag:
            conditions["if-none-match"] = etag
        if last_modified:
            conditions["if-modified-since"] = last_modified
        return await self._follow(url, conditions, self._settings.max_feed_bytes)

    async def page(self, url: str) -> Fetched:
        """Fetch a web page. Raises FetchFailed, also when it is no HTML."""
        fetched = await self._follow(url, {"accept": PAGE_TYPES}, self._settings.max_page_bytes)
        kind = fetched.content_type.split(";", 1)[0].strip().lower()
        if kind not in ("", "text/html", "application/xhtml+xml", "text/plain"):
            raise FetchFailed(f"the page is {kind}, not HTML")
        return fetched

    async def download(self, url: str, out: IO[bytes], *, most: int, seconds: float) -> Fetched:
        """Write what is at `url` to `out` as it comes, at most `most` bytes within `seconds`; the `body` stays empty.

        A body that the server compressed with gzip for the way is written compressed. Raises FetchFailed; `out` may
        hold a part then.
        """
        headers = {"accept": "*/*", "accept-encoding": "identity"}
        return await self._follow(url, headers, most, into=out, seconds=seconds)

    async def _follow(
        self,
        url: str,
        headers: dict[str, str],
        limit: int,
        *,
        into: IO[bytes] | None = None,
        seconds: float | None = None,
    ) -> Fetched:
        permanent = True
        here = url
        for _ in range(self._settings.max_redirects + 1):
            answer = await self._polite(here, headers, limit, into=into, seconds=seconds)
            if answer.status not in _REDIRECTS:
                return self._fetched(answer, here, here if permanent and here != url else "")
            permanent = permanent and answer.status in _PERMANENT
            target = urljoin(here, answer.headers.get("location", ""))
            if not answer.headers.get("location") or not canonical_url(target):
                raise FetchFailed(f"redirected to {target[:200]!r}, which is no web address", status=answer.status)
            here = target
        raise FetchFailed(f"redirected more than {self._settings.max_redirects} times")

    def _fetched(self, answer: _Answer, url: str, moved_to: str) -> Fetched:
        headers = answer.headers
        if answer.status not in (200, 203, 304):
            raise FetchFailed(
                _status_words(answer.status),
                status=answer.status,
                after=retry_after(headers.get("retry-after", ""), self._clock()),
            )
        return Fetched(
            url=url,
            body=answer.body,
            content_type=headers.get("content-type", ""),
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
            not_modified=answer.status == 304,
            max_age=max_age(headers.get("cache-control", "")),
            moved_to=moved_to,
        )

    async def _polite(
        self, url: str, headers: dict[str, str], limit: int, *, into: IO[bytes] | None, seconds: float | None
    ) -> _Answer:
        """One request in this host's turn, if its robots.txt allows it."""
        crawl_delay = 0.0
        if self._settings.obey_robots:
            leave = await self._robots.leave(url)
            if not leave.allowed:
                raise FetchFailed(leave.reason)
            crawl_delay = leave.crawl_delay
        async with self._gate.turn(_host_of(url), crawl_delay):
            return await self._request(url, headers, limit, into=into, seconds=seconds)

    async def _read_robots(self, url: str) -> tuple[int, bytes]:
        async with self._gate.turn(_host_of(url)):
            for _ in range(self._settings.max_redirects + 1):
                answer = await self._request(url, {"accept": "text/plain, */*;q=0.5"}, _ROBOTS_BYTES, cut=True)
                if answer.status not in _REDIRECTS or not answer.headers.get("location"):
                    return answer.status, answer.body
                url = urljoin(url, answer.headers["location"])
        return 404, b""  # RFC 9309 §2.3.1.2: too many redirects count as not available

    async def _request(
        self,
        url: str,
        headers: dict[str, str],
        limit: int,
        *,
        cut: bool = False,
        into: IO[bytes] | None = None,
        seconds: float | None = None,
    ) -> _Answer:
        """One request, within `seconds` (as set when None). With `cut` a larger body is cut at `limit` bytes instead of
        refused; with `into` it is written there.
        """
        if self._client is None:
            raise RuntimeError("the fetcher was not entered")
        if urlsplit(url).scheme.lower() not in ("http", "https"):
            raise FetchFailed(f"{url[:200]!r} is no web address")
        seconds = self._settings.total_deadline if seconds is None else seconds
        try:
            async with asyncio.timeout(seconds):
                async with self._client.stream("GET", url, headers=headers) as response:
                    if into is not None:
                        return await _write(response, limit, into)
                    return await _read(response, limit, cut=cut)
        except TooLarge:
            raise FetchFailed(f"larger than {_size(limit)}") from None
        except UnknownEncoding as error:
            raise FetchFailed(f"compressed in a way that was not asked for ({error})") from None
        except zlib.error as error:
            raise FetchFailed(f"the compressed answer is damaged ({error})") from None
        except AddressRefused as error:
            raise FetchFailed(str(error)) from None
        except (httpx2.ConnectTimeout, httpx2.ConnectError) as error:
            raise FetchFailed(_connect_words(error, url)) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise FetchFailed(f"answered after more than {seconds:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError, ValueError) as error:
            raise FetchFailed(f"the connection failed ({error or type(error).__name__})") from None


async def _read(response: httpx2.Response, limit: int, *, cut: bool) -> _Answer:
    if response.status_code not in (200, 203):
        return _Answer(response.status_code, response.headers, b"")  # an error's page is of no use
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit and not cut:
        raise TooLarge
    inflater = Inflater(response.headers.get("content-encoding", ""), limit)
    try:
        async for piece in response.aiter_raw():
            inflater.feed(piece)
    except TooLarge:
        if not cut:
            raise
        return _Answer(response.status_code, response.headers, inflater.beginning())
    return _Answer(response.status_code, response.headers, inflater.body())


async def _write(response: httpx2.Response, limit: int, into: IO[bytes]) -> _Answer:
    if response.status_code in (200, 203):
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise UnknownEncoding(encoding)
        written = 0
        async for piece in response.aiter_raw():
            written += len(piece)
            if written > limit:
                raise TooLarge
            into.write(piece)
    return _Answer(response.status_code, response.headers, b"")


def _host_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status}"


def _connect_words(error: Exception, url: str) -> str:
    if isinstance(error, httpx2.ConnectTimeout):
        return f"no connection to {_host_of(url)} in time"
    return f"no connection to {_host_of(url)} ({error})"


def _size(count: int) -> str:
    return f"{count / 1_000_000:g} MB" if count >= 1_000_000 else f"{count / 1000:g} kB"
