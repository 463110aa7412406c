"""`/live`: signal events as they come, for open pages (server-sent events, WHATWG HTML section 9.2).

One look at the store twice a second for all who listen, and none while nobody does. The id of a message is the commit
number and the place in it, "812-3": a browser that was away says where it was, and gets what it missed; a page that was
just loaded says with `since` which commit it shows.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import msgspec
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.errors import BellwetherError
from sinks.site.ports import Row, Sources

log = logging.getLogger("bellwether.site")
LISTENERS: Final = 200
_BACKLOG: Final = 500  # messages that a slow listener may be behind before it is let go
_POLL: Final = 0.5  # seconds
_BRIEF_EVERY: Final = 10  # looks
_ID: Final = re.compile(r"(\d{1,18})-(\d{1,10})")
_LAST: Final = 2**31 - 1  # behind every event of a commit
Cursor = tuple[int, int]
_FIELDS: Final = ("signal_id", "seq", "kind", "at", "title", "strength_before", "strength_after", "publisher", "by")


class Live:
    """The endpoint and its look-out."""

    def __init__(self, sources: Sources, poll: float = _POLL) -> None:
        self._sources, self._poll = sources, poll
        self._listeners: set[asyncio.Queue[ServerSentEvent | None]] = set()
        self._watch: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()  # one look-out, also for listeners who come together
        self._cursor: Cursor = (0, 0)

    def routes(self) -> list[Route]:
        return [Route("/live", self.listen)]

    async def listen(self, request: Request) -> Response:
        if len(self._listeners) >= LISTENERS:
            raise HTTPException(
                503, "Too many pages listen already; this one shows new things when it is loaded again."
            )
        shown = request.query_params.get("since", "")
        match = _ID.fullmatch(request.headers.get("last-event-id", "") or f"{shown}-{_LAST}")
        since = (int(match[1]), int(match[2])) if match else None
        return EventSourceResponse(self._messages(since), ping=20)

    async def _messages(self, since: Cursor | None) -> AsyncIterator[ServerSentEvent]:
        mine: asyncio.Queue[ServerSentEvent | None] = asyncio.Queue(_BACKLOG)
        try:
            async with self._starting:
                if self._watch is None or self._watch.done():
                    self._cursor = (await run_in_threadpool(self._sources.reader.position), _LAST)
                    self._watch = asyncio.create_task(self._look_out())
            upto = self._cursor
            self._listeners.add(mine)
            yield ServerSentEvent(comment="listening", retry=3000)
            if since is not None and since < upto:
                for row in await run_in_threadpool(self._events, since):
                    if (row["n"], row["i"]) <= upto:
                        yield _message(row)
            while (message := await mine.get()) is not None:
                yield message
        finally:
            self._listeners.discard(mine)

    async def _look_out(self) -> None:
        brief, looks = await self._brief(), 0
        while self._listeners:
            await asyncio.sleep(self._poll)
            looks += 1
            if looks % _BRIEF_EVERY == 0 and (newest := await self._brief()) != brief:
                brief = newest
                self._tell(ServerSentEvent(data="{}", event="brief"))
            try:
                position = await run_in_threadpool(self._sources.reader.position)
                if position <= self._cursor[0]:
                    continue
                rows = await run_in_threadpool(self._events, self._cursor)
            except BellwetherError as error:
                log.warning("live pages: %s", error)
                continue
            for row in rows:
                self._cursor = max(self._cursor, (row["n"], row["i"]))
                self._tell(_message(row))
            if len(rows) < _BACKLOG:  # most commits have nothing public
                self._cursor = max(self._cursor, (position, _LAST))

    async def _brief(self) -> tuple[str, datetime] | None:
        """Return which brief is the newest one, None without any or while the store does not answer."""
        try:
            found = await run_in_threadpool(self._sources.briefs.latest)
        except BellwetherError:
            return None
        return (found.date, found.composed_at) if found else None

    def _tell(self, message: ServerSentEvent) -> None:
        for listener in list(self._listeners):
            try:
                listener.put_nowait(message)
            except asyncio.QueueFull:  # it asks again with the last id that it saw
                self._listeners.discard(listener)
                listener.get_nowait()
                listener.put_nowait(None)

    def _events(self, after: Cursor) -> list[Row]:
        return self._sources.reader.events(after, limit=_BACKLOG, published_only=True)


def _message(row: Row) -> ServerSentEvent:
    content: dict[str, Any] = {name: row[name] for name in _FIELDS}
    return ServerSentEvent(
        data=msgspec.json.encode(content).decode(), event="signal", id=f"{row['n']}-{row['i']}", sep="\n"
    )
