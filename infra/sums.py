"""How a brief came to be worth saying, as `bellwether brief --dry-run` shows it."""

from __future__ import annotations

from typing import Any

from infra.settings import BriefSettings
from processors.decisions.worthiness import Sum, Worthiness
from schemas.events import Brief
from sinks.brief.items import decode_body

Row = dict[str, Any]


def worthiness_row(brief: Brief, verdict: Worthiness, settings: BriefSettings) -> Row:
    """Return the verdict, the thresholds, and of each signal its points, factor, total and place in the brief.

    `place` is `whole`, `line`, `no room`, `told before` or `nothing new`; for a brief that is not worth saying the
    first three are `would count`.
    """
    body = decode_body(brief.body)
    whole, lines = {one.signal_id for one in body.items}, {one.signal_id for one in body.lines}

    def place(each: Sum) -> str:
        if each.total <= 0:
            return "told before" if each.repeats and each.points else "nothing new"
        if not verdict.worth_saying:
            return "would count"
        return "whole" if each.signal_id in whole else "line" if each.signal_id in lines else "no room"

    return {
        "date": brief.date,
        "since": brief.since,
        "until": brief.composed_at,
        "worth_saying": verdict.worth_saying,
        "score": verdict.score,
        "threshold": settings.threshold,
        "move": settings.move,
        "reasons": list(verdict.reasons),
        "signals": [
            {
                "signal_id": each.signal_id,
                "title": each.title,
                "points": dict(each.points),
                "factor": each.factor,
                "repeats": each.repeats,
                "total": each.total,
                "place": place(each),
            }
            for each in verdict.sums
        ],
    }
