"""What two generations say otherwise, beside their evidence: heads, outcomes, refused quotes, every row at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.stated import TAKEN_AS
from sinks.clickhouse.connect import Row, Store

_OURS: Final = "generation = {g:String}"
_LISTED: Final = "published_at IS NOT NULL AND state IN ('published', 'faded', 'dormant')"
_REASONS: Final = 5
# Everything that is exported of a generation, with the rows that exports leave out.
_WHOLE: Final[Mapping[str, str]] = {
    "signals": "* EXCEPT (generation)",
    "stories": "* EXCEPT (generation)",
    "evidence": "* EXCEPT (generation)",
    "outcomes": "* EXCEPT (generation)",
    # An event's id begins with its generation's name.
    "signal_events": "* EXCEPT (generation) REPLACE (substring(event_id, length(generation) + 2) AS event_id)",
}


def heads(store: Store, generation: str) -> dict[str, Row]:
    """Return every signal that was not merged into another or divided.

    Fields: signal_id, title, state, `published` (listed), `strength` (as last committed), `events`, `families`,
    `stories`.
    """
    rows = store.query(
        f"SELECT signal_id, title, toString(state) AS state, toBool({_LISTED}) AS published, strength, "  # noqa: S608
        f"seq AS events, family_count AS families, story_count AS stories FROM signals FINAL WHERE {_OURS} "
        "AND state NOT IN ('merged', 'split')",
        {"g": generation},
    )
    return {row["signal_id"]: row for row in rows}


def outcomes(store: Store, a: str, b: str) -> list[Row]:
    """Return how many articles have which outcome in A and in B: `a`, `b` ("" where there is none), `articles`."""
    return store.query(
        "SELECT a.outcome AS a, b.outcome AS b, count() AS articles "
        "FROM (SELECT article_id, toString(outcome) AS outcome FROM outcomes FINAL WHERE generation = {a:String}) AS a "
        "FULL OUTER JOIN "
        "(SELECT article_id, toString(outcome) AS outcome FROM outcomes FINAL WHERE generation = {b:String}) AS b "
        "ON a.article_id = b.article_id GROUP BY a, b ORDER BY articles DESC, a, b",
        {"a": a, "b": b},
    )


def other_outcomes(store: Store, a: str, b: str, *, limit: int, offset: int = 0) -> list[Row]:
    """Return articles that both have settled, otherwise: article_id, title, `a`, `b`, `reason_a`, `reason_b`."""
    return store.query(
        "SELECT o.*, t.title AS title FROM ("
        "SELECT a.article_id AS article_id, toString(a.outcome) AS a, toString(b.outcome) AS b, a.reason AS reason_a, "
        "b.reason AS reason_b FROM "
        "(SELECT article_id, outcome, reason FROM outcomes FINAL WHERE generation = {a:String}) AS a INNER JOIN "
        "(SELECT article_id, outcome, reason FROM outcomes FINAL WHERE generation = {b:String}) AS b "
        "ON a.article_id = b.article_id WHERE a.outcome != b.outcome "
        "ORDER BY article_id LIMIT {limit:UInt32} OFFSET {offset:UInt32}) AS o "
        "LEFT JOIN (SELECT article_id, argMax(title, revision) AS title FROM articles GROUP BY article_id) AS t "
        "ON o.article_id = t.article_id ORDER BY article_id",
        {"a": a, "b": b, "limit": limit, "offset": offset},
    )


def elsewhere(store: Store, here: str, there: str) -> int:
    """Return how much accepted evidence of `here` is from articles that `there` has not settled."""
    return int(
        store.scalar(
            "SELECT count() FROM evidence FINAL WHERE generation = {here:String} AND status = 'accepted' "
            "AND signal_id != '' AND article_id NOT IN "
            "(SELECT article_id FROM outcomes WHERE generation = {there:String})",
            {"here": here, "there": there},
        )
        or 0
    )


def quotes(store: Store, generation: str) -> Row:
    """Return how many quotes were proposed, `found` in the text and taken, and for what reasons others were refused.

    `validity`: the share that was found, None without any. A claim can be refused although its quote was found. What
    imported pages quote is no proposal of an analyst.
    """
    row = store.query(
        "SELECT count() AS proposed, countIf(NOT missing) AS found, countIf(spanned) AS taken FROM ("  # noqa: S608
        "SELECT status != 'rejected' OR quote_end > 0 AS spanned, "
        "NOT spanned AND NOT startsWith(reason, 'the claim ') AS missing "
        f"FROM evidence FINAL WHERE {_OURS} AND NOT (status = 'rejected' AND quote_end = 0 "
        "AND (startsWith(reason, {taken:String}) OR startsWith(reason, 'imported with '))))",
        {"g": generation, "taken": TAKEN_AS},
    )[0]
    reasons = store.query(
        f"SELECT reason, count() AS quotes FROM evidence FINAL WHERE {_OURS} AND status = 'rejected' "  # noqa: S608
        "AND quote_end = 0 AND NOT startsWith(reason, {taken:String}) AND NOT startsWith(reason, 'imported with ') "
        f"GROUP BY reason ORDER BY quotes DESC, reason LIMIT {_REASONS}",
        {"g": generation, "taken": TAKEN_AS},
    )
    validity = row["found"] / row["proposed"] if row["proposed"] else None
    return {**row, "refused": row["proposed"] - row["taken"], "validity": validity, "reasons": reasons}


def questions(store: Store, generation: str) -> Row:
    """Return how many questions were `asked`, and how many are `open`."""
    return store.query(
        f"SELECT count() AS asked, countIf(NOT closed) AS open FROM heads FINAL WHERE {_OURS} AND kind = 'question'",  # noqa: S608
        {"g": generation},
    )[0]


def differing_tables(store: Store, a: str, b: str) -> list[str]:
    """Return the tables of which not every row is the same in both, but for the generation's name.

    Compared by number of rows and the sums of two 64-bit hashes of each.
    """
    return [table for table in _WHOLE if _fingerprint(store, table, a) != _fingerprint(store, table, b)]


def _fingerprint(store: Store, table: str, generation: str) -> tuple[int, ...]:
    row = store.query(
        "SELECT count() AS rows, sum(cityHash64(said)) AS one, sum(sipHash64(said)) AS other FROM "  # noqa: S608
        f"(SELECT toString(tuple({_WHOLE[table]})) AS said FROM {table} FINAL WHERE {_OURS})",
        {"g": generation},
    )[0]
    return int(row["rows"]), int(row["one"]), int(row["other"])
