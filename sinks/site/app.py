"""Builds the site."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.errors import BellwetherError
from sinks.profile import Profile
from sinks.site.access import Access
from sinks.site.analyst_pages import AnalystPages
from sinks.site.article_pages import ArticlePages
from sinks.site.brief_pages import BriefPages
from sinks.site.command_pages import CommandPages
from sinks.site.compare_pages import ComparePages
from sinks.site.controls import ControlRoom
from sinks.site.cost_pages import CostPages
from sinks.site.event_stream import EventStream
from sinks.site.failures import Failures
from sinks.site.feed_pages import FeedPages
from sinks.site.guards import HostGuard, PasswordGuard
from sinks.site.headers import SecurityHeaders
from sinks.site.imported_pages import ImportedPages
from sinks.site.live import Live
from sinks.site.metrics_page import PATH as METRICS_PATH
from sinks.site.metrics_page import MetricsPage, Scraper
from sinks.site.ports import Sources
from sinks.site.rendering import Pages, assets
from sinks.site.sessions import Sessions
from sinks.site.signal_pages import SignalPages


def build_site(
    sources: Sources, *, analyst: str = "", profile: Profile | None = None, access: Access | None = None
) -> Starlette:
    """Return the app. It only reads, and with an analyst's token in `access` carries commands.

    `analyst` is who reads the articles now, `profile` who reads the pages.
    """
    access = access or Access()
    commander = sources.commander if access.analyst_token else None
    pages = Pages(analyst, profile, commands=commander is not None, generations=sources.comparer is not None)
    failures = Failures(sources, pages)
    room: ControlRoom | None = None
    others: list[Route] = []
    if commander is not None:
        sessions = Sessions(access.analyst_token)
        room = ControlRoom(sources, sessions)
        others = AnalystPages(sources, pages, sessions, commander, failures.refused).routes()
    if sources.commands is not None:
        others += CommandPages(sources, pages, sources.commands, room).routes()
    if sources.comparer is not None:
        others += ComparePages(sources, pages, sources.comparer).routes()
    guards = [Middleware(SecurityHeaders)]
    if access.hosts:
        guards.append(Middleware(HostGuard, hosts=access.hosts, refuse=failures.refused))
    if access.password:
        locked = frozenset({METRICS_PATH} if access.metrics_token else ())
        guards.append(Middleware(PasswordGuard, password=access.password, refuse=failures.refused, locked=locked))
    if sources.metrics is not None:
        others += MetricsPage(sources.metrics, Scraper(access.metrics_token), failures.refused).routes()
    loaded = assets()

    def asset(request: Request) -> Response:
        found = loaded.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1], headers={"Cache-Control": "max-age=300"})

    return Starlette(
        routes=[
            *BriefPages(sources, pages).routes(),
            *ImportedPages(sources, pages).routes(),  # before the signals, whose ids theirs would be
            *SignalPages(sources, pages, room).routes(),
            *others,
            *ArticlePages(sources, pages).routes(),
            *FeedPages(sources, pages).routes(),
            *CostPages(sources, pages).routes(),
            *Live(sources).routes(),
            *(EventStream(sources.events).routes() if sources.events is not None else ()),
            Route("/static/{name}", asset),
        ],
        middleware=guards,
        exception_handlers={
            HTTPException: failures.not_found,
            BellwetherError: failures.store_failed,
            Exception: failures.broken,
        },
    )
