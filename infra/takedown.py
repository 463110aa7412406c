"""`bellwether takedown`: an article, or all of a publisher, out of the evidence and out of every store.

First it is written down, so that nothing of it is read again. Then the ledger withdraws its evidence, as if a revision
said nothing any more: an event for each, and every sum is right. Last its words are erased wherever they stand; who
asked, why, when and hashes remain. Given again, the command does what is left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra.alerting import book_path
from infra.clock import wall_clock
from infra.embedded.folder import DataFolder
from infra.host import opened_host, opened_store
from infra.llm import books_path
from infra.settings import Loaded
from processors.agents.extract import nothing_from, proposal_for
from processors.analysts.llm.books import Books
from processors.analysts.llm.forgetting import forget
from producers.canonical import article_id, canonical_url
from schemas.article import Article
from schemas.errors import BadInput, FolderBusy, Retryable
from schemas.proposal import Proposal
from schemas.takedown import TAKEDOWN
from schemas.topics import LIVE
from sinks.alerts.book import AlertBook
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.erase import Eraser, taken_from
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.project import Projector
from sinks.clickhouse.takedowns import Takedown, Takedowns
from sinks.redaction import Taken

Row = dict[str, Any]
Around = Callable[[Store, Callable[[], Row]], Row]
_SHOWN: Final = ("article_id", "url", "publisher")
_PATIENCE: Final = 120.0  # seconds without another withdrawal


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be taken down: an article by id or address, or a publisher by name; who asks, and why."""

    article: str = ""
    publisher: str = ""
    by: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if bool(self.article) == bool(self.publisher):
            raise BadInput("takedown: name either --article or --publisher")
        if len(self.reason) > 500:
            raise BadInput("--reason: may have 500 characters at most")


@dataclass(frozen=True, slots=True)
class Plan:
    """The stored articles that are meant, and what else readers should know. `publisher` is spelled as stored."""

    articles: tuple[Article, ...]  # the newest revision of each
    publisher: str
    evidence: int
    signals: tuple[str, ...]
    copies: tuple[str, ...]  # articles of others that are syndicated copies: they stay

    def row(self) -> Row:
        """Return it as plain data, without any of the words."""
        return {
            "articles": [{name: getattr(one, name) for name in _SHOWN} for one in self.articles],
            "publisher": self.publisher,
            "evidence": self.evidence,
            "signals": list(self.signals),
            "copies_that_stay": list(self.copies),
        }  # fmt: skip


def alone(store: Store, erased: Callable[[], Row]) -> Row:
    """Erase from a store beside which there is no other."""
    return erased()


def takedown(loaded: Loaded, asked: Asked, *, dry_run: bool = False, around: Around = alone) -> Row:
    """Take down in the configured data folder; return what was, or with `dry_run` what would be, taken.

    `around` calls what erases from the store, and lets the words go from wherever else they lie.

    Raises BadInput when nothing such is stored, FolderBusy while another process has the folder (its memory holds the
    words too), Retryable when the ledger does not answer.
    """
    folder = DataFolder(Path(loaded.settings.data))
    if folder.is_held_elsewhere():
        raise FolderBusy(f"another process works with {folder.path} and has the words in memory: stop it first")
    if not folder.exists() and not loaded.settings.store.dsn.get_secret_value():
        raise BadInput(f"data: there is nothing in {folder.path}")
    with opened_store(loaded) as (_, store):
        plan = plan_for(store, asked)
        if dry_run:
            return plan.row() | {"dry_run": True}
        write_down(store, plan, asked)
        standing = withdrawals(store, plan, asked)
    if standing:
        asyncio.run(_withdraw_here(loaded, plan, asked))
    with opened_store(loaded) as (_, store):
        CommitFollower(Projector(store, LIVE), ChdbCommitLog(store, LIVE)).catch_up()

        def erased() -> Row:
            return erase(store, plan, books_path(loaded.settings), book_path(loaded.settings))

        counts = around(store, erased)
    return plan.row() | counts | {"dry_run": False}


def plan_for(store: Store, asked: Asked) -> Plan:
    """Find what is meant. Raises BadInput when nothing such is stored."""
    if asked.publisher:
        names = [row["publisher"] for row in store.query("SELECT DISTINCT publisher FROM articles")]
        spelled = [name for name in names if name.casefold() == asked.publisher.strip().casefold()]
        if not spelled:
            raise BadInput(f"--publisher {asked.publisher}: no stored article is of this publisher")
        where, value = "publisher IN {v:Array(String)}", spelled
    else:
        url = canonical_url(asked.article)
        where, value = "article_id IN {v:Array(String)}", [article_id(url, "") if url else asked.article.strip()]
        if url:
            value += [row["article_id"] for row in store.query(
                "SELECT DISTINCT article_id FROM articles WHERE url = {u:String}", {"u": url})]  # fmt: skip
        spelled = [""]
    rows = store.query(f"SELECT DISTINCT article_id FROM articles WHERE {where} ORDER BY article_id", {"v": value})  # noqa: S608
    ids = [row["article_id"] for row in rows]
    if not ids:
        raise BadInput(
            f"--article {asked.article}: is not stored; `bellwether export articles` lists ids and addresses"
        )
    stored = ArticleStore(store)
    newest = [found.article for each in ids if (found := stored.get(each)) is not None]
    evidence = store.query(
        "SELECT evidence_id, signal_id FROM evidence FINAL WHERE generation = {g:String} AND status = 'accepted' "
        "AND article_id IN {ids:Array(String)}",
        {"g": LIVE, "ids": ids},
    )
    copies = store.query(
        "SELECT DISTINCT article_id FROM articles WHERE copy_of IN {ids:Array(String)} "
        "AND article_id NOT IN {ids:Array(String)} ORDER BY article_id",
        {"ids": ids},
    )
    return Plan(
        tuple(newest),
        spelled[0],
        len(evidence),
        tuple(sorted({row["signal_id"] for row in evidence} - {""})),
        tuple(row["article_id"] for row in copies),
    )


