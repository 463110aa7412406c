"""Briefs as an Atom feed (RFC 4287): only those that had something to say, newest first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from lxml import etree, html  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from schemas.events import Brief
from sinks.brief.deliveries import content_of
from sinks.brief.times import iso

MOST: Final = 30
MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"
_MAKE: Final = ElementMaker(namespace="http://www.w3.org/2005/Atom", nsmap={None: "http://www.w3.org/2005/Atom"})
# What XML 1.0 has no place for (section 2.2).
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAG: Final = "tag:bellwether.invalid,2026"  # RFC 4151; the same for all readers, since no two feeds meet


def atom(briefs: Sequence[Brief], base: str, now: datetime) -> bytes:
    """Return the feed; `base` is the site's address without a slash at its end, `now` the ledger's time (UTC)."""
    told = [brief for brief in briefs if brief.worth_saying][:MOST]
    updated = max((brief.composed_at for brief in told), default=now)
    feed = _MAKE.feed(
        _MAKE.id(f"{_TAG}:briefs"),
        _MAKE.title("The Bellwether"),
        _MAKE.subtitle("A morning brief, composed for you when the sources say something worth saying."),
        _MAKE.updated(iso(updated)),
        _MAKE.author(_MAKE.name("Bellwether")),
        _MAKE.link(rel="self", type="application/atom+xml", href=f"{base}/briefs.atom"),
        _MAKE.link(rel="alternate", type="text/html", href=f"{base}/briefs"),
        *(_entry(brief, base) for brief in told),
    )
    made: bytes = etree.tostring(feed, xml_declaration=True, encoding="utf-8")
    return made


def _entry(brief: Brief, base: str) -> Any:
    return _MAKE.entry(
        _MAKE.id(f"{_TAG}:{brief.brief_id}"),
        _MAKE.title(_fit(brief.headline)),
        _MAKE.updated(iso(brief.composed_at)),
        _MAKE.link(rel="alternate", type="text/html", href=f"{base}/briefs/{brief.date}"),
        _MAKE.summary(_fit("; ".join(brief.reasons))),
        _MAKE.content(_fit(_told(brief, f"{base}/briefs/{brief.date}")), type="html"),
        _MAKE.category(term=content_of(brief), scheme=f"{_TAG}:content"),
    )


def _told(brief: Brief, page: str) -> str:
    """Return what stands in the page's <main>, its links absolute: an entry is no document of its own."""
    main = html.document_fromstring(brief.html).find(".//main")
    if main is None:
        return ""
    main.make_links_absolute(page)
    main.tag = "div"
    fragment: str = html.tostring(main, encoding="unicode", with_tail=False)
    return fragment


def _fit(text: str) -> str:
    return _UNFIT.sub("", text)
