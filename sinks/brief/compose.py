"""Composes a brief from what the store knows of the window and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from schemas.events import Brief
from sinks.brief.budget import WORDS, fit
from sinks.brief.html import brief_html
from sinks.brief.items import BriefBody, BriefItem, encode_body, item
from sinks.brief.lead import lead
from sinks.brief.markdown import brief_markdown
from sinks.brief.prose import Prose, Written, with_prose
from sinks.brief.times import Times
from sinks.brief.verdict import Verdict
from sinks.brief.watch import to_watch

NOTHING: Final = "Nothing worth saying today"


def compose(
    inputs: Mapping[str, Any],
    verdict: Verdict,
    *,
    date: str,
    composed_at: datetime,
    prose: Prose | None = None,
    times: Times | None = None,
    words: int = WORDS,
) -> Brief:
    """Return the brief of `date` ("2026-04-15", the reader's day).

    `inputs` is what `Reader.brief_inputs` returned, `composed_at` the time of the ledger. The id is
    `brief-<date>`: a second composition of a day replaces the first. Picked signals that the inputs lack are left
    out, and what does not fit into `words` is shortened (see budget.py). Without `prose`, or where it has nothing to
    say, the brief is extractive. `times` are the reader's.
    """
    rows = {row["signal_id"]: row for row in inputs["signals"]}
    picked, others = (verdict.picked, verdict.others) if verdict.worth_saying else ((), ())
    fitted = fit(
        [item(rows[signal_id]) for signal_id in picked if signal_id in rows],
        [item(rows[signal_id]) for signal_id in others if signal_id in rows],
        words,
    )
    written = prose(fitted.items) if prose is not None and fitted.items else Written()
    items = with_prose(fitted.items, written)
    body = BriefBody(
        since=inputs["since"],
        until=inputs["until"],
        score=verdict.score,
        articles=sum(inputs["outcomes"].values()),
        candidates=inputs["candidates"],
        items=items,
        note=written.note,
        lead=lead(items[0]) if items else (),
        lines=fitted.lines,
        watch=to_watch(items),
        dropped=fitted.dropped,
    )
    headline = _headline(body.items) if verdict.worth_saying else NOTHING
    said = (date, headline, verdict.worth_saying, verdict.reasons, body, times or Times())
    return Brief(
        brief_id=f"brief-{date}",
        date=date,
        composed_at=composed_at,
        since=inputs["since"],
        since_n=inputs["since_n"],
        until_n=inputs["until_n"],
        worth_saying=verdict.worth_saying,
        reasons=verdict.reasons,
        headline=headline,
        markdown=brief_markdown(*said),
        html=brief_html(*said),
        body=encode_body(body),
    )


def _headline(items: tuple[BriefItem, ...]) -> str:
    if not items:
        return NOTHING
    return items[0].title + (f", and {len(items) - 1} more" if len(items) > 1 else "")
