from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from producers.fetch import Fetched, Fetcher
from producers.fetch_failed import FetchFailed
from producers.inflate import Inflater, TooLarge
from producers.politeness import HostGate
from producers.settings import ProducerSettings
from schemas.errors import Retryable
from tests.unit.producers.fakes import FakeClock
from tests.unit.producers.served import Asked, Reply, Site, serve

SETTINGS = ProducerSettings(
    per_host_delay=0, total_deadline=5, max_feed_bytes=10_000, max_page_bytes=10_000,
    allow_hosts=frozenset({"127.0.0.1", "LocalHost"}), user_agent="Bellwether/0.1 (test)",
)  # fmt: skip
T = TypeVar("T")


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as served:
        yield served


def using(use: Callable[[Fetcher], Awaitable[T]], **changes: Any) -> T:
    async def main() -> T:
        async with Fetcher(replace(SETTINGS, **changes), FakeClock()) as fetcher:
            return await use(fetcher)

    return asyncio.run(main())


def feed(url: str, etag: str = "", last_modified: str = "", **changes: Any) -> Fetched:
    return using(lambda fetcher: fetcher.feed(url, etag=etag, last_modified=last_modified), **changes)


def refused(url: str, **changes: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        feed(url, **changes)
    assert isinstance(caught.value, Retryable)
    return caught.value


def test_a_feed_and_what_is_sent(site: Site) -> None:
    site.replies["/f"] = Reply(
        b"<rss/>", headers={"ETag": '"1"', "Content-Type": "text/xml", "Cache-Control": "max-age=60"}
    )
    got = feed(f"{site.base}/f")
    assert (got.body, got.etag, got.content_type, got.max_age, got.not_modified) == (
        b"<rss/>",
        '"1"',
        "text/xml",
        60,
        False,
    )
    sent = site.asked[-1].headers
    assert sent["user-agent"] == "Bellwether/0.1 (test)"
    assert sent["host"] == f"127.0.0.1:{site.port}"
    assert "if-none-match" not in sent


def test_conditional_get(site: Site) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(status=304) if asked.headers.get("if-none-match") == '"1"' else Reply(b"x")

    site.replies["/f"] = answer
    assert feed(f"{site.base}/f", etag='"1"', last_modified="Wed, 20 May 2026 12:00:00 GMT").not_modified
    assert site.asked[-1].headers["if-modified-since"] == "Wed, 20 May 2026 12:00:00 GMT"
    assert feed(f"{site.base}/f", etag='"0"').body == b"x"


@pytest.mark.parametrize(("status", "words"), [(404, "404 Not Found"), (410, "410 Gone"), (500, "500 Internal")])
def test_status_in_words(site: Site, status: int, words: str) -> None:
    site.replies["/f"] = Reply(b"oops", status=status)
    failed = refused(f"{site.base}/f")
    assert failed.reason.startswith(words)
    assert failed.status == status


def test_retry_after(site: Site) -> None:
    site.replies["/f"] = Reply(status=429, headers={"Retry-After": "120"})
    assert refused(f"{site.base}/f").after == 120.0


@pytest.mark.parametrize("reply", [Reply(hang=True), Reply(drip=True)])
def test_the_deadline_is_total(site: Site, reply: Reply) -> None:
    site.replies["/f"] = reply
    assert (
        "answered after more than 0.3 s" in refused(f"{site.base}/f", total_deadline=0.3, max_feed_bytes=10**9).reason
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"x" * 20_000),
        Reply(b"x" * 20_000, chunked=True),
        Reply(gzip.compress(b"x" * 20_000), headers={"Content-Encoding": "gzip"}),
        Reply(zlib.compress(b"x" * 20_000), headers={"Content-Encoding": "deflate"}),
    ],
)
def test_the_size_limit_counts_decompressed_bytes(site: Site, reply: Reply) -> None:
    site.replies["/f"] = reply
    assert refused(f"{site.base}/f").reason == "larger than 10 kB"


