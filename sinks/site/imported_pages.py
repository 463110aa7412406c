"""`/imported` and `/signals/im-…`: what saved pages of an older system state, beside what is computed here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinks.site.imported_view import FATES, stretches, view
from sinks.site.ports import Row, Sources
from sinks.site.rendering import Pages, json_answer


class ImportedPages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool. Their routes come before those of
    signals, whose ids they would be."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def routes(self) -> list[Route]:
        return [
            Route("/imported", self.all),
            Route("/imported.json", self.all_json),
            Route("/signals/im-{number}.json", self.one_json),
            Route("/signals/im-{number}", self.one),
        ]

    def all(self, request: Request) -> Response:
        now = self._sources.now()
        return self._pages.answer("imported_list.html", rows=self._all(now), json="/imported.json", **_as_of(now))

    def all_json(self, request: Request) -> Response:
        now = self._sources.now()
        return json_answer({"as_of": now, "imported": self._all(now)})

    def one(self, request: Request) -> Response:
        row = self._found(request)
        return self._pages.answer(
            "imported.html",
            view=view(row),
            fates=FATES,
            stretches=stretches,
            json=f"/signals/{row['import_id']}.json",
            **_as_of(row["as_of"]),
        )

    def one_json(self, request: Request) -> Response:
        return json_answer(self._found(request))

    def _all(self, now: datetime) -> list[Row]:
        return self._sources.imported.all(now) if self._sources.imported is not None else []

    def _found(self, request: Request) -> Row:
        import_id = f"im-{request.path_params['number']}"
        reader = self._sources.imported
        if reader is None or (row := reader.one(import_id, self._sources.now())) is None:
            raise HTTPException(404, f"There is no imported page {import_id}.")
        return row


def _as_of(now: datetime) -> dict[str, Any]:
    """Pages are often imported before any article was read: then the ledger has no time yet."""
    return {"now": now} if now.timestamp() > 0 else {}
