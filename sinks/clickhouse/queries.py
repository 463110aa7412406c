"""The read side for command line, pages and brief: plain dicts, times aware in UTC, merges resolved.

"Listed" signals have been published and are still shown: published, faded or dormant. "Shown" evidence is
accepted or provisional; rejected and withdrawn rows are kept but never passed for evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.events import SignalEvent
from sinks.clickhouse import given
from sinks.clickhouse.as_of import heads_as_of
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.dead_letters import open_letters
from sinks.clickhouse.listing import Listing, SignalListing, sparklines
from sinks.clickhouse.merged import survivors
from sinks.clickhouse.one_article import one_article
from sinks.clickhouse.one_signal import one_signal
from sinks.clickhouse.project import projected
from sinks.clickhouse.rows import Rows
from sinks.clickhouse.tables import EVENTS, EVIDENCE, SIGNALS

SHOWN: Final = "status IN ('accepted', 'provisional')"
# Merged and divided signals hold nothing any more, dismissed ones nobody wants to see: by their ids only.
STANDING: Final = "state NOT IN ('merged', 'split', 'dismissed')"
LATE: Final = timedelta(days=7)  # what an article of longer ago brings is no news of the day in a brief
LISTED: Final = "published_at IS NOT NULL AND state IN ('published', 'faded', 'dormant')"
Cursor = tuple[int, int]  # (n, i) of an event: the order of commitment


class Reader:
    """Questions about one generation. Holds nothing but the listing; safe to use from several threads."""

    def __init__(self, store: Store, generation: str) -> None:
        self.generation = generation
        self._store = store
        self._listing = SignalListing(store, generation)

    def status(self) -> dict[str, Any]:
        """Return the counts of `bellwether status`; `lag` is in commits, `outcomes` by kind."""
        one, last = self._one, int(self._one("SELECT max(n) FROM commits WHERE generation = {g:String}"))
        position = projected(self._store, self.generation)
        outcomes = self._rows(
            "SELECT outcome, count() AS n FROM outcomes FINAL WHERE generation = {g:String} "
            "GROUP BY outcome ORDER BY outcome"
        )
        return {
            "generation": self.generation,
            "articles": one("SELECT uniqExact(article_id) FROM articles"),
            "outcomes": {row["outcome"]: row["n"] for row in outcomes},
            "evidence": self._count("evidence", SHOWN),
            "stories": self._count("stories", "merged_into = ''"),
            "signals": self._count("signals", STANDING),
            "published": self._count("signals", LISTED),
            "signal_events": self._count("signal_events", "1"),
            "dead_letters": open_letters(self._store),
            "last_commit": last,
            "projected": position,
            "lag": max(0, last - position),
            "without_outcome": self.without_outcome(),
        }

    def position(self) -> int:
        """Return the number of the last commit that is wholly in the tables."""
        return projected(self._store, self.generation)

    def without_outcome(self) -> int:
        """Return how many articles have a newest revision that no outcome has settled."""
        sql = (
            "SELECT count() FROM"
            " (SELECT article_id, max(revision) AS newest FROM articles GROUP BY article_id) AS a LEFT JOIN"
            " (SELECT article_id, max(revision) AS settled FROM outcomes"
            " WHERE generation = {g:String} GROUP BY article_id) AS o ON a.article_id = o.article_id "
            "WHERE o.article_id = '' OR o.settled < a.newest"
        )
        return int(self._one(sql))

    def signals(self, *, published_only: bool = True, limit: int = 1000, at: datetime | None = None) -> list[Row]:
        """Return signals, strongest first: every field but `mass`. Merged, divided and dismissed ones are left out.

        Strengths are as of `at` (see sinks/clickhouse/as_of.py), or as committed.
        """
        which = LISTED if published_only else STANDING
        if at is not None:
            return heads_as_of(self._store, self.generation, at, which, omit=("mass",), limit=limit)
        return self._rows(
            SIGNALS.select(
                f"WHERE generation = {{g:String}} AND {which} "
                "ORDER BY strength DESC, last_reinforced DESC, signal_id LIMIT {limit:UInt32}",
                final=True,
                omit=("mass",),
            ),
            limit=limit,
        )

    def listing(self, now: datetime) -> Listing:
        """Return every listed signal with its strength as of the hour, and its move in a week; quick."""
        return self._listing.at(now)

    def sparklines(self, signal_ids: Sequence[str], since: datetime) -> dict[str, list[tuple[datetime, float]]]:
        """Return the strengths of signals since then, day by day, "as then known"."""
        return sparklines(self._store, self.generation, signal_ids, since)

    def article(self, article_id: str) -> Row | None:
        """Return an article with its outcome and evidence, or None: see sinks/clickhouse/one_article.py."""
        return one_article(self._store, self.generation, article_id)

    def signal(self, signal_id: str, at: datetime, *, most: int | None = None) -> dict[str, Any] | None:
        """Return the signal that `signal_id` names today, or None: see sinks/clickhouse/one_signal.py.

        Its strength is as of `at`. `most` bounds articles and events, the newest ones stay.
        """
        return one_signal(self._store, self.generation, signal_id, at, most=most)

    def commands(self, *, command_id: str = "", signal_id: str = "", limit: int = 200) -> list[Row]:
        """Return the commands that were given, newest first: see sinks/clickhouse/given.py."""
        return given.commands(self._store, self.generation, command_id=command_id, signal_id=signal_id, limit=limit)

    def became_of(self, command_id: str) -> tuple[int, str] | None:
        """Return the last commit of a command's record and why it was refused, None while there is none."""
        return given.became_of(self._store, self.generation, command_id)

    def survivor(self, signal_id: str) -> str:
        """Return the signal that `signal_id` names today."""
        return survivors(self._store, self.generation, "signals").one(signal_id)

    def lineage(self, signal_id: str) -> list[SignalEvent]:
        """Return the events of the signal that `signal_id` names today, of those that it gave stories to or took them
        from (`other_id`), of those that these did, and so on: all that its strengths follow from, in order of
        commitment."""
        todo, known = {self.survivor(signal_id)}, set[str]()
        while todo:
            known |= todo
            near = self._rows(
                # Without FINAL, which would read every event whole: a row that is there twice says the same twice.
                "SELECT DISTINCT signal_id, other_id FROM signal_events WHERE generation = {g:String} "
                "AND other_id != '' AND (signal_id IN {ids:Array(String)} OR other_id IN {ids:Array(String)})",
                ids=sorted(todo),
            )
            todo = {key for row in near for key in row.values()} - known
        rows = self._of(EVENTS, "AND signal_id IN {ids:Array(String)} ORDER BY n, i", ids=sorted(known))
        return [EVENTS.read(row) for row in rows]

    def events(
        self,
        after: Cursor = (0, 0),
        *,
        upto: int | None = None,
        limit: int = 500,
        published_only: bool = False,
    ) -> list[Row]:
        """Return events committed after the cursor, in order of commitment. The next cursor is the last
        row's (n, i); `upto` is a commit number to stop at. A candidate that was dropped (dormant) was never
        published either."""
        return self._of(
            EVENTS,
            "AND n >= {n:UInt64} AND (n, i) > ({n:UInt64}, {i:UInt32}) AND n <= {upto:UInt64} "
            "AND ({all:Bool} OR state != 'candidate' AND signal_id IN "
            "(SELECT signal_id FROM signals FINAL WHERE generation = {g:String} AND published_at IS NOT NULL)) "
            "ORDER BY n, i LIMIT {limit:UInt32}",
            n=after[0],
            i=after[1],
            upto=2**63 if upto is None else upto,
            all=not published_only,
            limit=limit,
        )

    def commit_at(self, when: datetime) -> int:
        """Return the number of the last commit whose watermark is at or before `when`, 0 if there is none."""
        sql = "SELECT max(n) FROM commits WHERE generation = {g:String} AND at <= {w:DateTime64(6, 'UTC')}"
        return int(self._store.scalar(sql, {"g": self.generation, "w": when}) or 0)

    def began(self) -> datetime:
        """Return the watermark of the first commit that has one; the epoch without any."""
        sql = "SELECT min(at) FROM commits WHERE generation = {g:String} AND at > toDateTime64(0, 6, 'UTC')"
        found: datetime = self._one(sql)
        return found

    def brief_inputs(
        self, since: datetime, until: datetime, since_n: int, until_n: int, *, quotes: int = 3
    ) -> dict[str, Any]:
        """Return what a brief over the commits since_n < n <= until_n is composed from.

        By number, not by time: an article that comes late has an old time, and must be told of all the same.
        The times are only passed through.

        `signals`: each listed signal with events in the window: its fields (`contested` as of `until`), `window` (its
        events by seq, each `late` if the article that caused it was more than `LATE` old), `strength_before`,
        `strength_after`, and `quotes` (the strongest shown evidence of the window,
        its own and of signals that it took over, at most one of a publisher family). `candidates`: how many signals
        moved that are neither listed nor merged into others. `outcomes`: counts by kind.
        """
        window = {"a": since_n, "b": until_n}
        span = "n > {a:UInt64} AND n <= {b:UInt64}"
        by_signal: dict[str, list[Row]] = {}
        for event in self._of(EVENTS, f"AND {span} ORDER BY signal_id, seq", **window):
            by_signal.setdefault(event["signal_id"], []).append(event)
        listed = [row for row in self.signals(limit=2**31, at=until) if row["signal_id"] in by_signal]
        merges = survivors(self._store, self.generation, "signals")
        old = self._published_before(until - LATE, since_n, until_n)
        for row in listed:
            events = by_signal[row["signal_id"]]
            for event in events:
                published = old.get(event["evidence_id"])
                event["late"] = published is not None and not event["by"] and published < event["at"] - LATE
            row["window"] = events
            row["strength_before"] = events[0]["strength_before"]
            row["strength_after"] = events[-1]["strength_after"]
            members = [row["signal_id"], *merges.absorbed(row["signal_id"])]
            said = {event["evidence_id"] for key in members for event in by_signal.get(key, ())}
            row["quotes"] = self._quotes(members, said, quotes)
        return {
            "since": since,
            "until": until,
            "since_n": since_n,
            "until_n": until_n,
            "signals": listed,
            "candidates": sum(merges.one(key) == key for key in by_signal) - len(listed),
            "outcomes": self.outcomes(since_n, until_n),
        }

    def outcomes(self, since_n: int, until_n: int) -> dict[str, int]:
        """Return the articles that were settled by the commits since_n < n <= until_n, by outcome."""
        rows = self._rows(
            "SELECT outcome, count() AS articles FROM outcomes FINAL WHERE generation = {g:String} "
            "AND n > {a:UInt64} AND n <= {b:UInt64} GROUP BY outcome ORDER BY outcome",
            a=since_n,
            b=until_n,
        )
        return {row["outcome"]: row["articles"] for row in rows}

    def _published_before(self, when: datetime, since_n: int, until_n: int) -> dict[str, datetime]:
        """Return of the evidence that events of these commits name, and that was published before, when it was."""
        rows = self._rows(
            "SELECT evidence_id, argMax(published_at, n) AS published FROM evidence WHERE generation = {g:String} "
            "AND published_at < {w:DateTime64(6, 'UTC')} AND evidence_id IN (SELECT evidence_id FROM signal_events "
            "WHERE generation = {g:String} AND evidence_id != '' AND n > {a:UInt64} AND n <= {b:UInt64}) "
            "GROUP BY evidence_id",
            w=when, a=since_n, b=until_n,
        )  # fmt: skip
        return {row["evidence_id"]: row["published"] for row in rows}

    def _quotes(self, signal_ids: list[str], evidence_ids: set[str], limit: int) -> list[Row]:
        return self._of(
            EVIDENCE,
            f"AND evidence_id IN {{ids:Array(String)}} AND {SHOWN} AND NOT is_copy "
            "AND signal_id IN {s:Array(String)} ORDER BY salience DESC, published_at DESC, evidence_id "
            "LIMIT 1 BY family LIMIT {limit:UInt32}",
            ids=sorted(evidence_ids - {""}),
            s=signal_ids,
            limit=limit,
        )

    def _of(self, rows: Rows[Any], rest: str, **params: Any) -> list[Row]:
        """Return newest rows of this generation; `rest` goes on after the condition on it."""
        return self._rows(rows.select(f"WHERE generation = {{g:String}} {rest}", final=True), **params)

    def _count(self, table: str, condition: str) -> int:
        sql = f"SELECT count() FROM {table} FINAL WHERE generation = {{g:String}} AND {condition}"  # noqa: S608
        return int(self._one(sql))

    def _rows(self, sql: str, **params: Any) -> list[Row]:
        return self._store.query(sql, {"g": self.generation, **params})

    def _one(self, sql: str) -> Any:
        return self._store.scalar(sql, {"g": self.generation}) or 0
