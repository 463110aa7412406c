"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/) to entries. Pure."""

from __future__ import annotations

import html
import json
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from producers.canonical import canonical_url
from producers.dates import as_utc
from producers.parsed_feed import Entry, ParsedFeed
from producers.visible_text import clean_plain, one_line, visible_text
from schemas.errors import BadInput


def looks_like_json(body: bytes) -> bool:
    """Tell whether `body` begins as a JSON object does."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def parse_json_feed(body: bytes, base_url: str) -> ParsedFeed:
    """Return the JSON Feed in `body`, without items that say nothing. Raises BadInput."""
    try:
        document = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"the JSON is broken ({error})") from None
    items = document.get("items")
    if not _text(document, "version").startswith(("https://jsonfeed.org/", "http://jsonfeed.org/")) or not isinstance(
        items, list
    ):
        raise BadInput("this is JSON, but not a JSON Feed: it has no jsonfeed.org version with a list of items")
    language = _text(document, "language")
    entries = tuple(entry for item in items if (entry := _entry(item, language, base_url)) is not None)
    return ParsedFeed(
        title=one_line(_text(document, "title")),
        home=canonical_url(_text(document, "home_page_url"), base=base_url),
        language=language,
        ttl=None,
        entries=entries,
        own=canonical_url(_text(document, "feed_url"), base=base_url),
        older=_address(_text(document, "next_url"), base_url),
    )


def _entry(item: Any, language: str, base_url: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    markup, plain, summary = _text(item, "content_html"), _text(item, "content_text"), _text(item, "summary")
    text = visible_text(markup) or clean_plain(plain)
    is_content = bool(text)
    if not text:
        text = clean_plain(summary)
    title = one_line(_text(item, "title"))
    if not title and not text:
        return None
    url = _text(item, "url") or _text(item, "external_url")
    updated = _moment(_text(item, "date_modified"))
    authors = item.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return Entry(
        id=_identifier(item.get("id")),
        url=canonical_url(url, base=base_url) if url else "",
        title=title,
        html=markup or html.escape(plain or summary),
        text=text,
        is_content=is_content,
        published=_moment(_text(item, "date_published")) or updated,
        updated=updated,
        author=one_line(_text(first, "name")) if isinstance(first, dict) else "",
        language=_text(item, "language") or language,
    )


def _address(link: str, base_url: str) -> str:
    """Return the address as it stands: a page's number may be what a canonical one leaves out."""
    try:
        return urljoin(base_url, link) if link else ""
    except ValueError:
        return ""


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _identifier(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _moment(value: str) -> datetime | None:
    """Return an RFC 3339 time in UTC, or None."""
    try:
        return as_utc(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError):
        return None