def test_compressed_answers(site: Site) -> None:
    raw = zlib.compressobj(wbits=-15)
    bodies = {
        "/g": Reply(gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"}),
        "/d": Reply(zlib.compress(b"hello"), headers={"Content-Encoding": "deflate"}),
        "/r": Reply(raw.compress(b"hello") + raw.flush(), headers={"Content-Encoding": "deflate"}),
    }
    site.replies.update(bodies)
    assert [feed(site.base + path).body for path in bodies] == [b"hello"] * 3
    site.replies["/cut"] = Reply(gzip.compress(b"hello" * 99)[:-9], headers={"Content-Encoding": "gzip"})
    assert "damaged" in refused(f"{site.base}/cut").reason
    site.replies["/br"] = Reply(b"abc", headers={"Content-Encoding": "br"})
    assert "not asked for" in refused(f"{site.base}/br").reason


def test_a_bomb_is_stopped_before_it_is_unpacked() -> None:
    inflater = Inflater("gzip", 1000)
    with pytest.raises(TooLarge):
        inflater.feed(gzip.compress(bytes(50_000_000)))
    assert len(inflater._body) <= 1001


def test_redirects(site: Site) -> None:
    site.replies["/a"] = Reply(status=301, headers={"Location": "/b"})
    site.replies["/b"] = Reply(status=308, headers={"Location": f"http://localhost:{site.port}/c"})
    site.replies["/c"] = Reply(b"there")
    got = feed(f"{site.base}/a")
    assert (got.body, got.url, got.moved_to) == (b"there", f"http://localhost:{site.port}/c", got.url)
    site.replies["/b"] = Reply(status=302, headers={"Location": "/c"})
    assert feed(f"{site.base}/a").moved_to == ""
    site.replies["/loop"] = Reply(status=302, headers={"Location": "/loop"})
    assert "redirected more than 5 times" in refused(f"{site.base}/loop").reason
    for bad in ("file:///etc/passwd", "", "javascript:1"):
        site.replies["/bad"] = Reply(status=302, headers={"Location": bad})
        assert "no web address" in refused(f"{site.base}/bad").reason


def test_private_addresses_are_refused_at_every_hop(site: Site) -> None:
    reason = refused(f"{site.base}/f", allow_hosts=frozenset()).reason
    assert reason == "loopback address 127.0.0.1 refused; name it with --allow-host 127.0.0.1"
    assert "refused" in refused(f"http://2130706433:{site.port}/f", allow_hosts=frozenset()).reason
    assert "refused" in refused("http://10.0.0.1/f").reason
    assert "refused" in refused("http://[::1]:9/f").reason
    assert site.asked == []
    site.replies["/a"] = Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})
    assert "link-local address 169.254.169.254 refused" in refused(f"{site.base}/a").reason


def test_names_that_lead_nowhere() -> None:
    assert "no connection to 127.0.0.1:1" in refused("http://127.0.0.1:1/f").reason
    assert "cannot be resolved" in refused("http://nowhere.invalid/f").reason
    assert refused("gopher://a.test/").reason


def test_robots_are_asked_once_and_obeyed(site: Site) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: bellwether\nDisallow: /private\n\nUser-agent: *\nDisallow: /")
    site.replies["/ok"] = Reply(b"x")

    async def use(fetcher: Fetcher) -> str:
        await fetcher.feed(f"{site.base}/ok")
        await fetcher.feed(f"{site.base}/ok")
        with pytest.raises(FetchFailed) as caught:
            await fetcher.page(f"{site.base}/private/1")
        return caught.value.reason

    assert using(use) == "robots.txt of the site forbids it"
    assert [each.path for each in site.asked].count("/robots.txt") == 1
    assert site.paths() == ["/ok", "/ok"]


def test_a_huge_robots_file_is_read_in_part(site: Site) -> None:
    site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /no\n" + b"# padding\n" * 100_000)
    site.replies["/ok"] = Reply(b"x")
    assert feed(f"{site.base}/ok").body == b"x"
    assert "forbids" in refused(f"{site.base}/no").reason


def test_robots_that_fail(site: Site) -> None:
    site.replies["/ok"] = Reply(b"x")
    for status in (404, 403, 401):
        site.replies["/robots.txt"] = Reply(status=status)
        assert feed(f"{site.base}/ok").body == b"x"
    site.replies["/robots.txt"] = Reply(status=503)
    assert "robots.txt of the site answers 503" in refused(f"{site.base}/ok").reason
    assert feed(f"{site.base}/ok", obey_robots=False).body == b"x"


def test_a_page_must_be_html(site: Site) -> None:
    site.replies["/pdf"] = Reply(b"%PDF", headers={"Content-Type": "application/pdf"})
    with pytest.raises(FetchFailed, match="application/pdf, not HTML"):
        using(lambda fetcher: fetcher.page(f"{site.base}/pdf"))


def test_one_request_at_a_time_per_host(site: Site) -> None:
    site.replies["/ok"] = Reply(b"x")

    async def use(fetcher: Fetcher) -> None:
        await asyncio.gather(*(fetcher.feed(f"{site.base}/ok") for _ in range(8)))

    using(use)
    assert len(site.paths()) == 8
    assert site.most_at_once == 1


def test_the_pause_between_requests_to_one_host() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def main() -> None:
        gate = HostGate(5.0, sleep)
        for host in ("a:80", "b:80", "a:80"):
            async with gate.turn(host):
                pass
        async with gate.turn("b:80", crawl_delay=60.0):
            pass
        async with gate.turn("b:80"):
            pass

    asyncio.run(main())
    assert len(waits) == 3
    assert 4 < waits[0] <= 5
    assert 59 < waits[2] <= 60
