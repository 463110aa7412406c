"""Hostile words and addresses execute nowhere: parsed as a browser parses, a page holds only our own markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from sinks.brief.compose import compose
from tests.builders import minutes
from tests.unit.sinks.brief.samples import HOSTILE, HOSTILE_URLS, Said, inputs, row
from tests.unit.sinks.site.fakes import FakeBriefs, FakeReader, article_row, client, feed, signal_row

PATHS = ("/", "/briefs", "/briefs/2026-04-16", "/signals", "/signals/g1", "/articles/a1", "/feeds")
FORBIDDEN = {"script", "img", "iframe", "object", "embed", "style", "base", "math"}


class Tags(HTMLParser):
    """Collects the start tags of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def assert_harmless(html: str) -> None:
    for tag, attributes in tags(html):
        if tag == "script":
            assert attributes == {"src": "/static/app.js", "defer": None}
            continue
        assert tag not in FORBIDDEN
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        address = attributes.get("href") or "/"
        assert address.startswith(("/", "http://", "https://", "#", "data:,")), address
        assert not address.startswith("//")
        assert "@" not in address


def poisoned(text: str, url: str) -> Any:
    one = signal_row(
        1, title=text, analysis=text, actors={text: 1}, sectors={text: 1}, geographies={text: 1}, scope=f"{text}.",
        mechanism=text, narrator=text,
    )  # fmt: skip
    one["sentences"] = [{"text": text, "cites": [row["evidence_id"] for row in one["evidence"]]}]
    for evidence in one["evidence"]:
        evidence.update(quote=f"x {text} y", anchor=text, reasoning=text, reason=text, publisher=text)
        evidence.update(article_title=text, article_url=url, family=text, mechanism=text, analyst=text)
    for event in one["events"]:
        event.update(note=text, publisher=text, url=url)
    one["story_rows"][0]["title"] = text
    told = row(title=text, sectors={text: 1})
    for found in told["quotes"]:
        found.update(quote=f"x {text} y", anchor=text, publisher=text, article_title=text, article_url=url)
    brief = compose(inputs(told), Said(), date="2026-04-16", composed_at=minutes(1440))
    bad_feed = feed(title=text, url=url, error=text, ok=False)
    read = article_row(title=text, text=f"x {text} y", url=url, publisher=text, family=text, note=text, language=text)
    for evidence in read["evidence"]:
        evidence.update(quote=f"x {text} y", quote_start=0, quote_end=len(f"x {text} y"), anchor=text, claim=text)
        evidence.update(reasoning=text, reason=text, analyst=text, signal_title=text)
    return client(FakeReader({"g1": one}, articles={"a1": read}), FakeBriefs([brief]), [bad_feed])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_only_words(text: str) -> None:
    site = poisoned(text, "https://news.example/1")
    for path in PATHS:
        answer = site.get(path)
        assert answer.status_code == 200
        assert_harmless(answer.text)
        assert text not in answer.text or "<" not in text


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_only_clean_http_addresses_become_links(url: str) -> None:
    site = poisoned("words", url)
    for path in PATHS:
        html = site.get(path).text
        assert_harmless(html)
        assert not [a for _, a in tags(html) if (a.get("href") or "").startswith("http")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_addresses_of_our_own_pages(text: str) -> None:
    site = client()
    for path in (
        f"/signals/{quote(text, safe='')}",
        f"/briefs/{quote(text, safe='')}",
        f"/signals?q={quote(text)}&kind={quote(text)}&sector={quote(text)}&geography={quote(text)}&sort={quote(text)}",
        f"/articles/{quote(text, safe='')}",
        f"/signals/g1?as_of={quote(text)}",
    ):
        assert_harmless(site.get(path).text)
