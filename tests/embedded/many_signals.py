"""`python -m tests.embedded.many_signals DATA N`: fills a data folder with N signals, by the ledger's own decisions."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.embedded.folder import DataFolder
from processors.agents.extract import nothing_from, proposal_for
from processors.decisions.ledger import decide
from processors.decisions.policy import Policy
from processors.decisions.state import LedgerState
from schemas.article import Article
from schemas.evidence import Evidence
from schemas.ledger import Commit, InputPosition
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import open_store
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.project import Projector

START = datetime(2026, 1, 1, tzinfo=UTC)


def article(number: int) -> Article:
    """Return one article whose words no other has."""
    title = f"alpha{number} beta{number} gamma{number} delta{number}"
    at = START + timedelta(seconds=number)
    return Article(
        article_id=f"many-{number:06}", revision=0, url="", external_id=f"m{number}", title=title, text=title,
        publisher="Paper", family="paper", language="en", published_at=at, fetched_at=at, date_flag="ok",
        text_origin="given", note="", feed_url="", content_hash=f"h{number}", copy_of="", ordinal=number + 1,
    )  # fmt: skip


def evidence(made: Article) -> Evidence:
    """Return the title as evidence."""
    return Evidence(
        evidence_id=f"ev-{made.article_id}", item=0, quote=made.title, quote_start=0, quote_end=len(made.title),
        anchor=made.title[:20], claim=made.title, stance="supports", reasoning="", reasoning_origin="none",
        kind="structural", lens="technology", sectors=("AI",), geographies=("US",), actors=(), salience=600_000,
        terms=dict.fromkeys(made.title.split(), 1.0),
    )  # fmt: skip


def fill(data: Path, count: int) -> None:
    """Store `count` articles and the commits they lead to, projected."""
    folder = DataFolder(data)
    folder.hold()
    store = open_store(folder.store_dsn)
    migrate(store)
    articles, log, projector = ArticleStore(store), ChdbCommitLog(store, "live"), Projector(store, "live")
    state = LedgerState(Policy())
    for start in range(0, count, 1000):
        made = [article(number) for number in range(start, min(count, start + 1000))]
        articles.put(made)
        commits: list[Commit] = []
        for one in made:
            bare = nothing_from(one, "many/1", "accepted", "")
            proposal = proposal_for(replace(bare, evidence=(evidence(one),)), "live", START)
            commit = decide(state, proposal, InputPosition("many", "p", 0, 0), START)
            assert commit is not None
            state.fold(commit)
            commits.append(commit)
        log.append(commits)
        projector.apply(commits)
    store.close()
    folder.release()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
