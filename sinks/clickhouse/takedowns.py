"""Which articles and publishers were taken down: who asked, why, when, and hashes in the place of the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import msgspec

from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRows

_ARTICLE, _PUBLISHER = "takedown:article:", "takedown:publisher:"


@dataclass(frozen=True, slots=True)
class Takedown:
    """One record. `at` is ISO 8601 in UTC, `hashes` the content hashes of an article's stored revisions."""

    by: str
    reason: str
    at: str
    hashes: tuple[str, ...] = ()
    done: bool = False  # False: begun; what is left is done when the command is given again


class Takedowns:
    """The records; they are kept for ever. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store) -> None:
        self._rows = LatestRows(store, "meta")

    def put(self, records: dict[str, Takedown], *, publisher: str = "") -> None:
        """Keep a record for each article id, and with `publisher` one that bars whatever it publishes from now on."""
        rows = [{"key": _ARTICLE + article_id, "value": _text(record)} for article_id, record in records.items()]
        if publisher and records:
            rows.append({"key": _PUBLISHER + publisher.casefold(), "value": _text(next(iter(records.values())))})
        self._rows.save(rows)

    def bar(self, publisher: str, record: Takedown) -> None:
        """Keep a record for a publisher alone."""
        self._rows.save([{"key": _PUBLISHER + publisher.casefold(), "value": _text(record)}])

    def of(self, article_ids: Sequence[str]) -> dict[str, Takedown]:
        """Return the records of those articles that have one."""
        found = self._load([_ARTICLE + article_id for article_id in article_ids])
        return {key.removeprefix(_ARTICLE): record for key, record in found.items()}

    def barred(self, drafts: Iterable[tuple[str, str]]) -> set[str]:
        """Return the article ids, of (article id, publisher) pairs, that must not be read."""
        drafts = list(drafts)
        keys = {_ARTICLE + article_id for article_id, _ in drafts} | {_PUBLISHER + p.casefold() for _, p in drafts}
        found = self._load(sorted(keys))
        return {a for a, p in drafts if _ARTICLE + a in found or _PUBLISHER + p.casefold() in found}

    def all(self) -> dict[str, Takedown]:
        """Return every record: `article:ID` or `publisher:name`."""
        rows = self._rows.load("startsWith(key, 'takedown:') ORDER BY key")
        return {row["key"].removeprefix("takedown:"): _read(row["value"]) for row in rows}

    def _load(self, keys: Sequence[str]) -> dict[str, Takedown]:
        if not keys:
            return {}
        rows = self._rows.load("key IN {keys:Array(String)}", {"keys": list(keys)})
        return {row["key"]: _read(row["value"]) for row in rows}


def _text(record: Takedown) -> str:
    return msgspec.json.encode(asdict(record)).decode()


def _read(text: str) -> Takedown:
    return msgspec.json.decode(text, type=Takedown)
