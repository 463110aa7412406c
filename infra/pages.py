"""The site on a desk: binds pages to store, ledger time and books."""

from __future__ import annotations

from functools import partial

from starlette.applications import Starlette

from infra.costs_page import costs_row
from infra.desk import Desk
from sinks.site.app import build_site
from sinks.site.ports import Sources


def pages(desk: Desk) -> Starlette:
    """Return the site's application."""
    sources = Sources(
        reader=desk.reader,
        briefs=desk.morning.briefs,
        feeds=desk.feeds,
        now=desk.now,
        status=desk.status,
        costs=partial(costs_row, desk.settings),
        why=lambda signal_id, at: desk.why(signal_id, at.isoformat()),
        imported=desk.stated,
    )
    return build_site(sources, analyst=desk.analyst, profile=desk.profile)
