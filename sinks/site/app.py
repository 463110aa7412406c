"""Builds the site."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.errors import BellwetherError
from sinks.profile import Profile
from sinks.site.brief_pages import BriefPages
from sinks.site.failures import Failures
from sinks.site.feed_pages import FeedPages
from sinks.site.headers import SecurityHeaders
from sinks.site.imported_pages import ImportedPages
from sinks.site.ports import BriefReader, ImportedReader, Row, SignalReader, Sources
from sinks.site.rendering import Pages, stylesheet
from sinks.site.signal_pages import SignalPages


def build_site(
    reader: SignalReader,
    briefs: BriefReader,
    *,
    feeds: Callable[[], list[Row]],
    now: Callable[[], datetime],
    status: Callable[[], Row],
    analyst: str = "",
    profile: Profile | None = None,
    imported: ImportedReader | None = None,
) -> Starlette:
    """Return the app; see `Sources` for what each argument gives. It only reads.

    `analyst` is who reads the articles now, `profile` who reads the pages; `imported` has the imported pages.
    """
    sources = Sources(reader, briefs, feeds, now, status)
    pages = Pages(analyst, profile)
    failures = Failures(sources, pages)
    style = stylesheet()

    def css(request: Request) -> Response:
        return Response(style, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    return Starlette(
        routes=[
            *BriefPages(sources, pages).routes(),
            *(ImportedPages(imported, sources, pages).routes() if imported is not None else ()),
            *SignalPages(sources, pages).routes(),
            *FeedPages(sources, pages).routes(),
            Route("/static/style.css", css),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={
            HTTPException: failures.not_found,
            BellwetherError: failures.store_failed,
            Exception: failures.broken,
        },
    )
