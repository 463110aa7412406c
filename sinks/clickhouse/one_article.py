"""Everything that is kept about one article, as a plain row."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.merged import survivors
from sinks.clickhouse.tables import EVIDENCE, OUTCOMES

_OURS: Final = "WHERE generation = {g:String} AND article_id = {id:String}"


def one_article(store: Store, generation: str, article_id: str) -> Row | None:
    """Return the newest revision of an article, or None when none is stored.

    Its fields, and: `outcome` (None while it waits), `evidence` (rows of every status in order of the text, those of
    earlier revisions too, each with `signal_title` and `signal_state`), `copies` (the other articles with its text).
    """
    found = ArticleStore(store).get(article_id)
    if found is None:
        return None
    params = {"g": generation, "id": article_id}
    # An evidence stays with its article, so the newest row of each is found without reading the others.
    evidence = store.query(
        EVIDENCE.select(f"{_OURS} ORDER BY n DESC LIMIT 1 BY evidence_id", final=False),
        params,
    )
    merges = survivors(store, generation, "signals")
    for row in evidence:
        row["signal_id"] = merges.one(row["signal_id"])
    titles = {
        row["signal_id"]: row
        for row in store.query(
            "SELECT signal_id, title, state FROM signals FINAL "
            "WHERE generation = {g:String} AND signal_id IN {ids:Array(String)}",
            {**params, "ids": sorted({row["signal_id"] for row in evidence} - {""})},
        )
    }
    for row in evidence:
        head = titles.get(row["signal_id"], {})
        row.update(signal_title=head.get("title", ""), signal_state=head.get("state", ""))
    outcomes = store.query(OUTCOMES.select(_OURS, final=True), params)
    original = found.article.copy_of or article_id
    copies = store.query(
        "SELECT article_id, argMax(title, revision) AS title, argMax(publisher, revision) AS publisher FROM articles "
        "WHERE copy_of = {o:String} OR article_id = {o:String} GROUP BY article_id ORDER BY article_id LIMIT 50",
        {"o": original},
    )
    return asdict(found.article) | {
        "admitted_at": found.admitted_at,
        "outcome": outcomes[0] if outcomes else None,
        "evidence": sorted(evidence, key=lambda row: (row["quote_start"], row["quote_end"], row["evidence_id"])),
        "copies": [row for row in copies if row["article_id"] != article_id],
    }
