"""Feeds: they parse, follow the simulated time, answer conditional requests, and one breaks and recovers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import feedparser
import pytest

from infra.demo.articles import load_library
from infra.demo.newsroom import FAMILIES, Newsroom
from tests.unit.infra.demo.conftest import START, at, request

KEYS = sorted(load_library().publishers)


def entries(newsroom: Newsroom, key: str) -> list[dict[str, Any]]:
    """id, link and title of each item, whatever the format."""
    url = newsroom.feed_urls()[key]
    reply = request(url)
    assert reply.status == 200
    if url.endswith(".json"):
        return [
            {"id": item["id"], "link": item["url"], "title": item["title"]} for item in json.loads(reply.body)["items"]
        ]
    parsed = feedparser.parse(reply.body)
    assert not parsed.bozo
    return [{"id": entry.id, "link": entry.link, "title": entry.title} for entry in parsed.entries]


@pytest.mark.parametrize("key", KEYS)
def test_feed_parses_and_names_its_publisher(newsroom: Newsroom, key: str) -> None:
    publisher = newsroom.library.publishers[key]
    reply = request(newsroom.feed_urls()[key])
    if publisher.format == "json":
        feed = json.loads(reply.body)
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        title = feed["title"]
    else:
        parsed = feedparser.parse(reply.body)
        assert parsed.version == {"rss": "rss20", "atom": "atom10"}[publisher.format]
        title = parsed.feed.title
    assert title == publisher.name
    assert title in FAMILIES
    items = entries(newsroom, key)
    assert items
    assert all(item["link"].startswith(f"{newsroom.url}/{key}/2026/") for item in items)
    assert all(item["id"].startswith(f"https://{publisher.domain}/") for item in items)


def test_all_articles_come_out_with_ids_that_do_not_depend_on_the_port(newsroom: Newsroom) -> None:
    ids = [item["id"] for key in KEYS for item in entries(newsroom, key)]
    assert len(set(ids)) == len(ids) == len(list(newsroom.library.articles()))
    assert not any("127.0.0.1" in name for name in ids)


def test_only_what_is_out_is_visible_and_newest_comes_first(newsroom: Newsroom) -> None:
    newsroom.set_now(at(2, "13:39"))
    assert [item["title"][:7] for item in entries(newsroom, "meridian-wire")] == ["Voltara"]
    newsroom.set_now(at(2, "13:40"))
    assert [item["title"][:6] for item in entries(newsroom, "meridian-wire")] == ["United", "Voltar"]
    newsroom.set_now(at(1) - timedelta(days=3))
    assert not [item for key in KEYS for item in entries(newsroom, key)]


@pytest.mark.parametrize("key", ["meridian-wire", "harbour-ledger", "silicon-quarter"])
def test_conditional_requests(newsroom: Newsroom, key: str) -> None:
    newsroom.set_now(at(20))
    url = newsroom.feed_urls()[key]
    first = request(url)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    unchanged = request(url, If_None_Match=etag)
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert unchanged.headers["ETag"] == etag
    assert request(url, If_None_Match=f'"other", W/{etag}').status == 304
    assert request(url, If_Modified_Since=modified).status == 304
    assert request(url, If_Modified_Since="not a date").status == 200
    newsroom.set_now(at(26))
    later = request(url, If_None_Match=etag, If_Modified_Since=modified)
    assert later.status == 200
    assert later.headers["ETag"] != etag
    assert request(url, If_Modified_Since=modified).status == 200


def test_one_feed_breaks_for_four_days_and_recovers(newsroom: Newsroom) -> None:
    url = newsroom.feed_urls()["straits-dispatch"]
    replies = {}
    for day in range(14, 20):
        newsroom.set_now(at(day))
        replies[day] = request(url)
    assert [reply.status for reply in replies.values()] == [200, 500, 500, 200, 200, 200]
    assert all("html" in replies[day].headers["Content-Type"] for day in (17, 18))
    assert b"Malaysia" not in replies[14].body
    assert b"Malaysia" in replies[19].body, "what came out while the feed was broken is still in it"


def test_revision_changes_the_item_and_keeps_its_id(newsroom: Newsroom) -> None:
    seen = []
    for day in (18, 19):
        newsroom.set_now(at(day))
        feed = feedparser.parse(request(newsroom.feed_urls()["compute-review"]).body)
        [entry] = [entry for entry in feed.entries if entry.id.endswith("delft-institute-repeats-lanhai-training-run")]
        seen.append(entry)
    before, after = seen
    assert before.published == after.published == before.updated < after.updated
    assert "within four per cent" in before.content[0].value
    assert "within nine per cent" in after.content[0].value


def test_teasers_are_short_and_full_texts_are_whole(newsroom: Newsroom) -> None:
    teaser = json.loads(request(newsroom.feed_urls()["silicon-quarter"]).body)["items"][0]
    assert "content_html" not in teaser
    assert teaser["content_text"].endswith("…")
    assert len(teaser["content_text"]) < 200
    whole = json.loads(request(newsroom.feed_urls()["statehouse-monitor"]).body)["items"][0]
    assert whole["content_html"].count("<p>") == 6


def test_markup_and_typography_survive_the_feed(newsroom: Newsroom) -> None:
    feed = feedparser.parse(request(newsroom.feed_urls()["continental-gazette"]).body)
    [entry] = [entry for entry in feed.entries if entry.id.endswith("typesetters-corner")]
    assert "<b>bold</b> claims, ampersands &amp; other “quoted”" in entry.title
    assert "Donau\u00addampf\u00adschiff" in entry.content[0].value
    assert "A &lt; B &amp; C &gt; D" in entry.content[0].value


def test_round_up_titles_carry_the_date(newsroom: Newsroom) -> None:
    titles = [item["title"] for item in entries(newsroom, "meridian-wire")]
    day = START + timedelta(days=9)
    assert any(title.startswith(f"Morning Brief ({day:%B} {day.day}): ") for title in titles)
    assert not any("{" in title for title in titles)


def test_a_feed_holds_the_last_thirty_items() -> None:
    with Newsroom(START) as newsroom:
        newsroom.set_now(at(42))
        for number in range(31):
            newsroom.publish("lakeland-chronicle", f"Duck {number}", "It crossed the road again.")
        items = entries(newsroom, "lakeland-chronicle")
    assert len(items) == 30
    assert len({item["id"] for item in items}) == 30
