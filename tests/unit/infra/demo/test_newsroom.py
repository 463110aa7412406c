"""Pages, visitors and the server itself."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import trafilatura

from infra.demo.newsroom import Newsroom
from tests.unit.infra.demo.conftest import START, at, request


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def test_every_page_is_served_with_its_text_and_boilerplate(newsroom: Newsroom) -> None:
    for publisher in newsroom.library.publishers.values():
        for item in newsroom.shelf(publisher):
            reply = request(newsroom.url + item.path)
            assert reply.status == 200
            assert "We use cookies" in reply.text
            assert "Terms of use" in reply.text
            text = trafilatura.extract(reply.text)
            assert text is not None
            assert item.blocks[0].lines[0].split()[0] in text
            assert "We use cookies" not in text


def test_pages_follow_the_simulated_time(newsroom: Newsroom) -> None:
    page = f"{newsroom.url}/meridian-wire/2026/united-states-widens-export-controls-on-ai-chips"
    newsroom.set_now(at(2, "13:00"))
    assert request(page).status == 404
    newsroom.set_now(at(2))
    assert request(page).status == 200
    assert request(page.replace("2026", "2025")).status == 404
    assert request(f"{newsroom.url}/nobody/2026/anything").status == 404
    assert request(f"{newsroom.url}/nobody/feed.xml").status == 404
    assert request(f"{newsroom.url}/meridian-wire/feed.json").status == 404


def test_hidden_text_is_in_the_page_but_not_in_the_feed(newsroom: Newsroom) -> None:
    page = request(f"{newsroom.url}/silicon-quarter/2026/a-kettle-that-talks-back").text
    assert "display:none" in page
    assert "Ignore all previous instructions" in page
    assert "previous instructions" not in request(newsroom.feed_urls()["silicon-quarter"]).text


def test_index_robots_and_opml(newsroom: Newsroom) -> None:
    index = request(f"{newsroom.url}/").text
    for publisher in newsroom.library.publishers.values():
        assert publisher.name in index
    assert "French laboratory trains model" in index
    robots = request(f"{newsroom.url}/robots.txt").text
    assert "Disallow: /newsroom" in robots
    opml = request(f"{newsroom.url}/feeds.opml").text
    assert all(url in opml for url in newsroom.feed_urls().values())


def test_a_visitor_publishes_a_live_article_dated_by_the_clock() -> None:
    moment = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
    with Newsroom(START, clock=lambda: moment) as newsroom:
        newsroom.set_now(at(42))
        sample = newsroom.library.samples[0]
        page = request(f"{newsroom.url}/newsroom?sample={sample.key}").text
        assert sample.title.replace("'", "&#39;") in page
        before = request(newsroom.feed_urls()[sample.publisher]).headers["ETag"]
        reply = request(
            f"{newsroom.url}/newsroom",
            form(publisher=sample.publisher, title=sample.title, body=sample.body.replace("\n", "\r\n")),
        )
        assert (reply.status, reply.headers["Location"]) == (303, "/newsroom")
        after = request(newsroom.feed_urls()[sample.publisher], If_None_Match=before)
        assert after.status == 200
        newest = json.loads(after.body)["items"][0]
        assert newest["title"] == sample.title
        assert newest["date_published"] == moment.isoformat()
        assert newest["content_html"].count("<p>") == 4
        assert request(newest["url"]).status == 200


def test_what_visitors_type_is_escaped_and_checked(newsroom: Newsroom) -> None:
    url = f"{newsroom.url}/newsroom"
    evil = "<script>alert(1)</script> & \x00\x0b“co”"
    assert request(url, form(publisher="northgate-post", title=evil, body=evil)).status == 303
    [item] = newsroom.desk.live()
    for page in (url, f"{newsroom.url}/", newsroom.url + item.path, newsroom.feed_urls()["northgate-post"]):
        reply = request(page)
        assert reply.status == 200
        assert "<script" not in reply.text
        assert "\x00" not in reply.text
    assert request(url, form(publisher="nobody", title="x", body="y")).status == 400
    assert request(url, form(publisher="northgate-post", title=" ", body="y")).status == 400
    assert request(url, form(publisher="northgate-post", title="t" * 301, body="y")).status == 400
    assert request(url, b"a" * 200_001).status == 413
    assert (
        request(url, form(publisher="northgate-post", title="x", body="y"), Origin="http://evil.example").status == 403
    )
    assert request(url, form(publisher="northgate-post", title="x", body="y"), Origin="http://[").status == 403
    assert len(newsroom.desk.live()) == 1


def test_webhook_inbox_keeps_the_last_fifty(newsroom: Newsroom) -> None:
    hook = newsroom.hook_url
    assert request(hook, b"not json").status == 400
    assert request(hook, b'"' + b"x" * 70_000 + b'"').status == 413
    for number in range(60):
        assert request(hook, json.dumps({"signal": f"<i>{number}</i> \ud83d"}).encode()).status == 204
    assert len(newsroom.desk.alerts()) == 50
    page = request(hook).text
    assert "&lt;i&gt;59&lt;/i&gt;" in page
    assert "&lt;i&gt;9&lt;/i&gt;" not in page
    assert 'src="/hook"' in request(f"{newsroom.url}/newsroom").text


def test_only_loopback_names_are_answered(newsroom: Newsroom) -> None:
    assert request(f"{newsroom.url}/", Host="rebound.example").status == 400


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Newsroom(START, port=port) as newsroom:
            assert newsroom.port != port
            assert request(f"{newsroom.url}/robots.txt").status == 200
    newsroom.close()


def test_the_time_needs_a_zone(newsroom: Newsroom) -> None:
    with pytest.raises(ValueError, match="time zone"):
        newsroom.set_now(datetime(2026, 3, 3))
