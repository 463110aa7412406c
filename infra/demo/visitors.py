"""The newsroom's visitors' side: the form that publishes a live article, and the webhook inbox."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from infra.demo import pages
from infra.demo.articles import Sample
from infra.demo.desk import NotPublishable
from infra.demo.room import Room

FORM_BYTES: Final = 200_000
HOOK_BYTES: Final = 65_536


def visitor_routes(room: Room) -> list[Route]:
    """The routes /newsroom and /hook."""

    def page(draft: Sample | None, error: str = "", status: int = 200) -> Response:
        html = pages.desk_page(
            room.library.publishers.values(), room.library.samples, room.desk.live()[::-1], draft, error
        )
        return HTMLResponse(html, status, headers=pages.HEADERS)

    async def form(request: Request) -> Response:
        wanted = request.query_params.get("sample", "")
        return page(next((sample for sample in room.library.samples if sample.key == wanted), None))

    async def publish(request: Request) -> Response:
        if not _same_origin(request):
            raise HTTPException(403, "this form belongs to another site")
        fields = parse_qs((await _body(request, FORM_BYTES)).decode("utf-8", "replace"))
        publisher, title, body = (fields.get(name, [""])[0] for name in ("publisher", "title", "body"))
        draft = Sample("", "", publisher, title, body)
        if publisher not in room.library.publishers:
            return page(draft, "Choose one of the publishers.", 400)
        try:
            room.publish(publisher, title, body)
        except NotPublishable as problem:
            return page(draft, str(problem), 400)
        return RedirectResponse("/newsroom", 303)

    async def receive(request: Request) -> Response:
        try:
            payload = json.loads(await _body(request, HOOK_BYTES))
        except (ValueError, RecursionError):
            raise HTTPException(400, "the webhook takes JSON") from None
        room.desk.receive(payload)
        return Response(status_code=204)

    async def alerts(request: Request) -> Response:
        return HTMLResponse(pages.alerts_page(room.desk.alerts()), headers=pages.HEADERS)

    return [
        Route("/newsroom", form),
        Route("/newsroom", publish, methods=["POST"]),
        Route("/hook", alerts),
        Route("/hook", receive, methods=["POST"]),
    ]


def _same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:  # no address at all, as "http://["
        return False


async def _body(request: Request, limit: int) -> bytes:
    """The request's body, read no further than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, f"at most {limit} bytes")
    return bytes(body)
