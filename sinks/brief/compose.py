"""Composes a brief from what the store knows of the window and the verdict on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from schemas.events import Brief
from sinks.brief.budget import WORDS, Fitted, fit, words_of
from sinks.brief.html import brief_html
from sinks.brief.items import BriefBody, BriefItem, encode_body, item
from sinks.brief.lead import lead, lead_first
from sinks.brief.markdown import brief_markdown
from sinks.brief.prose import Prose, Written, with_prose
from sinks.brief.said import Said
from sinks.brief.times import Times
from sinks.brief.verdict import Verdict

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
    site: str = "",
) -> Brief:
    """Return the brief of `date` ("2026-04-15", the reader's day).

    `inputs` is what `Reader.brief_inputs` returned, `composed_at` the time of the ledger. The id is
    `brief-<date>`: a second composition of a day replaces the first. Picked signals that the inputs lack are left
    out, and what does not fit into `words` is shortened (see budget.py). Without `prose`, or where it has nothing to
    say, the brief is extractive. `times` are the reader's, `site` is the address of the pages that titles link to.
    """
    rows = {row["signal_id"]: row for row in inputs["signals"]}
    picked, others = (verdict.picked, verdict.others) if verdict.worth_saying else ((), ())
    items = [item(rows[signal_id]) for signal_id in picked if signal_id in rows]
    rest = [item(rows[signal_id]) for signal_id in others if signal_id in rows]
    written = Written()

    def body(fitted: Fitted) -> BriefBody:
        return BriefBody(
            since=inputs["since"],
            until=inputs["until"],
            score=verdict.score,
            articles=sum(inputs["outcomes"].values()),
            candidates=inputs["candidates"],
            items=fitted.items,
            note=written.note,
            lead=lead(fitted.items[0]) if fitted.items else (),
            lines=fitted.lines,
            watch=fitted.watch,
            dropped=fitted.dropped,
            changes_since=inputs.get("untold_since"),
        )

    headline = _headline(items) if verdict.worth_saying else NOTHING
    said = Said(date, headline, verdict.worth_saying, verdict.reasons, times or Times(), site)

    def measure(fitted: Fitted) -> int:
        return words_of(brief_markdown(said, body(fitted)))

    if items:
        items[0] = lead_first(items[0])
    fitted = fit(items, rest, words, measure)
    if prose is not None and fitted.items:
        written = prose(fitted.items)
        told = {one.signal_id: one for one in with_prose(fitted.items, written)}
        fitted = fit([told.get(one.signal_id, one) for one in items], rest, words, measure)
    made = body(fitted)
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
        markdown=brief_markdown(said, made),
        html=brief_html(said, made),
        body=encode_body(made),
    )


def _headline(items: Sequence[BriefItem]) -> str:
    if not items:
        return NOTHING
    return items[0].title + (f", and {len(items) - 1} more" if len(items) > 1 else "")
