"""`/articles/{id}`: one article as it is stored, with its evidence where it stands."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinks.site.article_view import article_view
from sinks.site.ports import Row, Sources
from sinks.site.rendering import Pages, json_answer
from sinks.site.signal_view import ORIGINS


class ArticlePages:
    """Endpoints. They block on the store, so starlette runs them in its thread pool."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def routes(self) -> list[Route]:
        return [Route("/articles/{article_id}.json", self.one_json), Route("/articles/{article_id}", self.one)]

    def one(self, request: Request) -> Response:
        row = self._found(request)
        return self._pages.answer(
            "article.html",
            view=article_view(row),
            origins=ORIGINS,
            now=self._sources.now(),
            json=f"/articles/{quote(row['article_id'], safe='')}.json",
        )

    def one_json(self, request: Request) -> Response:
        return json_answer(self._found(request))

    def _found(self, request: Request) -> Row:
        article_id = request.path_params["article_id"]
        if (row := self._sources.reader.article(article_id)) is None:
            raise HTTPException(404, f"There is no article {article_id}.")
        return row
