"""A signal as it was known at a past time: what its events said by then. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sinks.clickhouse.by_signal import Point
from sinks.site.evidence_then import evidence_then
from sinks.site.ports import Row
from sinks.site.titling import renamers


def as_then(row: Row, why: Mapping[str, Any], at: datetime) -> Row:
    """Return the row of `Reader.signal` as of `at`: `why` is where its strength came from then.

    Title, state, class and counts are those of its last event by then, evidence is what had been published, counted or
    not as then. An analysis is that of the last revision by then; its citations were not kept.
    """
    events = [event for event in row["events"] if event["at"] <= at]
    evidence = evidence_then(row["evidence"], row["events"], at)
    standing = [one for one in evidence if one["status"] in ("accepted", "provisional")]
    last = events[-1] if events else {}
    revised = [event for event in events if event["kind"] == "revised" and event["analysis"]]
    named = {name: last[name] for name in ("title", "scope", "state", "basis") if last}
    return row | {
        **named,
        "kind": last.get("class_kind", row["kind"]),
        "lens": last.get("class_lens", row["lens"]),
        "story_count": last.get("stories", 0),
        "family_count": last.get("families", 0),
        "articles": len({one["article_id"] for one in standing}),
        "times_extracted": sum(not one["is_copy"] for one in standing),
        "last_reinforced": max(
            (e["at"] for e in events if e["kind"] in ("opened", "reinforced")), default=row["opened_at"]
        ),
        "actors": _counted(one["actors"] for one in standing),
        "sectors": _counted(one["sectors"] for one in standing),
        "geographies": _counted(one["geographies"] for one in standing),
        "analysis": revised[-1]["analysis"] if revised else "",
        "sentences": [],
        "retitled": bool(renamers(events)),
        "narrator": revised[-1]["analyst"] if revised else "",
        "strength": why["strength"],
        "supporting": why["supporting"],
        "opposing": why["opposing"],
        "contested": why["contested"],
        "why": {stance: {one["family"]: one["voice"] for one in why[stance]} for stance in ("supports", "contradicts")},
        "events": events,
        "evidence": evidence,
        "curve": _ending(row["curve"], why),
        "story_rows": [_story_then(story, standing) for story in row["story_rows"] if story["opened_at"] <= at],
        "counts": {
            "articles": len({one["article_id"] for one in standing}),
            "supporting": len({one["article_id"] for one in standing if one["stance"] == "supports"}),
            "against": len({one["article_id"] for one in standing if one["stance"] == "contradicts"}),
            "not_counted": len(evidence) - len(standing),
            "analysts": sorted({one["analyst"] for one in standing if one["analyst"]}),
        },
    }


def _ending(curve: Sequence[Point], why: Mapping[str, Any]) -> tuple[Point, ...]:
    """Return the curve with its end as of then: at its last hour the store counts what came later, too."""
    if not curve:
        return ()
    end = Point(curve[-1].at, why["strength"], why["supporting"], why["opposing"])
    return (*curve[:-1], end)


def _story_then(story: Row, standing: Iterable[Row]) -> Row:
    """Return a story with the articles and families that had carried it by then."""
    own = [one for one in standing if one["story_id"] == story["story_id"]]
    articles = {one["article_id"]: one["family"] for one in own}
    return story | {"articles": len(articles), "families": dict(Counter(articles.values()))}


def _counted(tags: Iterable[Iterable[str]]) -> dict[str, int]:
    return dict(Counter(tag for each in tags for tag in each).most_common(40))
