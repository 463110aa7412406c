"""What became of imported pages: which of their quotes articles hold, and which signals rest on those now.

A quote is `verified` (it is evidence, its own or what the analyst took of the same words), `reading` (an article of
that title has it and has no outcome yet), `withdrawn` (it was evidence), `rejected` (the article does not hold it) or
`unverified` (no article of that title has come). Only verified ones weigh anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec

from schemas.stated import MOST_QUOTE, TAKEN_AS, StatedSource, imported_evidence_id, title_key
from sinks.clickhouse.as_of import heads_as_of
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.merged import survivors
from sinks.clickhouse.stated import StatedPages, StoredPage

FATES: Final = ("verified", "reading", "withdrawn", "rejected", "unverified")  # what is best comes first
_SHOWN: Final = ("accepted", "provisional")
_EVIDENCE: Final = "evidence_id, article_id, revision, status, reason, quote, signal_id"


@dataclass(frozen=True, slots=True)
class _Known:
    """`quoting`: page → the articles given its quotes; `evidence` by id; `refused`: (article, quote) → its row."""

    quoting: Mapping[str, Sequence[Row]]
    evidence: Mapping[str, Row]
    refused: Mapping[tuple[str, str], Row]


class StatedStatus:
    """Questions about imported pages beside one generation. Holds nothing; safe to use from several threads."""

    def __init__(self, store: Store, generation: str) -> None:
        self._store, self._generation = store, generation
        self._pages = StatedPages(store)

    def count(self) -> int:
        """Return how many pages there are."""
        return self._pages.count()

    def all(self, at: datetime) -> list[Row]:
        """Return every page without its lines, strongest as stated first; strengths of signals are as of `at`."""
        rows = self._rows(self._pages.all(), at, "notEmpty(imported)")
        for row in rows:
            del row["sources"], row["stated"]["lines"]
        return rows

    def one(self, import_id: str, at: datetime) -> Row | None:
        """Return one page, None if there is none: `stated` (the record), `file`, `imported_at`, `quotes` (how many of
        each fate, and `all`), `sources` (as stated, with `fate`, `why` it can have no other, and the articles `found`),
        `signals`."""
        stored = self._pages.get(import_id)
        if stored is None:
            return None
        which = "arrayExists(each -> each.import_id = {id:String}, imported)"
        return self._rows([stored], at, which, id=import_id)[0]

    def _rows(self, pages: Sequence[StoredPage], at: datetime, which: str, **params: Any) -> list[Row]:
        known = self._known(which, params)
        judged = [[self._source(stored, source, known) for source in stored.page.sources] for stored in pages]
        heads = self._heads((found["signal_id"] for rows in judged for row in rows for found in row["found"]), at)
        return [_row(stored, sources, heads, at) for stored, sources in zip(pages, judged, strict=True)]

    def _source(self, stored: StoredPage, source: StatedSource, known: _Known) -> Row:
        row: Row = msgspec.to_builtins(source, builtin_types=(datetime, date))
        found: list[Row] = []
        if source.quote:
            key = title_key(source.title)
            articles = [
                article
                for article in known.quoting.get(stored.page.import_id, ())
                if source.quote in article["quotes"] and (title_key(article["title"]) == key or not key)
            ]
            found = [_found(article, source.quote, known) for article in articles]
            found.sort(key=lambda each: FATES.index(each["fate"]))
        fate = found[0]["fate"] if found else ("unverified" if source.quote else "")
        why = f"longer than {MOST_QUOTE} characters" if len(source.quote) > MOST_QUOTE else ""
        return row | {"fate": fate, "why": why, "found": found}

    def _known(self, which: str, params: Mapping[str, Any]) -> _Known:
        quoting: dict[str, list[Row]] = {}
        articles = self._store.query(
            "SELECT article_id, argMax(title, revision) AS newest_title, argMax(url, revision) AS newest_url, "  # noqa: S608
            "argMax(publisher, revision) AS newest_publisher, argMax(published_at, revision) AS newest_published, "
            "argMax(arrayMap(each -> each.import_id, imported), revision) AS pages, "
            "argMax(arrayMap(each -> each.quote, imported), revision) AS newest_quotes FROM articles "
            f"WHERE article_id IN (SELECT article_id FROM articles WHERE {which}) "
            "GROUP BY article_id ORDER BY newest_published, article_id",
            params,
        )
        wanted: list[str] = []
        for row in articles:
            by_page: dict[str, list[str]] = {}
            for page, quote in zip(row["pages"], row["newest_quotes"], strict=True):
                by_page.setdefault(page, []).append(quote)
                wanted.append(imported_evidence_id(row["article_id"], quote))
            for page, quotes in by_page.items():
                quoting.setdefault(page, []).append(
                    {
                        "article_id": row["article_id"],
                        "title": row["newest_title"],
                        "url": row["newest_url"],
                        "publisher": row["newest_publisher"],
                        "published_at": row["newest_published"],
                        "quotes": quotes,
                    }
                )
        if not articles:
            return _Known({}, {}, {})
        rejected = self._evidence(
            "article_id IN {ids:Array(String)} AND status = 'rejected' AND startsWith(evidence_id, 'rej-') "
            "ORDER BY revision",
            [row["article_id"] for row in articles],
        )
        refused = {(row["article_id"], row["quote"]): row for row in rejected}
        taken = [row["reason"].removeprefix(TAKEN_AS) for row in rejected if row["reason"].startswith(TAKEN_AS)]
        evidence = self._evidence("evidence_id IN {ids:Array(String)}", [*wanted, *taken])
        return _Known(quoting, {row["evidence_id"]: row for row in evidence}, refused)

    def _evidence(self, which: str, ids: Sequence[str]) -> list[Row]:
        sql = f"SELECT {_EVIDENCE} FROM evidence FINAL WHERE generation = {{g:String}} AND {which}"  # noqa: S608
        return self._store.query(sql, {"g": self._generation, "ids": sorted(set(ids))})

    def _heads(self, signal_ids: Iterable[str], at: datetime) -> dict[str, Row]:
        """Return by id the signal that each id names today."""
        ids = sorted({each for each in signal_ids if each})
        if not ids:
            return {}
        merges = survivors(self._store, self._generation, "signals")
        heads = {
            row["signal_id"]: row
            for row in heads_as_of(
                self._store, self._generation, at, "signal_id IN {ids:Array(String)}",
                omit=("mass",), limit=len(ids), ids=merges.all(ids),
            )
        }  # fmt: skip
        return {each: heads[merges.one(each)] for each in ids if merges.one(each) in heads}


def _found(article: Row, quote: str, known: _Known) -> Row:
    """Return the article with what became of the quote in it."""
    own = known.evidence.get(imported_evidence_id(article["article_id"], quote))
    refused = known.refused.get((article["article_id"], quote))
    taken = None
    if refused is not None and refused["reason"].startswith(TAKEN_AS):
        taken = known.evidence.get(refused["reason"].removeprefix(TAKEN_AS))
    row: Row = {name: article[name] for name in ("article_id", "title", "url", "publisher", "published_at")}
    for evidence in (own, taken):
        if evidence is not None and evidence["status"] in _SHOWN:
            return row | _fate("verified", evidence, "")
    if refused is not None and taken is None and (own is None or own["revision"] <= refused["revision"]):
        return row | _fate("rejected", None, refused["reason"])
    if (evidence := own or taken) is not None:
        return row | _fate("withdrawn", evidence, evidence["reason"])
    return row | _fate("reading", None, "")


def _fate(fate: str, evidence: Row | None, reason: str) -> Row:
    return {
        "fate": fate,
        "reason": reason,
        "evidence_id": evidence["evidence_id"] if evidence else "",
        "signal_id": evidence["signal_id"] if evidence and fate == "verified" else "",
    }


def _row(stored: StoredPage, sources: list[Row], heads: Mapping[str, Row], at: datetime) -> Row:
    counts = dict.fromkeys(FATES, 0)
    quoted: dict[str, int] = {}
    for source in sources:
        if source["fate"]:
            counts[source["fate"]] += 1
        for found in source["found"]:
            head = heads.get(found["signal_id"])
            found["signal_id"] = head["signal_id"] if head else found["signal_id"]
        for signal_id in {found["signal_id"] for found in source["found"]} - {""}:
            quoted[signal_id] = quoted.get(signal_id, 0) + 1
    named = {head["signal_id"]: head for head in heads.values()}
    signals = [
        {name: named[key][name] for name in ("signal_id", "title", "state", "strength")} | {"quotes": count}
        for key, count in quoted.items()
        if key in named
    ]
    signals.sort(key=lambda each: (-each["quotes"], -each["strength"], each["signal_id"]))
    return {
        "import_id": stored.page.import_id,
        "stated": msgspec.to_builtins(stored.page, builtin_types=(datetime, date)),
        "file": stored.file,
        "imported_at": stored.imported_at,
        "as_of": at,
        "quotes": {"all": sum(counts.values()), **counts},
        "sources": sources,
        "signals": signals,
    }
