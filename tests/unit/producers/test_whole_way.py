"""Feeds served over real HTTP, through fetcher, parser and door, into a fake stream."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from producers.fetch import Fetcher
from producers.opml import FeedSource
from producers.poll import Polled
from producers.run import Poller
from producers.settings import ProducerSettings
from tests.unit.producers.fakes import NOW, FakeClock, FakeFeedStore, FakeIntake, english
from tests.unit.producers.served import Asked, Reply, Site, serve
from tests.unit.producers.test_page import PAGE, SENTENCES
from tests.unit.producers.test_parse import ATOM
from tests.unit.producers.test_poll import item, rss


def poll(site: Site, intake: FakeIntake, store: FakeFeedStore, *, allowed: bool = True) -> tuple[Polled, ...]:
    settings = ProducerSettings(
        per_host_delay=0, total_deadline=5, allow_hosts=frozenset({"127.0.0.1"} if allowed else ())
    )

    async def main() -> tuple[Polled, ...]:
        clock = FakeClock()
        sources = [FeedSource(f"{site.base}/{name}") for name in ("rss", "atom", "json", "page", "gone")]
        async with Fetcher(settings, clock) as fetcher:
            poller = Poller(sources, intake, store, clock, fetcher=fetcher, settings=settings, detector=english)
            return await poller.poll_once()

    return asyncio.run(main())


@pytest.fixture(name="site")
def _site() -> object:
    with serve() as site:
        fill(site)
        yield site


def fill(site: Site) -> None:
    entry = item(2, text="Two terminals close.").replace("https://harbour.test", site.base)

    def feed(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(rss(item(1), entry), headers={"ETag": '"v1"', "Content-Type": "application/rss+xml"})

    site.replies["/rss"] = feed
    site.replies["/news?id=2"] = Reply(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    when = (NOW - timedelta(hours=3)).isoformat()
    site.replies["/atom"] = Reply(ATOM.replace("2025-06-10T04:00:00+02:00", when).encode())
    items = [{"id": "j1", "url": "https://j.test/1", "content_text": "J says.", "date_published": when}]
    site.replies["/json"] = Reply(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Jay", "items": items}).encode()
    )
    site.replies["/page"] = Reply(PAGE.encode())


def test_every_format_over_http(site: Site) -> None:
    intake, store = FakeIntake(), FakeFeedStore()
    polled = poll(site, intake, store)
    assert [each.admitted.new for each in polled] == [2, 1, 1, 0, 0]
    assert [each.state.ok for each in polled] == [True, True, True, False, False]
    assert "web page" in polled[3].state.error
    assert polled[4].state.error == "404 Not Found"
    from_page = next(article for article in intake.articles if article.external_id == "g2")
    assert from_page.text_origin == "page"
    assert all(sentence in from_page.text for sentence in SENTENCES)
    assert [article.published_at for article in intake.articles] == sorted(
        article.published_at for article in intake.articles
    )

    before = list(intake.articles)
    again = poll(site, intake, store)
    assert intake.articles == before
    assert again[0].state.etag == '"v1"'
    assert site.paths().count("/news?id=2") == 1


def test_loopback_is_refused_unless_named(site: Site) -> None:
    intake = FakeIntake()
    polled = poll(site, intake, FakeFeedStore(), allowed=False)
    assert not intake.articles
    assert all("--allow-host 127.0.0.1" in each.state.error for each in polled)
    assert site.asked == []
