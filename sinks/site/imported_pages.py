"""`/imported` and `/signals/im-…`: what saved pages of an older system state, beside what is computed here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinks.site.imported_view import FATES, stretches, view
from sinks.site.ports import ImportedReader, Row, Sources
from sinks.site.rendering import Pages, json_answer


class ImportedPages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool. Their routes come before those of
    signals, whose ids they would be."""

    def __init__(self, reader: ImportedReader, sources: Sources, pages: Pages) -> None:
        self._reader, self._sources, self._pages = reader, sources, pages

    def routes(self) -> list[Route]:
        return [
            Route("/imported", self.all),
            Route("/imported.json", self.all_json),
            Route("/signals/im-{number}.json", self.one_json),
            Route("/signals/im-{number}", self.one),
        ]

    def all(self, request: Request) -> Response:
        now = self._sources.now()
        rows = self._reader.all(now)
        return self._pages.answer("imported_list.html", rows=rows, json="/imported.json", **_as_of(now))

    def all_json(self, request: Request) -> Response:
        now = self._sources.now()
        return json_answer({"as_of": now, "imported": self._reader.all(now)})

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

    def _found(self, request: Request) -> Row:
        import_id = f"im-{request.path_params['number']}"
        if (row := self._reader.one(import_id, self._sources.now())) is None:
            raise HTTPException(404, f"There is no imported page {import_id}.")
        return row


def _as_of(now: datetime) -> dict[str, Any]:
    """Pages are often imported before any article was read: then the ledger has no time yet."""
    return {"now": now} if now.timestamp() > 0 else {}
