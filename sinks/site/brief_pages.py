"""`/`, `/briefs` and `/briefs/{date}`: the brief of today or of a day, and the archive."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.events import Brief
from sinks.brief.atom import MEDIA_TYPE, atom
from sinks.brief.items import decode_body
from sinks.site.ports import Sources
from sinks.site.rendering import Pages, json_answer

_ARCHIVE = 366


class BriefPages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def routes(self) -> list[Route]:
        return [
            Route("/", self.today),
            Route("/brief.json", self.today_json),
            Route("/briefs.atom", self.feed),
            Route("/briefs", self.archive),
            Route("/briefs.json", self.archive_json),
            Route("/briefs/{date}.json", self.dated_json),
            Route("/briefs/{date}", self.dated),
        ]

    def today(self, request: Request) -> Response:
        brief = self._sources.briefs.latest()
        if brief is None:
            return self._pages.answer("no_brief.html", now=self._sources.now(), json="/brief.json")
        return self._page(brief, "/brief.json")

    def today_json(self, request: Request) -> Response:
        return json_answer({"brief": _content(self._sources.briefs.latest())})

    def dated(self, request: Request) -> Response:
        brief = self._found(request)
        return self._page(brief, f"/briefs/{brief.date}.json")

    def dated_json(self, request: Request) -> Response:
        return json_answer({"brief": _content(self._found(request))})

    def archive(self, request: Request) -> Response:
        briefs = self._sources.briefs.list(_ARCHIVE)
        return self._pages.answer("archive.html", briefs=briefs, now=self._sources.now(), json="/briefs.json")

    def feed(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        briefs = self._sources.briefs.list(_ARCHIVE)
        return Response(atom(briefs, base, self._sources.now()), headers={"Content-Type": MEDIA_TYPE})

    def archive_json(self, request: Request) -> Response:
        fields = ("date", "headline", "worth_saying", "composed_at")
        briefs = self._sources.briefs.list(_ARCHIVE)
        return json_answer({"briefs": [{name: getattr(b, name) for name in fields} for b in briefs]})

    def _found(self, request: Request) -> Brief:
        date = request.path_params["date"]
        if (brief := self._sources.briefs.get(date)) is None:
            raise HTTPException(404, f"There is no brief of {date}.")
        return brief

    def _page(self, brief: Brief, json: str) -> Response:
        return self._pages.answer(
            "brief.html",
            brief=brief,
            body=decode_body(brief.body),
            earlier=self._sources.briefs.latest(brief.date),
            now=self._sources.now(),
            json=json,
        )


def _content(brief: Brief | None) -> dict[str, Any] | None:
    """Return a brief without its renderings, its body unpacked."""
    if brief is None:
        return None
    names = ("brief_id", "date", "composed_at", "since", "worth_saying", "reasons", "headline")
    return {name: getattr(brief, name) for name in names} | {"body": decode_body(brief.body)}
