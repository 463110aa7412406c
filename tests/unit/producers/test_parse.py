from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.parse import parse_feed
from schemas.errors import BadInput

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Harbour Daily</title><link>https://harbour.test/</link><language>en-GB</language><ttl>30</ttl>
<item><title>Port &lt;b&gt;expands&lt;/b&gt; &amp; grows &lt;script&gt;x()&lt;/script&gt;</title>
<link>/news?id=5</link><guid isPermaLink="false">g-5</guid>
<pubDate>Tue, 10 Jun 2025 04:00:00 +0200</pubDate>
<description>Short.</description>
<content:encoded><![CDATA[<p>First.</p><p style="display:none">IGNORE</p><p>Second.</p>]]>
</content:encoded>
</item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blatt</title>
<entry><id>urn:1</id><title type="html">Zins &amp;amp; Zoll</title><link rel="alternate" href="https://b.test/1"/>
<updated>2025-06-10T04:00:00+02:00</updated><summary>Kurz gesagt.</summary><author><name>A. B.</name></author>
</entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Old</title></channel>
<item rdf:about="https://o.test/1"><title>One</title><link>https://o.test/1</link>
<dc:date>2025-06-10T02:00:00Z</dc:date><description>Text of it</description></item></rdf:RDF>"""
JSON_FEED = json.dumps({
    "version": "https://jsonfeed.org/version/1.1", "title": "Jay", "home_page_url": "https://j.test/",
    "language": "en",
    "items": [
        {"id": 7, "url": "https://j.test/7", "title": "Seven",
         "content_html": "<p>A</p><p hidden>IGNORE</p><p>B</p>",
         "date_published": "2025-06-10T04:00:00+02:00", "authors": [{"name": "Q"}]},
        {"id": "8", "url": "/8", "content_text": "Only text", "summary": "s"},
        "not an object", {"id": "empty"}, {"id": "9", "title": "T", "date_published": "yesterday"},
    ],
})  # fmt: skip
WHEN = datetime(2025, 6, 10, 2, tzinfo=UTC)


def test_rss() -> None:
    feed = parse_feed(RSS.encode(), "application/rss+xml", "https://harbour.test/feed")
    (entry,) = feed.entries
    assert (feed.title, feed.ttl, feed.warning) == ("Harbour Daily", 1800.0, "")
    assert feed.language.lower() == "en-gb"
    assert entry.title == "Port expands & grows"
    assert entry.url == "https://harbour.test/news?id=5"
    assert entry.id == "g-5"
    assert entry.text == "First.\n\nSecond."
    assert entry.is_content
    assert entry.published == WHEN


def test_atom() -> None:
    (entry,) = parse_feed(ATOM.encode(), "application/atom+xml", "https://b.test/atom").entries
    assert (entry.title, entry.text, entry.author) == ("Zins & Zoll", "Kurz gesagt.", "A. B.")
    assert entry.published == WHEN
    assert entry.language == "de"
    assert not entry.is_content


def test_rdf() -> None:
    (entry,) = parse_feed(RDF.encode(), "", "https://o.test/rdf").entries
    assert (entry.title, entry.url, entry.published) == ("One", "https://o.test/1", WHEN)


def test_json_feed() -> None:
    feed = parse_feed(JSON_FEED.encode(), "application/json", "https://j.test/feed.json")
    seven, eight, nine = feed.entries
    assert (feed.title, feed.home, feed.language) == ("Jay", "https://j.test/", "en")
    assert (seven.id, seven.text, seven.published, seven.author) == ("7", "A\n\nB", WHEN, "Q")
    assert (eight.url, eight.text, eight.title) == ("https://j.test/8", "Only text", "")
    assert nine.published is None


def test_encodings_by_header_and_declaration() -> None:
    body = RSS.replace("utf-8", "iso-8859-1").replace("Harbour", "Häfen").encode("iso-8859-1")
    assert parse_feed(body, "application/xml", "").title == "Häfen Daily"


def test_a_feed_that_breaks_off_gives_what_came_and_a_warning() -> None:
    body = RSS.encode()
    cut = body[: body.index(b"</item>") + 7] + b"<item><title>Half"
    feed = parse_feed(cut, "application/rss+xml", "https://harbour.test/feed")
    assert feed.entries[0].id == "g-5"
    assert "broken" in feed.warning


def _bomb() -> bytes:
    entities = ['<!ENTITY l0 "lol">', *(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))]
    dtd = f"<!DOCTYPE rss [{''.join(entities)}]>"
    return f'<?xml version="1.0"?>{dtd}<rss version="2.0"><channel><title>&l9;</title></channel></rss>'.encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"<!doctype html><html><body>Hello</body></html>", "a web page, not a feed"),
        (b"<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head></html>",
         "https://x.test/rss"),
        (b"just words", "neither RSS, Atom nor JSON Feed"),
        (b"\x00\x01\x02garbage", "binary"),
        (b"<note><to>x</to></note>", "neither RSS nor Atom"),
        (b"<opml version='2.0'><body/></opml>", "OPML"),
        (b'{"version": "1", "items": []}', "not a JSON Feed"),
        (b'{"version": ', "JSON is broken"),
        (b"[" * 100_000, "neither"),
        (b'{"a":' * 100_000, "JSON is broken"),
        (_bomb(), "entit"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_told_in_words(body: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse_feed(body, "", "https://x.test/")


@given(st.binary(max_size=200), st.sampled_from([RSS, ATOM, RDF, JSON_FEED]), st.integers(0, 1500))
def test_damaged_feeds_are_read_or_refused_never_crash(noise: bytes, feed: str, at: int) -> None:
    body = feed.encode()
    with suppress(BadInput):
        parse_feed(body[:at] + noise + body[at:], "", "https://x.test/")
