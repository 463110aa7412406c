"""Who wrote what in a brief, in one line."""

from __future__ import annotations

from collections.abc import Iterable

from sinks.brief.items import BriefBody


def byline(body: BriefBody) -> str:
    """Return "Evidence by lexical/1; titles by …; prose by …." with the parts that apply; "" without any item."""
    parts = (
        ("Evidence", (quote.analyst for item in body.items for quote in item.all_quotes)),
        ("titles", (item.narrator for item in body.items)),
        ("prose", (item.written_by for item in body.items)),
    )
    told = [f"{what} by {' and '.join(names)}" for what, names in ((w, _once(n)) for w, n in parts) if names]
    return f"{'; '.join(told)}." if told else ""


def _once(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name})
