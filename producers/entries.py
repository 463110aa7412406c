"""From a feed's entries to drafts: ids, dates, publisher, family, language. Pure; lookups are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from producers.canonical import article_id, canonical_url, registrable_domain
from producers.content_hash import content_hash
from producers.dates import Dated, clamp
from producers.draft import MAX_ID, MAX_NAME, MAX_NOTE, MAX_TEXT, MAX_TITLE, Draft
from producers.page import Page
from producers.parsed_feed import Entry, ParsedFeed

_TEASER = 1200  # characters; a summary this long is the article
_CUT_OFF = re.compile(
    r"(?:\[?(?:…|\.\.\.)\]?|(?:read|continue|learn)(?: \w+){0,3} (?:more|reading)|read more|weiterlesen"
    r"|lire la suite)"
    r"[\s.»>→]*$",
    re.IGNORECASE,
)
_TITLE_TAIL = re.compile(
    r"\s*[-–—|:»·]\s*(?:rss|atom|json|feed|news feed|rss feed|latest|latest news|all|all articles|home|"
    r"homepage|front page|top stories|headlines|news)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry with its id, event time and fingerprint: enough to decide whether to look closer."""

    article_id: str
    url: str
    entry: Entry
    date: Dated
    content_hash: str

    @property
    def at(self) -> datetime:
        return self.date.at

    @property
    def dated(self) -> bool:
        return self.date.flag == "ok"


def candidate(
    entry: Entry, feed_url: str, base_url: str, fetched_at: datetime, *, ancient_at: datetime | None = None
) -> Candidate:
    """Return the candidate that `entry` is, read from the feed `feed_url` and served from `base_url`.

    `ancient_at` is as for producers.dates.clamp.

    The fingerprint is of what the feed says, not of the page behind it, so that an unchanged entry is
    recognised without fetching its page again.
    """
    url = canonical_url(entry.url, base=base_url) if entry.url else ""
    if not url and entry.id.lower().startswith(("http://", "https://")):
        url = canonical_url(entry.id)
    return Candidate(
        article_id=article_id(url, entry.id, scope=feed_url, fallback=f"{entry.title}\n{entry.text}"),
        url=url,
        entry=entry,
        date=clamp(entry.published, fetched_at, ancient_at=ancient_at),
        content_hash=content_hash(entry.title, entry.text),
    )


def distinct(candidates: list[Candidate]) -> list[Candidate]:
    """Return the first candidate of each id, in order: some feeds list an item twice."""
    return list({each.article_id: each for each in reversed(candidates)}.values())[::-1]


def is_teaser(entry: Entry) -> bool:
    """Tell whether the feed gives only the beginning: no text, a cut-off text, or a short summary."""
    if not entry.text or _CUT_OFF.search(entry.text[-60:]):
        return True
    return not entry.is_content and len(entry.text) < _TEASER


def outlet_of(feed: ParsedFeed, feed_url: str) -> str:
    """Return the outlet that a feed belongs to: its title without "RSS" and the like, else its domain."""
    return (_TITLE_TAIL.sub("", feed.title) or registrable_domain(feed_url) or "unknown")[:MAX_NAME]


def publisher_of(entry: Entry, feed: ParsedFeed, feed_url: str, remembered: str) -> str:
    """Return an entry's outlet: its own source, else what is remembered of the feed, else the feed's."""
    return (entry.source_title or remembered or outlet_of(feed, feed_url))[:MAX_NAME]


def draft_of(
    found: Candidate,
    *,
    feed: ParsedFeed,
    feed_url: str,
    remembered_publisher: str,
    fetched_at: datetime,
    family_of: Callable[[str, str], str],
    language_of: Callable[[str, str], str],
) -> Draft:
    """Return the draft with the feed's own text; `with_page` and `with_trouble` complete a teaser's."""
    entry = found.entry
    publisher = publisher_of(entry, feed, feed_url, remembered_publisher)
    text = (entry.text or entry.title)[:MAX_TEXT]
    note = ""
    if found.date.flag != "ok":
        claimed = f" ({entry.published.isoformat()})" if entry.published else ""
        note = f"the feed's date is {found.date.flag}{claimed}; the time of fetching stands for it"
    return Draft(
        article_id=found.article_id,
        url=found.url,
        external_id=entry.id[:MAX_ID],
        title=(entry.title or _beginning(entry.text))[:MAX_TITLE],
        text=text,
        publisher=publisher,
        family=family_of(entry.source_url or found.url or feed.home or feed_url, publisher),
        language=language_of(f"{entry.title}. {text}", entry.language or feed.language),
        published_at=found.date.at,
        fetched_at=fetched_at,
        date_flag=found.date.flag,
        text_origin="teaser" if is_teaser(entry) else "feed",
        note=note,
        feed_url=feed_url[:4096],
        content_hash=found.content_hash,
    )


def with_page(draft: Draft, page: Page) -> Draft:
    """Return `draft` with the page's text, and its canonical address for readers. The id stays."""
    return replace(
        draft,
        text=page.text[:MAX_TEXT],
        text_origin="page",
        url=page.canonical or draft.url,
        language=draft.language or page.language,
    )


def with_trouble(draft: Draft, trouble: str) -> Draft:
    """Return `draft` with its teaser kept and the page's `trouble` noted in words."""
    note = f"{draft.note}; {trouble}" if draft.note else trouble
    return replace(draft, note=note[:MAX_NOTE])


def _beginning(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first if len(first) <= 110 else first[:109].rsplit(" ", 1)[0] + "…"
