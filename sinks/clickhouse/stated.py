"""Imported pages in their table, and which articles they quote.

Whoever admits articles asks `attached` for what pages quote from them, and `behind` which stored ones lack something.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

import msgspec

from schemas.article import Article, ImportedQuote
from schemas.stated import MOST_ANCHOR, MOST_QUOTE, StatedSignal, title_key
from sinks.clickhouse.articles import PAGE, ArticleStore
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.latest import LatestRows

Kept = Literal["new", "unchanged", "replaced"]
MOST_QUOTES: Final = 32  # attached to one article
_MOST_REASONING: Final = 4000
# schemas.stated.title_key in SQL; where the two differ (some letters of few scripts) a stored article is not found.
_KEY: Final = r"replaceRegexpAll(lowerUTF8(normalizeUTF8NFKC(title)), '[^\\p{L}\\p{M}\\p{N}]+', '')"


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page with the file it was read from and the wall-clock time of that, in UTC."""

    page: StatedSignal
    file: str
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class _Index:
    version: int = 0
    by_title: Mapping[str, tuple[ImportedQuote, ...]] = field(default_factory=dict)
    every: frozenset[ImportedQuote] = frozenset()


class StatedPages:
    """Pages of every generation; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = LatestRows(store, "stated")
        self._lock = threading.Lock()
        self._index = _Index()
        self._complete = 0  # the version whose quotes all stored articles have

    def save(self, page: StatedSignal, file: str, at: datetime) -> Kept:
        """Keep a page durably; say what that changed. A page of the same id is replaced unless it says the same."""
        with self._lock:
            known = self.get(page.import_id)
            if known is not None and known.page == page:
                return "unchanged"
            self._rows.save([_row(page, file, at)])
            return "replaced" if known else "new"

    def get(self, import_id: str) -> StoredPage | None:
        """Return the newest reading of a page, None if there is none."""
        found = self._rows.load("import_id = {id:String}", {"id": import_id})
        return _stored(found[0]) if found else None

    def count(self) -> int:
        """Return how many pages there are."""
        return int(self._store.scalar("SELECT uniqExact(import_id) FROM stated") or 0)

    def all(self) -> list[StoredPage]:
        """Return every page, strongest as stated first."""
        rows = self._rows.load("1 ORDER BY strength DESC, last_reinforced DESC, import_id")
        return [_stored(row) for row in rows]

    def attached(self, articles: Sequence[Article]) -> list[Article]:
        """Return the articles with what the pages quote from them, in their order.

        What a former revision had is kept though the title changes, as long as its page still says it.
        """
        index = self._current()
        if not index.by_title:
            return list(articles)
        revised = [article.article_id for article in articles if article.revision > 0]
        former = {one.article_id: one.imported for one in self._newest(revised)}
        return [
            replace(article, imported=_wanted(article, index, former.get(article.article_id, ())))
            for article in articles
        ]

    def behind(self) -> tuple[int, Iterator[Article]]:
        """Return a version, and as their next revisions the stored articles that lack a quote or have one that no page
        gives any more. Once all are admitted, `caught_up(version)` spares the search until a page changes."""
        index = self._current()
        return index.version, (self._lacking(index) if index.version > self._complete else iter(()))

    def caught_up(self, version: int) -> None:
        """Remember that what `behind` returned with this version has been admitted."""
        self._complete = max(self._complete, version)

    def _lacking(self, index: _Index) -> Iterator[Article]:
        for article in self._newest(self._touched(sorted(index.by_title))):
            wanted = _wanted(article, index, article.imported)
            if wanted != article.imported:
                yield replace(article, revision=article.revision + 1, imported=wanted, ordinal=0, attempt=0)

    def _current(self) -> _Index:
        version = int(self._store.scalar("SELECT max(version) FROM stated") or 0)
        if version != self._index.version:
            by_title: dict[str, dict[ImportedQuote, None]] = {}
            for stored in self.all():
                for key, quote in _quotes(stored.page):
                    by_title.setdefault(key, {})[quote] = None
            every = frozenset(quote for quotes in by_title.values() for quote in quotes)
            self._index = _Index(version, {key: tuple(quotes) for key, quotes in by_title.items()}, every)
        return self._index

    def _touched(self, keys: Sequence[str]) -> list[str]:
        """Return the articles whose title has one of these keys, or that have imported quotes."""
        found: dict[str, None] = {}
        for start in range(0, len(keys) or 1, PAGE):
            rows = self._store.query(
                "SELECT article_id FROM articles "  # noqa: S608
                f"WHERE {_KEY} IN {{keys:Array(String)}} OR notEmpty(imported) "
                "GROUP BY article_id ORDER BY min(seq)",
                {"keys": list(keys[start : start + PAGE])},
            )
            found.update((row["article_id"], None) for row in rows)
        return list(found)

    def _newest(self, article_ids: Sequence[str]) -> Iterator[Article]:
        articles = ArticleStore(self._store)
        for start in range(0, len(article_ids), PAGE):
            rows = self._store.query(
                "SELECT argMax(seq, revision) AS newest FROM articles WHERE article_id IN {ids:Array(String)} "
                "GROUP BY article_id ORDER BY newest",
                {"ids": list(article_ids[start : start + PAGE])},
            )
            for stored in articles.by_seq([row["newest"] for row in rows]):
                yield stored.article


def _wanted(article: Article, index: _Index, former: Sequence[ImportedQuote]) -> tuple[ImportedQuote, ...]:
    kept = (quote for quote in former if quote in index.every)
    wanted = dict.fromkeys((*index.by_title.get(title_key(article.title), ()), *kept))
    return tuple(wanted)[:MOST_QUOTES]


def _quotes(page: StatedSignal) -> Iterator[tuple[str, ImportedQuote]]:
    """Yield each quote that could become evidence, with the key of the title it stands under."""
    for source in page.quoted:
        key = title_key(source.title)
        if key and len(source.quote) <= MOST_QUOTE and len(source.anchor) <= MOST_ANCHOR:
            yield (
                key,
                ImportedQuote(
                    quote=source.quote,
                    anchor=source.anchor,
                    reasoning="\n\n".join(source.reasoning)[:_MOST_REASONING],
                    import_id=page.import_id,
                    kind=page.kind[:120],
                    lens=page.lens[:120],
                    sectors=tuple(word[:120] for word in page.sectors[:40]),
                    geographies=tuple(word[:120] for word in page.geographies[:40]),
                ),
            )


def _row(page: StatedSignal, file: str, at: datetime) -> Row:
    same = ("import_id", "title", "strength", "times_extracted", "first_day", "last_reinforced", "articles", "kind",
            "lens")  # fmt: skip
    return {name: getattr(page, name) for name in same} | {
        "sectors": list(page.sectors),
        "geographies": list(page.geographies),
        "quotes": len(page.quoted),
        "body": msgspec.json.encode(page).decode(),
        "file": file,
        "imported_at": at,
    }


def _stored(row: Row) -> StoredPage:
    return StoredPage(msgspec.json.decode(row["body"], type=StatedSignal), row["file"], row["imported_at"])
