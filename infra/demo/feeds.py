"""A publisher's feed as RSS 2.0, Atom or JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.etree import ElementTree as ET

from infra.demo.articles import FeedFormat, Publisher
from infra.demo.edition import Printed, to_html

MEDIA_TYPES: Final[dict[FeedFormat, str]] = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
_ATOM: Final = "http://www.w3.org/2005/Atom"
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"


def feed_path(publisher: Publisher) -> str:
    """Where the newsroom serves the feed of this publisher."""
    return f"/{publisher.key}/feed.{'json' if publisher.format == 'json' else 'xml'}"


def render_feed(publisher: Publisher, items: Sequence[Printed], base_url: str, changed: datetime) -> bytes:
    """The feed in the publisher's format; `items` come newest first, links point below `base_url`."""
    render = {"rss": _rss, "atom": _atom, "json": _json}[publisher.format]
    return render(publisher, items, base_url, changed)


def _rss(publisher: Publisher, items: Sequence[Printed], base_url: str, changed: datetime) -> bytes:
    ET.register_namespace("content", _CONTENT)
    ET.register_namespace("atom", _ATOM)
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _text(channel, "title", publisher.name)
    _text(channel, "link", f"{base_url}/")
    _text(channel, "description", publisher.tagline)
    _text(channel, "language", "en")
    _text(channel, "lastBuildDate", format_datetime(changed, usegmt=True))
    for item in items:
        entry = ET.SubElement(channel, "item")
        _text(entry, "title", item.title)
        _text(entry, "link", base_url + item.path)
        _text(entry, "guid", item.guid, isPermaLink="false")
        _text(entry, "pubDate", format_datetime(item.published, usegmt=True))
        if item.updated != item.published:
            _text(entry, f"{{{_ATOM}}}updated", item.updated.isoformat())
        _text(entry, "description", item.teaser)
        if item.feed_text == "full":
            _text(entry, f"{{{_CONTENT}}}encoded", to_html(item.blocks))
    return _xml(root)


def _atom(publisher: Publisher, items: Sequence[Printed], base_url: str, changed: datetime) -> bytes:
    root = ET.Element("feed", xmlns=_ATOM)
    _text(root, "title", publisher.name)
    _text(root, "subtitle", publisher.tagline)
    _text(root, "id", f"https://{publisher.domain}/")
    _text(root, "updated", changed.isoformat())
    ET.SubElement(root, "link", rel="self", href=base_url + feed_path(publisher))
    ET.SubElement(root, "link", rel="alternate", href=f"{base_url}/")
    author = ET.SubElement(root, "author")
    _text(author, "name", f"{publisher.name} newsroom")
    for item in items:
        entry = ET.SubElement(root, "entry", {"xml:lang": item.language})
        _text(entry, "title", item.title_markup, type="html")
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=base_url + item.path)
        _text(entry, "id", item.guid)
        _text(entry, "published", item.published.isoformat())
        _text(entry, "updated", item.updated.isoformat())
        _text(entry, "summary", item.teaser)
        if item.feed_text == "full":
            _text(entry, "content", to_html(item.blocks), type="html")
    return _xml(root)


def _json(publisher: Publisher, items: Sequence[Printed], base_url: str, changed: datetime) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publisher.name,
        "description": publisher.tagline,
        "home_page_url": f"{base_url}/",
        "feed_url": base_url + feed_path(publisher),
        "language": "en",
        "items": [_json_item(item, base_url) for item in items],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(item: Printed, base_url: str) -> dict[str, str]:
    entry = {
        "id": item.guid,
        "url": base_url + item.path,
        "title": item.title,
        "summary": item.teaser,
        "date_published": item.published.isoformat(),
        "date_modified": item.updated.isoformat(),
        "language": item.language,
    }
    if item.feed_text == "full":
        entry["content_html"] = to_html(item.blocks)
    else:
        entry["content_text"] = item.teaser
    return entry


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = text


def _xml(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"
