"""Briefs as an Atom feed (RFC 4287): only those that had something to say, newest first."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from schemas.events import Brief
from sinks.brief.deliveries import content_of
from sinks.brief.times import iso

MOST: Final = 30
MEDIA_TYPE: Final = "application/atom+xml; charset=utf-8"
_MAKE: Final = ElementMaker(namespace="http://www.w3.org/2005/Atom", nsmap={None: "http://www.w3.org/2005/Atom"})
# What XML 1.0 has no place for (section 2.2).
_UNFIT: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAIN: Final = re.compile(r"<main>\s*(.*?)\s*</main>", re.DOTALL)
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
    page = f"{base}/briefs/{brief.date}"
    return _MAKE.entry(
        _MAKE.id(f"{_TAG}:{brief.brief_id}"),
        _MAKE.title(_fit(brief.headline)),
        _MAKE.updated(iso(brief.composed_at)),
        _MAKE.link(rel="alternate", type="text/html", href=page),
        _MAKE.summary(_fit("; ".join(brief.reasons))),
        _MAKE.content(_fit(_fragment(brief, page)), type="html"),
        _MAKE.category(term=content_of(brief), scheme=f"{_TAG}:content"),
    )


def _fragment(brief: Brief, page: str) -> str:
    """Return what the brief's document says between <main> and </main>: no reader of feeds shows a document in its own.

    A citation leads to its quote on `page`, since readers drop ids. All foreign text is escaped, so that it has neither
    tags nor attributes. A document of another make is told in plain text.
    """
    main = _MAIN.search(brief.html)
    if main is None:
        return f"<pre>{html.escape(brief.markdown)}</pre>"
    return main[1].replace('href="#', f'href="{html.escape(page)}#')


def _fit(text: str) -> str:
    return _UNFIT.sub("", text)
