"""One feed and many, through fakes: what is admitted, in which order, and when the cursor moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

import pytest

from producers.fetch_failed import FetchFailed
from producers.opml import FeedSource
from producers.poll import Polled
from producers.run import Poller
from producers.settings import ProducerSettings
from schemas.errors import Retryable
from tests.unit.producers.fakes import (
    NOW,
    FakeClock,
    FakeFeedStore,
    FakeFetcher,
    FakeIntake,
    english,
    store_fails,
)
from tests.unit.producers.test_copies import WIRE
from tests.unit.producers.test_page import PAGE, SENTENCES

FEED = "https://harbour.test/rss"
LONG = "<p>" + "A sentence that is long enough to be a whole article by itself. " * 30 + "</p>"


def item(number: int, *, text: str = "", hours: float = 0, title: str = "", extra: str = "") -> str:
    when = format_datetime(NOW - timedelta(hours=number + hours))
    return (
        f"<item><title>{title or f'Item {number}'}</title><link>https://harbour.test/news?id={number}</link>"
        f"<guid>g{number}</guid><pubDate>{when}</pubDate>"
        f"<description>{escape(text or f'{LONG} Number {number}.')}</description>{extra}</item>"
    )


def rss(*items: str, title: str = "Harbour Daily - RSS") -> bytes:
    return f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'.encode()


class World:
    """A poller with fakes around it."""

    def __init__(self, urls: Sequence[str] = (FEED,), settings: ProducerSettings | None = None) -> None:
        self.settings = settings or ProducerSettings(backlog_items=5)
        self.urls = urls
        self.intake, self.store = FakeIntake(), FakeFeedStore()
        self.clock, self.fetcher = FakeClock(), FakeFetcher()
        self.polled: list[Polled] = []

    def poller(self) -> Poller:
        return Poller(
            [FeedSource(url) for url in self.urls],
            self.intake,
            self.store,
            self.clock,
            fetcher=self.fetcher,
            settings=self.settings,
            detector=english,
            on_polled=self.polled.append,
        )

    def poll(self) -> tuple[Polled, ...]:
        return asyncio.run(self.poller().poll_once())

    def ids(self) -> list[str]:
        return [article.external_id for article in self.intake.articles]


def test_a_feed_becomes_articles_in_order_of_time() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(*(item(n) for n in range(9)))
    (polled,) = world.poll()
    assert world.ids() == ["g4", "g3", "g2", "g1", "g0"]
    assert [article.ordinal for article in world.intake.articles] == [1, 2, 3, 4, 5]
    first = world.intake.articles[-1]
    assert first.url == "https://harbour.test/news?id=0"
    assert (first.publisher, first.family, first.language) == ("Harbour Daily", "harbour.test", "en")
    assert (first.published_at, first.date_flag, first.text_origin, first.note) == (NOW, "ok", "feed", "")
    assert (first.feed_url, first.revision, first.fetched_at) == (FEED, 0, NOW)
    assert polled.state == world.store.states[FEED]
    assert (polled.state.ok, polled.state.articles, polled.state.title) == (True, 5, "Harbour Daily - RSS")
    assert polled.state.last_success == NOW
    assert polled.state.next_poll is not None
    assert polled.state.next_poll > NOW


def test_feeds_are_not_read_anew_and_news_is() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(*(item(n) for n in range(9)))
    world.poll()
    assert world.poll()[0].admitted.new == 0
    world.fetcher.answers[FEED] = rss(item(-1), *(item(n) for n in range(9)))
    world.clock.pass_(hours=1)
    world.poll()
    assert world.ids()[5:] == ["g-1"]
    assert world.store.states[FEED].articles == 6


def test_a_changed_entry_is_a_revision() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(item(1), item(2))
    world.poll()
    world.fetcher.answers[FEED] = rss(item(1, title="Item 1, corrected"), item(2))
    assert world.poll()[0].admitted.revisions == 1
    assert world.poll()[0].admitted.revisions == 0
    last = world.intake.articles[-1]
    assert (last.external_id, last.revision, last.title) == ("g1", 1, "Item 1, corrected")


def test_two_feeds_are_merged_by_time_and_share_articles() -> None:
    other = "https://harbour.test/world.rss"
    world = World([FEED, other])
    world.fetcher.answers[FEED] = rss(item(1), item(3))
    world.fetcher.answers[other] = rss(item(2), item(3))
    polled = world.poll()
    assert world.ids() == ["g3", "g2", "g1"]
    assert [each.admitted.new for each in polled] == [2, 1]


def test_syndicated_copies_are_marked_across_feeds() -> None:
    other = "https://inlet.test/rss"
    world = World([FEED, other])
    world.fetcher.answers[FEED] = rss(item(5, text=f"<p>{WIRE}</p>" * 3))
    theirs = item(1, text=f"<p>INLET (Wire) {WIRE}</p>" + f"<p>{WIRE}</p>" * 2).replace("harbour.test", "inlet.test")
    world.fetcher.answers[other] = rss(theirs, title="Inlet Post")
    world.poll()
    original, copy = world.intake.articles
    assert (copy.copy_of, copy.family, copy.publisher) == (original.article_id, "harbour.test", "Inlet Post")
    assert original.copy_of == ""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (FetchFailed("404 Not Found", status=404), "404 Not Found"),
        (b"<!doctype html><html><body>x</body></html>", "web page"),
        (b"", "empty"),
        (ZeroDivisionError("boom"), "boom"),
    ],
)
def test_a_broken_feed_says_so_and_stops_nobody(answer: bytes | Exception, words: str) -> None:
    broken = "https://broken.test/rss"
    world = World([broken, FEED])
    world.fetcher.answers[broken] = answer
    world.fetcher.answers[FEED] = rss(item(1))
    bad, good = world.poll()
    assert words in bad.state.error
    assert (bad.state.ok, bad.state.failures, bad.state.last_success) == (False, 1, None)
    assert good.state.ok
    assert world.ids() == ["g1"]
    world.fetcher.answers[broken] = rss(item(7))
    (again, _) = world.poll()
    assert (again.state.ok, again.state.error, again.state.failures) == (True, "", 0)


def test_half_a_feed_gives_its_half_and_a_warning() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(item(1), item(2))[: -len("</channel></rss>") - 20]
    (polled,) = world.poll()
    assert "g1" in world.ids()
    assert not polled.state.ok
    assert "broken" in polled.state.error


def test_a_teaser_is_completed_from_its_page() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(item(5, text="Two terminals close."))
    world.fetcher.answers["https://harbour.test/news?id=5"] = PAGE.encode()
    world.poll()
    (article,) = world.intake.articles
    assert article.text_origin == "page"
    assert all(sentence in article.text for sentence in SENTENCES)
    assert article.note == ""
    asked = len(world.fetcher.asked)
    world.poll()
    assert len(world.fetcher.asked) == asked + 1  # the page is not read again
    assert len(world.intake.articles) == 1


def test_a_teaser_stays_when_its_page_fails_and_says_so() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(item(5, text="Two terminals close."), item(6, text="Another teaser."))
    world.fetcher.answers["https://harbour.test/news?id=6"] = b"<html><body>Cookies?</body></html>"
    world.poll()
    second, first = world.intake.articles
    assert (first.text, first.text_origin) == ("Two terminals close.", "teaser")
    assert first.note == "only the teaser, the page failed: 404 Not Found"
    assert "nothing better" in second.note


def test_after_some_failing_pages_the_rest_is_not_tried() -> None:
    world = World(settings=ProducerSettings(backlog_items=20))
    world.fetcher.answers[FEED] = rss(*(item(n, text=f"Teaser {n}.") for n in range(9)))
    world.poll()
    assert len(world.fetcher.asked) == 1 + 5
    assert len(world.intake.articles) == 9
    assert sum("before this one failed" in article.note for article in world.intake.articles) == 4


def test_pages_are_not_read_when_switched_off() -> None:
    world = World(settings=ProducerSettings(full_text=False))
    world.fetcher.answers[FEED] = rss(item(5, text="Two terminals close."))
    world.poll()
    assert world.fetcher.asked == [FEED]
    assert world.intake.articles[0].text_origin == "teaser"


def test_dates_that_lie() -> None:
    world = World()
    undated = item(1).replace("pubDate", "nothing")
    ahead = item(2, hours=-500)
    ancient = item(3).replace(format_datetime(NOW - timedelta(hours=3)), "Thu, 01 Jan 1970 00:00:00 GMT")
    world.fetcher.answers[FEED] = rss(undated, ahead, ancient)
    world.poll()
    flags = {article.external_id: article.date_flag for article in world.intake.articles}
    assert flags == {"g1": "missing", "g2": "future", "g3": "ancient"}
    assert {article.published_at for article in world.intake.articles} == {NOW}
    assert all("time of fetching" in article.note for article in world.intake.articles)


def test_the_cursor_stays_when_the_store_fails() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(item(1))
    world.intake.failures = [store_fails() for _ in range(2)]
    world.settings = replace(world.settings)
    world.poll()  # two failures are waited out
    assert world.ids() == ["g1"]

    world = World()
    world.fetcher.answers[FEED] = rss(item(1))
    world.intake.failures = [RuntimeError("disk full")]
    with pytest.raises(RuntimeError):
        world.poll()
    assert world.store.saves == []
    world.poll()
    assert world.ids() == ["g1"]


async def until(check: Callable[[], bool], clock: FakeClock) -> None:
    """Let time pass until `check` holds."""
    while not check():
        clock.pass_(seconds=20)
        await asyncio.sleep(0.005)


def test_running_reads_what_is_due_until_stopped_and_survives_trouble() -> None:
    broken = "https://broken.test/rss"
    world = World([FEED, broken])
    world.fetcher.answers[FEED] = rss(item(1), item(2))
    world.intake.failures = [RuntimeError("disk full")]

    async def main() -> None:
        poller = world.poller()
        stop = asyncio.Event()
        task = asyncio.create_task(poller.run(stop))
        await until(lambda: FEED in world.store.states, world.clock)  # in spite of the store's trouble
        world.fetcher.answers[FEED] = rss(item(0), item(1), item(2))
        await until(lambda: len(world.intake.articles) == 3, world.clock)
        stop.set()
        await task

    asyncio.run(asyncio.wait_for(main(), 30))
    assert sorted(world.ids()) == ["g0", "g1", "g2"]
    assert not any(world.intake.orders)
    assert world.store.states[broken].error == "404 Not Found"


def test_states_are_known_before_the_first_poll_and_kept_after_a_restart() -> None:
    world = World()
    world.fetcher.answers[FEED] = rss(item(1))
    (before,) = asyncio.run(world.poller().states())
    assert (before.url, before.last_attempt) == (FEED, None)
    world.poll()
    (kept,) = asyncio.run(world.poller().states())
    assert kept.articles == 1
    assert kept.floor == datetime(2026, 5, 13, 12, tzinfo=UTC)


def test_retryable_is_what_a_failing_fetch_is() -> None:
    assert issubclass(FetchFailed, Retryable)
