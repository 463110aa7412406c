"""What to tell a person whose address holds no feed. Pure."""

from __future__ import annotations

from lxml import etree, html  # type: ignore[import-untyped]

from producers.canonical import canonical_url

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")


def complaint(body: bytes, base_url: str) -> str:
    """Return why `body`, served from `base_url`, is no feed; of a web page, which feed it links to."""
    start = body[:2000].lower()
    if b"<opml" in start:
        return "this is an OPML list of feeds, not a feed; give it by --feeds FILE.opml"
    if b"<html" in start or b"<!doctype html" in start or b"<body" in start:
        found = linked_feed(body, base_url)
        remedy = f"it names this feed: {found}" if found else "look on it for a link to RSS, Atom or JSON Feed"
        return f"this is a web page, not a feed; {remedy}"
    if start.lstrip().startswith(b"<"):
        return "this is XML, but neither RSS nor Atom"
    if body[:4] == b"%PDF" or b"\x00" in start:
        return "this is a binary file, not a feed"
    return "this is neither RSS, Atom nor JSON Feed"


def linked_feed(page: bytes, base_url: str) -> str:
    """Return the address of the first feed that a web page announces by `<link rel="alternate">`, or ""."""
    try:
        root = html.document_fromstring(page)
    except (etree.LxmlError, ValueError):
        return ""
    for link in root.iter("link"):
        alternate = "alternate" in (link.get("rel") or "").lower().split()
        if alternate and (link.get("type") or "").lower().strip() in _FEED_TYPES:
            return canonical_url(link.get("href") or "", base=base_url)
    return ""
