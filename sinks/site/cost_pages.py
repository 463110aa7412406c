"""`/costs`: what the language model was asked, and what that cost."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinks.site.ports import Sources
from sinks.site.rendering import Pages, json_answer


class CostPages:
    """Endpoints. They block on the books, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def routes(self) -> list[Route]:
        return [Route("/costs", self.all), Route("/costs.json", self.all_json)]

    def all(self, request: Request) -> Response:
        return self._pages.answer(
            "costs.html", costs=self._sources.costs(), now=self._sources.now(), json="/costs.json"
        )

    def all_json(self, request: Request) -> Response:
        return json_answer(self._sources.costs())
