"""`/commands`: what was asked of the ledger, by whom and why, and what became of it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinks.site.controls import ControlRoom, told
from sinks.site.ports import GivenCommands, Row, Sources
from sinks.site.rendering import Pages, json_answer

_MOST = 200


class CommandPages:
    """Endpoints. Everybody may read; who is signed in finds a button at what can be undone."""

    def __init__(self, sources: Sources, pages: Pages, given: GivenCommands, room: ControlRoom | None) -> None:
        self._sources, self._pages, self._given, self._room = sources, pages, given, room

    def routes(self) -> list[Route]:
        return [Route("/commands", self.all), Route("/commands.json", self.all_json)]

    def all(self, request: Request) -> Response:
        rows, signal_id = self._rows(request)
        answer = self._pages.answer(
            "commands.html",
            rows=[told(row) for row in rows],
            controls=self._room.of(request) if self._room is not None else None,
            signal_id=signal_id,
            most=_MOST,
            now=self._sources.now(),
            json="/commands.json",
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def all_json(self, request: Request) -> Response:
        return json_answer({"commands": self._rows(request)[0]})

    def _rows(self, request: Request) -> tuple[list[Row], str]:
        signal_id = request.query_params.get("signal", "")[:200]
        return self._given(signal_id=signal_id, limit=_MOST), signal_id