def write_down(store: Store, plan: Plan, asked: Asked) -> None:
    """Remember that this is to go, before anything is done: from now on the door refuses it."""
    records = Takedowns(store)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    known = ArticleStore(store).known([article.article_id for article in plan.articles])
    before = records.of(list(known))
    fresh = {
        key: Takedown(asked.by, asked.reason, at, tuple(sorted(found.hashes)))
        for key, found in known.items()
        if key not in before or not before[key].done
    }
    records.put(fresh)
    if plan.publisher:
        records.bar(plan.publisher, Takedown(asked.by, asked.reason, at, done=True))


def withdrawals(store: Store, plan: Plan, asked: Asked) -> list[tuple[str, int, Proposal]]:
    """Return (article id, revision, proposal) of those articles that have not been withdrawn yet."""
    settled = {
        row["article_id"]: row["revision"]
        for row in store.query(
            "SELECT article_id, max(revision) AS revision FROM outcomes WHERE generation = {g:String} "
            "AND article_id IN {ids:Array(String)} GROUP BY article_id",
            {"g": LIVE, "ids": [article.article_id for article in plan.articles]},
        )
    }
    found = []
    for article in plan.articles:
        if settled.get(article.article_id, -1) > article.revision:
            continue
        silent = replace(
            article,
            revision=article.revision + 1,
            title="",
            text="",
            note="",
            ordinal=0,
            date_flag="missing",
            imported=(),
        )  # its date is no news: time does not pass by it
        reason = f"taken down by {asked.by or 'somebody'}" + (f": {asked.reason}" if asked.reason else "")
        proposal = proposal_for(nothing_from(silent, TAKEDOWN, "rejected", reason), LIVE, wall_clock())
        found.append((silent.article_id, silent.revision, proposal))
    return found


def still_standing(store: Store, wanted: Sequence[tuple[str, int, Proposal]]) -> int:
    """Return how many of these withdrawals the tables do not show yet."""
    settled = store.query(
        "SELECT article_id, max(revision) AS revision FROM outcomes WHERE generation = {g:String} "
        "AND article_id IN {ids:Array(String)} GROUP BY article_id",
        {"g": LIVE, "ids": [key for key, _, _ in wanted]},
    )
    reached = {row["article_id"]: row["revision"] for row in settled}
    return sum(reached.get(key, -1) < revision for key, revision, _ in wanted)


def wait_for(store: Store, wanted: Sequence[tuple[str, int, Proposal]]) -> None:
    """Return once the tables show every withdrawal. Raises Retryable when nothing moves for two minutes."""
    left, since = len(wanted), time.monotonic()
    while left:
        time.sleep(0.05)
        now_left = still_standing(store, wanted)
        if now_left < left:
            left, since = now_left, time.monotonic()
        elif time.monotonic() - since > _PATIENCE:
            raise Retryable(f"{left} articles are not withdrawn yet; give the same command again")


def erase(store: Store, plan: Plan, books: Path | None, alerts: Path | None) -> Row:
    """Erase the words from the store, the model's books and the book of alerts, then note that it is done.

    Return what was removed.
    """
    ids = [article.article_id for article in plan.articles]
    taken = taken_from(store, ids)
    eraser = Eraser(store, taken)
    # Before the store: its rows say which words are to go, should this be done again.
    counts: Row = {"alerts": _rewrite(alerts, eraser, taken) if ids and alerts is not None else 0}
    counts |= eraser.erase() if ids else {}
    counts["answers"] = _forget(books, taken) if books is not None else 0
    records = Takedowns(store)
    records.put({key: replace(record, done=True) for key, record in records.of(ids).items()})
    return {"erased": counts}


def _rewrite(path: Path, eraser: Eraser, taken: Taken) -> int:
    if not path.exists():
        return 0
    book = AlertBook(path)
    try:
        return book.rewrite(lambda alert: dict(taken.redacted(alert, eraser.title_of)))
    finally:
        book.close()


def _forget(path: Path, taken: Taken) -> int:
    if not path.exists():
        return 0
    books = Books(str(path))
    try:
        return forget(books, taken.touches)
    finally:
        books.close()


async def _withdraw_here(loaded: Loaded, plan: Plan, asked: Asked) -> None:
    async with opened_host(loaded) as host:
        wanted = withdrawals(host.store, plan, asked)
        for _, _, proposal in wanted:
            await asyncio.to_thread(host.stream.propose, proposal)
        await asyncio.to_thread(wait_for, host.store, wanted)
        await host.stream.settle()
