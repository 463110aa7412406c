"""An article before the door: everything but its revision, its original and its place in the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.article import Article
from schemas.vocabulary import DateFlag, TextOrigin

MAX_TITLE = 1000
MAX_TEXT = 400_000
MAX_NAME = 300
MAX_ID = 1000
MAX_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of an Article that its source decides; see schemas.article for their meaning."""

    article_id: str
    url: str
    external_id: str
    title: str
    text: str
    publisher: str
    family: str
    language: str
    published_at: datetime
    fetched_at: datetime
    date_flag: DateFlag
    text_origin: TextOrigin
    note: str
    feed_url: str
    content_hash: str


def to_article(draft: Draft, *, revision: int, copy_of: str, family: str) -> Article:
    """Return the Article that `draft` becomes; the stream's door gives it its ordinal."""
    return Article(
        article_id=draft.article_id,
        revision=revision,
        url=draft.url,
        external_id=draft.external_id,
        title=draft.title,
        text=draft.text,
        publisher=draft.publisher,
        family=family,
        language=draft.language,
        published_at=draft.published_at,
        fetched_at=draft.fetched_at,
        date_flag=draft.date_flag,
        text_origin=draft.text_origin,
        note=draft.note,
        feed_url=draft.feed_url,
        content_hash=draft.content_hash,
        copy_of=copy_of,
        ordinal=0,
    )
