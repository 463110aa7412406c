"""The door of a running process: other commands on this machine ask it over loopback, with the folder's token.

One POST a question. Answers are JSON (times ISO 8601 with Z); an ingest comes in pieces, an export goes as a stream.
"""

from __future__ import annotations

import hmac
import secrets
import tempfile
from collections.abc import Iterator
from typing import IO, Any, cast

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from infra.desk import Desk
from infra.generations.jobs import ReplayJobs
from infra.generations.wanted import Wanted
from infra.ingesting import IngestRunner, Upload
from schemas.errors import BadInput, BellwetherError
from sinks.clickhouse.export import Format

TOKEN_HEADER = "x-bellwether-token"  # noqa: S105


def to_json(value: Any) -> bytes:
    """Return `value` as JSON; times become ISO 8601 in UTC."""
    return msgspec.json.encode(value)


def control_app(desk: Desk, ingest: IngestRunner, replays: ReplayJobs, token: str) -> Starlette:
    """Return the door's application."""

    uploads: list[Upload] = []

    def allowed(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode())

    async def ask(request: Request) -> Response:
        if not allowed(request):
            return _error("not the folder's token", 403)
        try:
            body = msgspec.json.decode(await request.body(), type=dict[str, Any])
            answer = await run_in_threadpool(
                desk.of(str(body.get("generation") or desk.generation)).answer,
                str(body["name"]),
                dict(body.get("arguments") or {}),
            )
        except (BadInput, msgspec.DecodeError, KeyError, TypeError) as error:
            return _error(str(error), 400)
        except BellwetherError as error:
            return _error(str(error), 503)
        return Response(to_json({"answer": answer}), media_type="application/json")

    async def export(request: Request) -> Response:
        if not allowed(request):
            return _error("not the folder's token", 403)
        word, form = request.query_params.get("kind", ""), request.query_params.get("format", "jsonl")
        spool = tempfile.SpooledTemporaryFile(max_size=16_000_000)  # noqa: SIM115
        try:
            of = desk.of(request.query_params.get("generation") or desk.generation)
            await run_in_threadpool(of.export, word, cast(Any, spool), cast(Format, form))
        except BadInput as error:
            return _error(str(error), 400)
        spool.seek(0)
        return StreamingResponse(_read(spool), media_type="application/octet-stream")

    async def replay(request: Request) -> Response:
        """Begin one, or look at the one of that name that is under way."""
        if not allowed(request):
            return _error("not the folder's token", 403)
        try:
            replays.begin(msgspec.json.decode(await request.body(), type=Wanted))
        except (BadInput, msgspec.DecodeError) as error:
            return _error(str(error), 400)
        return JSONResponse({})

    async def replaying(request: Request) -> Response:
        """How far a replay is; with `stop` it is to end."""
        if not allowed(request):
            return _error("not the folder's token", 403)
        try:
            state = replays.state(request.path_params["name"], stop="stop" in request.query_params)
        except BadInput as error:
            return _error(str(error), 400)
        except BellwetherError as error:
            return _error(str(error), 503)
        return Response(to_json(state), media_type="application/json")

    async def begin(request: Request) -> Response:
        if not allowed(request):
            return _error("not the folder's token", 403)
        uploads.append(Upload(ingest, prepared="prepared" in request.query_params))
        return JSONResponse({"upload": len(uploads) - 1})

    async def lines(request: Request) -> Response:
        """One piece of the input; an empty one ends it. Answers with how far things are."""
        if not allowed(request):
            return _error("not the folder's token", 403)
        number = request.path_params["upload"]
        if number >= len(uploads):
            return _error(f"there is no upload {number}", 400)
        upload = uploads[number]
        await run_in_threadpool(upload.write, await request.body())
        return Response(to_json(upload.state()), media_type="application/json")

    return Starlette(
        routes=[
            Route("/ask", ask, methods=["POST"]),
            Route("/export", export, methods=["POST"]),
            Route("/replay", replay, methods=["POST"]),
            Route("/replay/{name}", replaying, methods=["POST"]),
            Route("/ingest", begin, methods=["POST"]),
            Route("/ingest/{upload:int}", lines, methods=["POST"]),
        ]
    )


def _error(text: str, status: int) -> JSONResponse:
    return JSONResponse({"error": text}, status_code=status)


def _read(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while chunk := spool.read(262_144):
            yield chunk


def new_token() -> str:
    """Return a fresh secret for the door."""
    return secrets.token_urlsafe(24)
