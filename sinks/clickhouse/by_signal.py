"""What counts for single signals, read from the evidence in order of signals (0008_by_signal.sql)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.strength_sql import OF_ALL, OF_ALL_UNDER, OF_ONE, OF_SOME
from sinks.clickhouse.tables import BY_SIGNAL

_OURS: Final = "FROM evidence_by_signal FINAL WHERE generation = {g:String} AND signal_id IN {ids:Array(String)}"
_FINE: Final = 45  # days over which a history has four points a day instead of one


@dataclass(frozen=True, slots=True)
class Point:
    """A strength (0–10) at a full hour (UTC), made of `supporting` and `opposing` voices."""

    at: datetime
    strength: float
    supporting: float = 0.0
    opposing: float = 0.0


@dataclass(frozen=True, slots=True)
class History:
    """One signal's strength over time, one or four points a day, the last as of the end; `voices` are those of then."""

    points: tuple[Point, ...]
    voices: dict[str, dict[str, float]]  # stance → family → voice

    @property
    def last(self) -> Point | None:
        """The last point, None without evidence that counts."""
        return self.points[-1] if self.points else None


def history(
    store: Store,
    generation: str,
    ids: Sequence[str],
    until: datetime,
    days: int,
    stories: Mapping[str, str] | None = None,
) -> History:
    """Return the strength that the evidence of `ids`, one signal and those merged into it, gives over `days` days.

    `stories` says of merged stories what they are called today.
    """
    stories = stories or {}
    params = {
        "g": generation, "key": ids[0], "ids": list(ids), "merged": list(stories), "onto": list(stories.values()),
        "since": until - timedelta(days=days), "until": until, "hours": 6 if days <= _FINE else 24,
    }  # fmt: skip
    rows = store.query(f"{OF_ONE} ORDER BY at", params)
    voices: dict[str, dict[str, float]] = {"supports": {}, "contradicts": {}}
    for stance, family, voice in (_parts(one) for one in (rows[-1]["voices"] if rows else ())):
        if stance in voices:
            voices[stance][family] = voice
    points = tuple(Point(row["at"], row["strength"], row["supporting"], row["opposing"]) for row in rows)
    return History(points, {stance: dict(sorted(each.items())) for stance, each in voices.items()})


def strengths(
    store: Store, generation: str, ids: Collection[str], at: datetime, before: timedelta
) -> dict[str, tuple[Point | None, Point | None]]:
    """Return of each signal its strength as of `at`, and what it was `before` that; of all when `ids` is empty.

    A signal without evidence that counts is absent; None before its first one.
    """
    hours = int(before.total_seconds() // 3600)
    params = {"g": generation, "ids": sorted(ids), "since": at - before, "until": at, "hours": hours}
    found: dict[str, tuple[Point | None, Point | None]] = {}
    border = at - timedelta(hours=1)
    for row in store.query(OF_SOME if ids else OF_ALL, params):
        point = Point(row["at"], row["strength"], row["supporting"], row["opposing"])
        now, then = found.get(row["signal_id"], (None, None))
        found[row["signal_id"]] = (point, then) if point.at > border else (now, point)
    return found


def strengths_under(
    store: Store, generation: str, at: datetime, half_life: Mapping[str, float], one_family: float
) -> dict[str, float]:
    """Return of each signal its strength as of `at` under a policy that need not be the one in force.

    `half_life`: days by kind. A signal without evidence that counts is absent.
    """
    params = {
        "g": generation, "since": at, "until": at, "hours": 1, "one_family": one_family,
        "kinds": list(half_life), "days": list(half_life.values()),
    }  # fmt: skip
    return {row["signal_id"]: row["strength"] for row in store.query(OF_ALL_UNDER, params)}


def evidence_of(
    store: Store, generation: str, ids: Sequence[str], *, most: int | None, named: Collection[str] = ()
) -> list[Row]:
    """Return the evidence rows of `ids`, of any status, newest article first.

    `most` bounds the articles; the evidence in `named` comes in any case.
    """
    within = (
        "article_id IN (SELECT article_id "
        + _OURS
        + " GROUP BY article_id ORDER BY max(published_at) DESC, article_id LIMIT {most:UInt32}) "
        "OR evidence_id IN {named:Array(String)}"
    )
    rest = (
        "WHERE generation = {g:String} AND signal_id IN {ids:Array(String)} "
        f"AND ({'1' if most is None else within}) "
        "ORDER BY published_at DESC, evidence_id"
    )
    params = {"g": generation, "ids": list(ids), "most": most or 0, "named": sorted(named)}
    return store.query(BY_SIGNAL.select(rest, final=True, omit=("gone",)), params)


def counts_of(store: Store, generation: str, ids: Sequence[str]) -> dict[str, Any]:
    """Return how much there is in all: articles by stance, rows that do not count, analysts, families by story."""
    params = {"g": generation, "ids": list(ids)}
    shown = "status IN ('accepted', 'provisional')"
    total = store.query(
        f"SELECT uniqExactIf(article_id, {shown} AND stance = 'supports') AS supporting, "
        f"uniqExactIf(article_id, {shown} AND stance = 'contradicts') AS against, "
        f"uniqExactIf(article_id, {shown}) AS articles, uniqExact(article_id) AS all_articles, "
        f"countIf(NOT ({shown})) AS not_counted, groupUniqArrayIf(toString(analyst), {shown}) AS analysts " + _OURS,
        params,
    )[0]
    rows = store.query(
        "SELECT story_id, toString(family) AS family, uniqExact(article_id) AS articles "
        + _OURS
        + " AND status = 'accepted' GROUP BY story_id, family ORDER BY story_id, family",
        params,
    )
    families: dict[str, dict[str, int]] = {}
    for row in rows:
        families.setdefault(row["story_id"], {})[row["family"]] = row["articles"]
    return {**total, "analysts": sorted(filter(None, total["analysts"])), "families": families}


def _parts(one: Any) -> tuple[str, str, float]:
    """Return a tuple of the store, which may come as a dict."""
    values = list(one.values()) if isinstance(one, dict) else list(one)
    return values[0], values[1], values[2]
