"""What a visitor sees when a page cannot be shown: words, and never the inside of the program."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sinks.site.headers import HEADERS
from sinks.site.ports import Sources
from sinks.site.rendering import Pages, json_answer

log = logging.getLogger("bellwether.site")


class Failures:
    """Exception handlers of the app."""

    def __init__(self, sources: Sources, pages: Pages) -> None:
        self._sources, self._pages = sources, pages

    def not_found(self, request: Request, error: Exception) -> Response:
        """404 and the other refusals of HTTP; our own have a sentence in `detail`."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = error.detail if isinstance(error, HTTPException) else ""
        words = detail if detail.endswith(".") else "There is no such page."
        return self._answer(request, status, "Not found" if status == 404 else "Not possible", words)

    def store_failed(self, request: Request, error: Exception) -> Response:
        """The store does not answer for the moment."""
        log.warning("%s: %s", request.url.path, error)
        words = "The store does not answer for the moment. Please try again in a minute."
        return self._answer(request, 503, "One moment", words)

    def broken(self, request: Request, error: Exception) -> Response:
        """A fault of the program; starlette raises it again, so the server logs it."""
        return self._answer(request, 500, "Something went wrong", "This page has a fault. It has been logged.")

    def refused(self, request: Request, status: int, title: str, words: str) -> Response:
        """The answer to somebody who may not see anything here: the words alone, not even who reads these pages."""
        if request.url.path.endswith(".json"):
            return json_answer({"error": words}, status)
        return self._pages.answer("locked.html", status=status, title=title, words=words)

    def _answer(self, request: Request, status: int, title: str, words: str) -> Response:
        if request.url.path.endswith(".json"):
            response = json_answer({"error": words}, status)
        else:
            response = self._pages.answer("missing.html", status=status, title=title, words=words, json="")
        response.headers.update(HEADERS)  # the outermost handler lies outside the middleware
        return response
