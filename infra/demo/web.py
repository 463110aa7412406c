"""The newsroom's readers' side: index, feeds with ETag and 304, article pages, robots.txt, OPML."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from infra.demo import pages
from infra.demo.articles import Publisher
from infra.demo.edition import FEED_LENGTH
from infra.demo.feeds import MEDIA_TYPES, feed_path, render_feed
from infra.demo.room import Room
from infra.demo.visitors import visitor_routes

HEADLINES: Final = 5
ROBOTS: Final = "User-agent: *\nDisallow: /newsroom\nDisallow: /hook\nAllow: /\n"


def build_app(room: Room) -> Starlette:
    """The newsroom's app around `room`. Answers only requests that name a loopback host."""

    def index(request: Request) -> Response:
        shelves = [
            (publisher, feed_path(publisher), room.shelf(publisher)[:HEADLINES])
            for publisher in room.library.publishers.values()
        ]
        return HTMLResponse(pages.index_page(room.now, room.day, shelves), headers=pages.HEADERS)

    def feed(request: Request) -> Response:
        publisher = _publisher(room, request)
        if feed_path(publisher) != request.url.path:
            raise HTTPException(404)
        if room.day in publisher.error_days:
            return PlainTextResponse("Internal Server Error", 500)
        if room.day in publisher.html_days:
            return HTMLResponse(pages.MAINTENANCE)
        items = room.shelf(publisher)[:FEED_LENGTH]
        changed = max((item.updated for item in items), default=room.opening)
        body = render_feed(publisher, items, room.url, changed)
        return _conditional(request, body, MEDIA_TYPES[publisher.format], changed)

    def article(request: Request) -> Response:
        shelf = room.shelf(_publisher(room, request))
        for item in shelf:
            if item.path == request.url.path:
                return HTMLResponse(pages.article_page(item, shelf), headers=pages.HEADERS)
        raise HTTPException(404)

    def robots(request: Request) -> Response:
        return PlainTextResponse(ROBOTS)

    def opml(request: Request) -> Response:
        names = {key: publisher.name for key, publisher in room.library.publishers.items()}
        listing = pages.opml((names[key], url) for key, url in room.feed_urls().items())
        return Response(listing, media_type="text/x-opml; charset=utf-8")

    return Starlette(
        routes=[
            Route("/", index),
            Route("/robots.txt", robots),
            Route("/feeds.opml", opml),
            *visitor_routes(room),
            Route("/{publisher}/feed.xml", feed),
            Route("/{publisher}/feed.json", feed),
            Route("/{publisher}/{year:int}/{slug}", article),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)],
    )


def _publisher(room: Room, request: Request) -> Publisher:
    try:
        return room.library.publishers[request.path_params["publisher"]]
    except KeyError:
        raise HTTPException(404) from None


def _conditional(request: Request, body: bytes, media_type: str, changed: datetime) -> Response:
    """The body, or 304 when the caller has it. If-None-Match goes before If-Modified-Since (RFC 9110)."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True),
        "Cache-Control": "no-cache",
    }
    known = request.headers.get("if-none-match")
    if known is not None:
        fresh = known.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in known.split(","))
    else:
        fresh = _not_modified_since(request.headers.get("if-modified-since"), changed)
    return Response(status_code=304, headers=headers) if fresh else Response(body, 200, headers, media_type)


def _not_modified_since(header: str | None, changed: datetime) -> bool:
    if header is None:
        return False
    try:
        seen = parsedate_to_datetime(header)
    except ValueError:
        return False
    return changed.replace(microsecond=0) <= (seen if seen.tzinfo else seen.replace(tzinfo=UTC))
