"""The site on a desk: binds pages to store and ledger time."""

from __future__ import annotations

from starlette.applications import Starlette

from infra.desk import Desk
from sinks.site.app import build_site


def pages(desk: Desk) -> Starlette:
    """Return the site's application."""
    return build_site(
        desk.reader,
        desk.morning.briefs,
        feeds=desk.feeds,
        now=desk.now,
        status=desk.status,
        analyst=desk.analyst,
        profile=desk.profile,
        imported=desk.stated,
    )
