"""What the page of costs shows: the report of the books, with its currency and whether money is counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from infra.analyst_status import breaker_line
from infra.clock import wall_clock
from infra.llm import books_path
from infra.settings import Settings
from processors.analysts.llm.costs import costs


def costs_row(settings: Settings) -> dict[str, Any]:
    """Return `asked` (whether a model ever was), `uses_llm`, `currency`, `priced`, `breaker`, and `report`.

    The report is as processors/analysts/llm/costs.py gives it, over all time, as plain values.
    """
    path = books_path(settings)
    report = costs(str(path), None, wall_clock())
    return {
        "asked": path.exists() and bool(report.total.calls or report.total.hits),
        "uses_llm": settings.uses_llm,
        "currency": settings.llm.currency,
        "priced": set(settings.llm.models().values()) <= set(settings.llm.prices),
        "breaker": breaker_line(report),
        "spend_per_article": report.spend_per_article,
        "report": msgspec.to_builtins(report, builtin_types=(datetime,)),
    }
