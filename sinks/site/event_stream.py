"""`/events`: whole signal events as server-sent events, for programs without Kafka (WHATWG HTML section 9.2).

`?where=` is a condition in CEL; `?since=` (beginning, or a day or time in ISO 8601) gives history first. The id of a
message is the commit number and the place in it, "812-3": a program that comes back says `Last-Event-ID` and misses
nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from schemas.errors import BadInput, BellwetherError
from schemas.events import SignalEvent
from sinks.site.ports import PublicEvents
from sinks.subscribe.start import start_of
from sinks.where import Where

log = logging.getLogger("bellwether.site")
LISTENERS: Final = 50  # each looks at the store by itself
_POLL: Final = 0.5  # seconds
_PAGE: Final = 200  # events
BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
_ID: Final = re.compile(r"(\d{1,18})-(\d{1,9})")
_LAST: Final = 2**31 - 1  # behind every event of a commit
Cursor = tuple[int, int]


class EventStream:
    """The endpoint."""

    def __init__(self, events: PublicEvents, poll: float = _POLL) -> None:
        self._events, self._poll = events, poll
        self._listeners = 0

    def routes(self) -> list[Route]:
        return [Route("/events", self.listen)]

    async def listen(self, request: Request) -> Response:
        """Answer 400 for a condition or a place that is none, 503 when too many listen already."""
        if self._listeners >= LISTENERS:
            said = f"{LISTENERS} programs listen already; Kafka has the same events.\n"
            return PlainTextResponse(said, 503, {"retry-after": "60"})
        where = request.query_params.get("where", "")
        try:
            condition = Where(where, "where") if where else None
        except BadInput as error:
            return PlainTextResponse(f"{error}\n", 400)
        known, since = request.headers.get("last-event-id", ""), request.query_params.get("since", "")
        match = _ID.fullmatch(known)
        if known and not match:
            return PlainTextResponse(f"Last-Event-ID {known[:40]!r}: it is that of a message, such as 812-3\n", 400)
        try:
            start = start_of(since, "since")
        except BadInput as error:
            return PlainTextResponse(f"{error}\n", 400)
        after = (int(match[1]), int(match[2])) if match else (0, 0) if start else None
        first = start if isinstance(start, datetime) else BEGINNING
        return EventSourceResponse(self._messages(after, condition, first), ping=20)

    async def _messages(
        self, after: Cursor | None, where: Where | None, first: datetime
    ) -> AsyncIterator[ServerSentEvent]:
        self._listeners += 1
        try:
            yield ServerSentEvent(comment="listening", retry=3000)
            while True:
                try:
                    if after is None:
                        after = (await run_in_threadpool(self._events.position), _LAST)
                    page = await run_in_threadpool(self._events.read, after, _PAGE, published_only=True)
                except BellwetherError as error:
                    log.warning("events over HTTP: %s", error)
                    page = []
                for place, event in page:
                    after = place
                    if event.at >= first and (where is None or _holds(where, event)):
                        yield _message(place, event)
                if len(page) < _PAGE:
                    await asyncio.sleep(self._poll)
        finally:
            self._listeners -= 1


def _holds(where: Where, event: SignalEvent) -> bool:
    try:
        return where.holds(event)
    except BadInput as error:
        log.warning("events over HTTP: %s", error)
        return False


def _message(place: Cursor, event: SignalEvent) -> ServerSentEvent:
    data = msgspec.json.encode(event).decode()
    return ServerSentEvent(data=data, event=event.kind, id=f"{place[0]}-{place[1]}", sep="\n")
