"""A request of ClickHouse's HTTP interface as a question."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request

from infra.exposed.engine import Question
from infra.exposed.refusal import Refused

BODY_BYTES: Final = 4_000_000
# What ClickHouse's transport takes for itself; there are no sessions here, and nothing of one would be kept.
_TRANSPORT: Final = frozenset(
    {
        "add_http_cors_header", "buffer_size", "cancel_http_readonly_queries_on_client_close",
        "client_protocol_version", "compress", "database", "decompress", "default_format", "enable_http_compression",
        "http_headers_progress_interval_ms", "http_zlib_compression_level", "password", "query", "query_id",
        "quota_key", "role", "send_progress_in_http_headers", "session_check", "session_id", "session_timeout",
        "stacktrace", "user", "wait_end_of_query", "http_write_exception_in_output_format", "http_response_buffer_size",
        "http_wait_end_of_query", "output_format_native_use_flattened_dynamic_and_json_serialization",
    }
)  # fmt: skip
_DEFLATED: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's window bits


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and how its answer is to be sent. `protocol`: of the Native format; `encoding`: "" for none."""

    question: Question
    query_id: str
    protocol: int
    encoding: str


def credentials(request: Request) -> tuple[str, str] | None:
    """Return user and password as given in one of ClickHouse's three ways, None when none was used."""
    headers, query = request.headers, request.query_params
    if "x-clickhouse-user" in headers or "x-clickhouse-key" in headers:
        return headers.get("x-clickhouse-user", "default"), headers.get("x-clickhouse-key", "")
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password
    if "user" in query or "password" in query:
        return query.get("user", "default"), query.get("password", "")
    return None


async def asked(request: Request) -> Asked:
    """Read a request. Raises Refused."""
    given = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    body = b""
    if request.method == "POST":
        if kind.startswith("multipart/form-data"):
            given |= await _form(request)
        else:
            body = await _body(request)
    sql = _joined(given.get("query", ""), body)
    for name in ("compress", "decompress"):
        if given.get(name, "0") not in ("0", "false"):
            raise Refused(
                48, f"{name}=1 (ClickHouse's own compression) is not offered here; "
                "use enable_http_compression=1 with Accept-Encoding: gzip. (NOT_IMPLEMENTED)"
            )  # fmt: skip
    settings = {name: value for name, value in given.items() if not _is_transport(name)}
    parameters = {name.removeprefix("param_"): value for name, value in given.items() if name.startswith("param_")}
    question = Question(
        sql,
        given.get("database", "") or request.headers.get("x-clickhouse-database", ""),
        request.headers.get("x-clickhouse-format", "") or given.get("default_format", "") or "TabSeparated",
        parameters,
        settings,
    )
    return Asked(question, given.get("query_id", "")[:200], _number(given), _encoding(given, request.headers))


def _is_transport(name: str) -> bool:
    return name in _TRANSPORT or name.startswith("param_")


def _number(given: Mapping[str, str]) -> int:
    text = given.get("client_protocol_version", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _encoding(given: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return how to compress the answer: only when asked by both ways, as ClickHouse does."""
    if given.get("enable_http_compression", "0") not in ("1", "true"):
        return ""
    accepted = {part.split(";")[0].strip().lower() for part in headers.get("accept-encoding", "").split(",")}
    return next((known for known in ("gzip", "deflate") if known in accepted), "")


def _joined(query: str, body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refused(62, "Syntax error: the query is not UTF-8. (SYNTAX_ERROR)") from error
    return f"{query}\n{text}" if query and text else query or text


async def _form(request: Request) -> dict[str, str]:
    if int(request.headers.get("content-length") or BODY_BYTES + 1) > BODY_BYTES:
        raise Refused(223, f"The form is longer than {BODY_BYTES} bytes. (QUERY_IS_TOO_LARGE)")
    async with request.form(max_files=0, max_fields=1000, max_part_size=BODY_BYTES) as form:
        return {name: value for name, value in form.items() if not isinstance(value, UploadFile)}


async def _body(request: Request) -> bytes:
    bits = _DEFLATED.get(request.headers.get("content-encoding", "").strip().lower())
    if bits is None and request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise Refused(48, "The request may be compressed with gzip or deflate. (NOT_IMPLEMENTED)")
    unpack = zlib.decompressobj(bits) if bits else None
    whole = bytearray()
    async for piece in request.stream():
        try:
            whole += unpack.decompress(piece, BODY_BYTES + 1 - len(whole)) if unpack else piece
        except zlib.error as error:
            raise Refused(62, "The request's body is not compressed as it says. (SYNTAX_ERROR)") from error
        if len(whole) > BODY_BYTES:
            raise Refused(223, f"The request's body is longer than {BODY_BYTES} bytes. (QUERY_IS_TOO_LARGE)")
    return bytes(whole)
