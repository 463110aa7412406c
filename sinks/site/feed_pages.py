"""`/feeds`: the health of each feed; `/healthz`: whether the stream answers, and to readers its counts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from schemas.errors import BellwetherError
from sinks.site.guards import is_stranger
from sinks.site.ports import Row, Sources
from sinks.site.rendering import Pages, json_answer


class FeedPages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def routes(self) -> list[Route]:
        return [
            Route("/feeds", self.all),
            Route("/feeds.json", self.all_json),
            Route("/healthz", self.health),
            Route("/healthz.json", self.health),
        ]

    def all(self, request: Request) -> Response:
        feeds = self._feeds()
        broken = sum(not feed["ok"] for feed in feeds)
        return self._pages.answer("feeds.html", feeds=feeds, broken=broken, now=self._sources.now(), json="/feeds.json")

    def all_json(self, request: Request) -> Response:
        return json_answer({"feeds": self._feeds()})

    def health(self, request: Request) -> Response:
        """With a password set, whoever did not give it is told no more than whether all is well."""
        try:
            told, status = {"ok": True, "status": self._sources.status()}, 200
        except BellwetherError as error:
            told, status = {"ok": False, "error": str(error)}, 503
        return json_answer({"ok": told["ok"]} if is_stranger(request.scope) else told, status)

    def _feeds(self) -> list[Row]:
        """Failing feeds come first, then by title."""
        return sorted(self._sources.feeds(), key=lambda feed: (feed["ok"], feed["title"] or feed["url"]))
