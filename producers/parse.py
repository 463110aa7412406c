"""Feed bytes to entries: RSS 0.9–2.0, RDF and Atom (RFC 4287) by feedparser, JSON Feed 1.1 by json. Pure.

Titles and texts come out as visible plain text; see visible_text.py.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import feedparser

from producers.json_feed import looks_like_json, parse_json_feed
from producers.not_a_feed import complaint
from producers.parsed_feed import Entry, ParsedFeed
from producers.visible_text import clean_plain, one_line, visible_text
from schemas.errors import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:#\d+|#x[\da-fA-F]+|[a-zA-Z]{2,8});")
_BROKEN_OFF = ("no element found", "unclosed", "mismatched tag", "junk after document", "not closed")


def parse_feed(body: bytes, content_type: str, base_url: str) -> ParsedFeed:
    """Return the feed in `body`, as served from `base_url` with `content_type` ("" when unknown).

    A feed that breaks off yields the entries before the break and a `warning`. Raises BadInput, in words for
    the person who named the address, when there is no feed in it.
    """
    if not body.strip():
        raise BadInput("the answer is empty, not a feed")
    if looks_like_json(body):
        return parse_json_feed(body, base_url)
    # No base address for feedparser: it would resolve guids, which are names, like links.
    headers = {"content-type": content_type} if content_type else {}
    try:
        document = feedparser.parse(body, response_headers=headers, sanitize_html=False)
    except Exception as error:  # feedparser lets errors of its parsers and codecs through
        raise BadInput(f"the feed cannot be read ({type(error).__name__}: {error})") from None
    trouble = str(document.get("bozo_exception", "")) if document.get("bozo") else ""
    if "amplification" in trouble:
        raise BadInput("the XML defines entities that multiply themselves (an entity bomb); refused")
    if not document.get("version"):
        raise BadInput(complaint(body, base_url))
    entries = tuple(entry for item in document.entries if (entry := _entry(item, base_url)) is not None)
    channel = document.feed
    warning = ""
    if any(sign in trouble.lower() for sign in _BROKEN_OFF):
        warning = f"the XML is broken ({trouble}); {len(entries)} entries could be read"
        if not entries:
            raise BadInput(f"the XML is broken ({trouble}) and holds no entry that can be read")
    return ParsedFeed(
        title=_title(channel),
        home=_absolute(str(channel.get("link") or ""), base_url),
        language=str(channel.get("language") or ""),
        ttl=_minutes(channel.get("ttl")),
        entries=entries,
        warning=warning,
        own=_linked(channel, base_url, "self"),
        older=_linked(channel, base_url, "prev-archive", "next"),
    )


def _linked(channel: Mapping[str, Any], base_url: str, *relations: str) -> str:
    """Return the address of the feed's first link of these relations, in their order (RFC 4287 §4.2.7, RFC 5005)."""
    links = [link for link in channel.get("links") or () if link.get("href")]
    for relation in relations:
        for link in links:
            if str(link.get("rel") or "").lower() == relation:
                return _absolute(str(link["href"]), base_url)
    return ""


def _entry(item: Mapping[str, Any], base_url: str) -> Entry | None:
    html, is_content = _body(item)
    title = _title(item)
    text = visible_text(html)
    if not title and not text:
        return None
    source = item.get("source") or {}
    return Entry(
        id=str(item.get("id") or ""),
        url=_absolute(str(item.get("feedburner_origlink") or item.get("link") or ""), base_url),
        title=title,
        html=html,
        text=text,
        is_content=is_content,
        published=_moment(item.get("published_parsed")) or _moment(item.get("updated_parsed")),
        updated=_moment(item.get("updated_parsed")),
        author=one_line(str(item.get("author") or "")),
        language=_language(item),
        source_title=one_line(str(source.get("title") or "")),
        source_url=str(source.get("href") or source.get("link") or ""),
    )


def _body(item: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the richest body as HTML, and whether it is meant as the whole content rather than a summary."""
    contents = [_as_html(part) for part in item.get("content") or () if part.get("value")]
    summary = _as_html(item.get("summary_detail") or {"value": item.get("summary") or ""})
    longest = max(contents, key=len, default="")
    if longest and len(longest) >= len(summary):
        return longest, True
    return summary, False


def _as_html(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value") or "")
    if detail.get("type") == "text/plain" and "<" not in value and "&" not in value:
        return "\n".join(f"<p>{part}</p>" for part in clean_plain(value).split("\n\n") if part)
    return value


def _title(item: Mapping[str, Any]) -> str:
    detail = item.get("title_detail") or {}
    value = str(item.get("title") or "")
    # RSS titles have no type, and feedparser calls plain what has no common tag in it.
    plain = detail.get("type") == "text/plain" and not _MARKUP.search(value)
    return one_line(value if plain else visible_text(value))


def _absolute(link: str, base_url: str) -> str:
    try:
        return urljoin(base_url, link) if link else ""
    except ValueError:
        return ""


def _language(item: Mapping[str, Any]) -> str:
    for part in (*(item.get("content") or ()), item.get("summary_detail") or {}):
        if part.get("language"):
            return str(part["language"])
    return ""


def _moment(parsed: Any) -> datetime | None:
    """Return a time that feedparser has brought to UTC, None when it is missing or beyond the calendar."""
    if not parsed:
        return None
    try:
        return _EPOCH + timedelta(seconds=timegm(tuple(parsed)))
    except (ValueError, OverflowError, TypeError):
        return None


def _minutes(ttl: Any) -> float | None:
    """Return RSS `ttl`, which counts minutes, in seconds."""
    try:
        minutes = float(ttl)
    except (TypeError, ValueError):
        return None
    return minutes * 60.0 if 0 < minutes < 1_000_000 else None
