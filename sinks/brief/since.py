"""Since when a strength of a brief moved, where that is not simply since the brief before."""

from __future__ import annotations

from sinks.brief.items import BriefBody, BriefItem
from sinks.brief.times import Times


def since(times: Times, item: BriefItem, body: BriefBody) -> str:
    """Return "since told on 10 Apr 2026", or "since 10 Apr 2026", in the reader's days; "" when it is since the brief
    before, or the signal is new."""
    if item.told_on:
        return f"since told on {times.short_date(item.told_on)}"
    if item.is_new or body.changes_since is None:
        return ""
    return f"since {times.short_date(times.date_of(body.changes_since).isoformat())}"
