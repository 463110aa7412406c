"""The site on a desk: binds pages to store, ledger time and books."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial

from starlette.applications import Starlette

from infra.costs_page import costs_row
from infra.desk import Desk
from infra.metrics.registry import METRICS
from infra.site_settings import Site
from sinks.clickhouse.events import StoredEvents
from sinks.site.access import Access
from sinks.site.app import build_site
from sinks.site.ports import Sources

log = logging.getLogger("bellwether.site")


def pages(desk: Desk) -> Starlette:
    """Return the site's application."""
    sources = Sources(
        reader=desk.reader,
        briefs=desk.briefing.morning.briefs,
        feeds=desk.feeds,
        now=desk.now,
        status=desk.status,
        costs=partial(costs_row, desk.settings),
        why=lambda signal_id, at: desk.why(signal_id, at.isoformat()),
        imported=desk.stated,
        commands=desk.reader.commands,
        events=StoredEvents(desk.store, desk.generation),
        comparer=desk.comparisons,
        commander=desk.commanding,
        metrics=METRICS.exposition if desk.settings.metrics.enabled else None,
    )
    site = desk.settings.site
    for warning in exposed(site):
        log.warning("%s", warning)
    if site.analyst_token.get_secret_value() and desk.commanding is None:
        log.warning("site.analyst_token: no stream runs here and no Kafka is named: these pages are without commands")
    access = Access(
        site.analyst_token.get_secret_value(),
        site.password.get_secret_value(),
        site.answers_to(),
        desk.settings.metrics.token.get_secret_value(),
    )
    return build_site(sources, analyst=desk.analyst, profile=desk.profile, access=access)


def exposed(site: Site) -> Iterator[str]:
    """Yield what whoever starts the site should know about who can reach it."""
    if site.on_loopback:
        return
    if not site.password.get_secret_value():
        yield (
            f"site.host: the pages listen on {site.host} and ask nobody for a password: whoever reaches this address "
            "reads them. Set site.password, or keep to 127.0.0.1"
        )
    if site.analyst_token.get_secret_value() or site.password.get_secret_value():
        yield (
            "site.host: token and password travel as they are unless a proxy before the site speaks https; "
            "see docs/operations.md, Security of the pages"
        )
