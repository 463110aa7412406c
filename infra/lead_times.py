"""`bellwether lead-time`: lead times of one signal or of all that were opened in a stretch of history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from processors.decisions.lead_time import Appeared, Lead, Step, earliness, lead_of, totals
from schemas.errors import BadInput
from sinks.clickhouse.connect import Store
from sinks.clickhouse.lead_times import articles_of, signals_opened, steps_of
from sinks.clickhouse.merged import survivors

Row = dict[str, Any]
_AT_ONCE: Final = 500  # signals in one statement


def lead_times(store: Store, generation: str, *, signal_id: str = "", first: str = "", last: str = "") -> Row:
    """Return `signals`, earliest first, each with its lead (processors/decisions/lead_time.py), and their `totals`.

    `first`, `last`: UTC days YYYY-MM-DD, both included, "" for no limit: signals are those whose first event lies
    there; articles and events after `last` do not count. With `signal_id` that one (or what took it over) alone.
    Raises BadInput.
    """
    start, end = _day("--from", first), _day("--to", last)
    end = end + timedelta(days=1) if end else None
    if start and end and end <= start:
        raise BadInput(f"--to {last}: lies before --from {first}")
    key = survivors(store, generation, "signals").one(signal_id) if signal_id else ""
    chosen = signals_opened(store, generation, start, end, key)
    if signal_id and not chosen:
        raise BadInput(f"--signal {signal_id}: there is none with this id; `bellwether signals --all` lists them")
    found = sorted(_leads(store, generation, chosen, end), key=lambda pair: (earliness(pair[1]), pair[0]["signal_id"]))
    if signal_id and not found:
        raise BadInput(f"--signal {signal_id}: has no article with accepted evidence by then")
    return {
        "generation": generation,
        "from": first,
        "to": last,
        "signals": [row | asdict(lead) for row, lead in found],
        "totals": {name: asdict(total) for name, total in totals([lead for _, lead in found]).items()},
    }


def _leads(store: Store, generation: str, chosen: list[Row], end: datetime | None) -> Iterator[tuple[Row, Lead]]:
    for start in range(0, len(chosen), _AT_ONCE):
        some = {row["signal_id"]: row for row in chosen[start : start + _AT_ONCE]}
        articles = articles_of(store, generation, list(some), end)
        for key, events in steps_of(store, generation, list(some), end):
            steps = [Step(row["kind"], row["at"], row["strength_after"]) for row in events]
            appeared = [Appeared(row["article_id"], row["family"], row["at"]) for row in articles.get(key, ())]
            lead = lead_of(steps, appeared)
            if lead is not None:
                yield some[key], lead


def _day(option: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{option} {text!r}: write a day as YYYY-MM-DD") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
