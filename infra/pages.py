"""The site on a desk: binds pages to store, ledger time and strength."""

from __future__ import annotations

from typing import Any

from starlette.applications import Starlette

from infra.desk import Desk
from sinks.site.app import build_site

Row = dict[str, Any]


class _Signals:
    """Signals with their strength as of the ledger's time, not as it was at their last commit."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def signals(self, *, published_only: bool = True, limit: int = 1000) -> list[Row]:
        """Return the list, strongest first."""
        return self._desk.signals(published_only, limit)

    def signal(self, signal_id: str) -> Row | None:
        """Return one signal with everything that its page shows."""
        return self._desk.reader.signal(signal_id)


def pages(desk: Desk) -> Starlette:
    """Return the site's application."""

    def strength_of(row: Row) -> float:
        return float(desk.parts(row).strength) if "mass" in row else float(row["strength"])

    return build_site(
        _Signals(desk),
        desk.morning.briefs,
        feeds=desk.feeds,
        now=desk.now,
        strength_of=strength_of,
        components_of=desk.parts,
        status=desk.status,
        analyst=desk.analyst,
    )
