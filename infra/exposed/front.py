"""ClickHouse's HTTP interface before the embedded store: answers readers who know its password, and only reads."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
import logging
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.exposed.asked import Asked, asked, credentials
from infra.exposed.engine import Answer, Engine
from infra.exposed.native_blocks import for_protocol
from infra.exposed.refusal import Refused
from sinks.site.guards import host_name
from sinks.site.tries import Tries

log = logging.getLogger("bellwether.expose")
NAME: Final = "bellwether"  # the server's display name
_WAITING: Final = 64
_TYPES: Final = {
    "JSON": "application/json", "JSONCompact": "application/json", "JSONEachRow": "application/x-ndjson",
    "CSV": "text/csv", "CSVWithNames": "text/csv", "XML": "application/xml", "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream", "RowBinaryWithNames": "application/octet-stream",
    "RowBinaryWithNamesAndTypes": "application/octet-stream", "Parquet": "application/octet-stream",
    "Arrow": "application/octet-stream", "ArrowStream": "application/octet-stream",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may ask: one user with a password, by these names of ours, so many at once."""

    user: str
    password: str = field(repr=False)
    hosts: frozenset[str]
    at_once: int = 2


class Front:
    """The handlers. Give a running `Engine`; stop serving before its store is closed."""

    def __init__(self, engine: Engine, readers: Readers, tries: Tries | None = None) -> None:
        self._engine, self._readers = engine, readers
        self._tries = tries or Tries()
        self._turns = asyncio.Semaphore(readers.at_once)
        self._waiting = 0

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/ping", self.ping, methods=["GET", "HEAD"]),
                Route("/", self.ask, methods=["GET", "HEAD", "POST"]),
            ],
            exception_handlers={HTTPException: _no_such_page},
        )

    async def ping(self, request: Request) -> Response:
        """Say that the server is there; needs no password, as with ClickHouse."""
        if host_name(request.headers.get("host", "")) not in self._readers.hosts:
            return _misdirected()
        return Response("Ok.\n", media_type="text/plain")

    async def ask(self, request: Request) -> Response:
        """Answer one question."""
        if host_name(request.headers.get("host", "")) not in self._readers.hosts:
            return _misdirected()
        if request.method != "POST" and "query" not in request.query_params:
            return Response("Ok.\n", media_type="text/plain")
        query_id = str(uuid.uuid4())
        try:
            self._admit(request)
            found = await asked(request)
            query_id = found.query_id or query_id
            return await self._answered(found, query_id)
        except Refused as refused:
            return self._refusal(refused, query_id)
        except HTTPException as error:  # a form that is none
            return self._refusal(Refused(62, f"{error.detail} (SYNTAX_ERROR)"), query_id)
        except Exception as error:
            log.exception("a question could not be answered")
            return self._refusal(Refused(1001, f"{type(error).__name__} (STD_EXCEPTION)"), query_id)

    async def _answered(self, found: Asked, query_id: str) -> Response:
        if self._waiting >= _WAITING:
            raise Refused(202, "Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)")
        self._waiting += 1
        try:
            async with self._turns:
                answer, body = await run_in_threadpool(self._work, found)
        finally:
            self._waiting -= 1
        headers = {
            **self._headers(query_id),
            "X-ClickHouse-Format": answer.format,
            "X-ClickHouse-Summary": _summary(answer),
        }
        if found.encoding:
            headers["Content-Encoding"] = found.encoding
        return Response(body, headers=headers, media_type=_TYPES.get(answer.format, "text/plain; charset=UTF-8"))

    def _work(self, found: Asked) -> tuple[Answer, bytes]:
        answer = self._engine.answer(found.question)
        body = for_protocol(answer.body, found.protocol) if answer.format == "Native" else answer.body
        if found.encoding == "gzip":
            body = gzip.compress(body, 3)
        elif found.encoding == "deflate":
            body = zlib.compress(body, 3)
        return answer, body

    def _admit(self, request: Request) -> None:
        if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            # A page in a browser of this machine: its guesses must not use up the tries of programs.
            raise Refused(516, "Pages of other sites are not answered. (AUTHENTICATION_FAILED)")
        address = request.client.host if request.client else ""
        given = credentials(request)
        if given is None:
            raise Refused(194, "Give user and password. (REQUIRED_PASSWORD)")
        if wait := self._tries.wait(address):
            raise Refused(516, f"Wrong too often; wait {wait} seconds. (AUTHENTICATION_FAILED)")
        right = hmac.compare_digest(_digest(given[1]), _digest(self._readers.password))
        if not (hmac.compare_digest(_digest(given[0]), _digest(self._readers.user)) and right):
            self._tries.failed(address)
            words = (
                f"{given[0][:60]}: Authentication failed: password is incorrect, or there is no user with such name."
            )
            raise Refused(516, f"{words} (AUTHENTICATION_FAILED)")

    def _headers(self, query_id: str) -> dict[str, str]:
        return {
            "X-ClickHouse-Server-Display-Name": NAME,
            "X-ClickHouse-Query-Id": query_id.encode("ascii", "replace").decode().replace("\r", " ").replace("\n", " "),
            "X-ClickHouse-Timezone": self._engine.timezone,
            "Cache-Control": "no-store",
        }

    def _refusal(self, refused: Refused, query_id: str) -> Response:
        headers = {**self._headers(query_id), "X-ClickHouse-Exception-Code": str(refused.code)}
        if refused.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
        return Response(refused.body(self._engine.version), refused.status, headers, "text/plain; charset=UTF-8")


def _summary(answer: Answer) -> str:
    return json.dumps(
        {
            "read_rows": str(answer.rows_read),
            "read_bytes": str(answer.bytes_read),
            "written_rows": "0",
            "written_bytes": "0",
            "total_rows_to_read": "0",
            "result_rows": "0",
            "result_bytes": str(len(answer.body)),
            "elapsed_ns": str(int(answer.elapsed * 1e9)),
        }
    )


def _misdirected() -> Response:
    words = (
        "This store is not asked by that name. If it is yours, add it to the setting expose.hosts and start again.\n"
    )
    return Response(words, 421, media_type="text/plain")


async def _no_such_page(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response("There is no such handle here; ask / or /ping.\n", status, media_type="text/plain")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
