"""`/signals` and `/signals/{id}`: the list with its filter, and everything about one signal."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sinks.site.ports import Row, Sources
from sinks.site.rendering import Pages, json_answer
from sinks.site.signal_list import read_filter, shown
from sinks.site.signal_view import MOST, ORIGINS, SHOWN, view


class SignalPages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def routes(self) -> list[Route]:
        return [
            Route("/signals", self.all),
            Route("/signals.json", self.all_json),
            Route("/signals/{signal_id}.json", self.one_json),
            Route("/signals/{signal_id}", self.one),
        ]

    def all(self, request: Request) -> Response:
        wanted = read_filter(request.query_params)
        now = self._sources.now()
        rows = self._sources.reader.signals(at=now)
        return self._pages.answer(
            "signals.html",
            signals=shown(rows, wanted),
            total=len(rows),
            wanted=wanted,
            now=now,
            json="/signals.json",
        )

    def all_json(self, request: Request) -> Response:
        now = self._sources.now()
        found = shown(self._sources.reader.signals(at=now), read_filter(request.query_params))
        for row in found:
            del row["sector_names"], row["geography_names"]
        return json_answer({"as_of": now, "signals": found})

    def one(self, request: Request) -> Response:
        now = self._sources.now()
        row = self._found(request, now)
        here = f"/signals/{quote(row['signal_id'], safe='')}"
        if row["signal_id"] != request.path_params["signal_id"]:
            return RedirectResponse(here, status_code=302)  # merged; not for ever, a merge can be undone
        return self._pages.answer(
            "signal.html",
            view=view(row),
            most=MOST,
            origins=ORIGINS,
            now=now,
            json=f"{here}.json",
        )

    def one_json(self, request: Request) -> Response:
        now = self._sources.now()
        row = self._found(request, now)
        evidence = row.pop("evidence")
        content: dict[str, Any] = {
            "as_of": now,
            "strength_now": row["strength"],
            "components": {**row.pop("why"), "strength": row["strength"]},
            "evidence": [one for one in evidence if one["status"] in SHOWN],
            "not_counted": [one for one in evidence if one["status"] not in SHOWN],
        }
        return json_answer(row | content)

    def _found(self, request: Request, now: datetime) -> Row:
        signal_id = request.path_params["signal_id"]
        if (row := self._sources.reader.signal(signal_id, now)) is None:
            raise HTTPException(404, f"There is no signal {signal_id}.")
        return row
