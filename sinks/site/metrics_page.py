"""/metrics, for a Prometheus: text, with a bearer token of its own where there is one."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sinks.site.guards import Refuse, too_many
from sinks.site.tries import Tries

PATH: Final = "/metrics"
Exposition = Callable[[str], tuple[bytes, str]]  # the Accept header → all metrics, and their content type


class Scraper:
    """Knows whoever may scrape. `token` "": nobody needs one. Wrong ones are counted by address, and wait."""

    def __init__(self, token: str, tries: Tries | None = None) -> None:
        self._digest = _digest(token) if token else b""
        self._tries = tries or Tries()

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Say whether the token was given, and that there is one."""
        given = bearer_in(headers)
        return bool(self._digest) and given is not None and hmac.compare_digest(_digest(given), self._digest)

    def refusal(self, request: Request, refuse: Refuse) -> Response | None:
        """Return the answer to somebody without the token, None to whoever may go on."""
        if not self._digest:
            return None
        address = request.client.host if request.client else ""
        if bearer_in(request.headers) is not None and (wait := self._tries.wait(address)):
            return too_many(refuse, request, wait)
        if self.knows(request.headers):
            return None
        if bearer_in(request.headers) is not None:
            self._tries.failed(address)
        answer = refuse(request, 401, "A token is needed", "Give metrics.token as in: Authorization: Bearer …")
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Bellwether metrics"'
        return answer


class MetricsPage:
    """Answers with the metrics; what they are is the caller's business."""

    def __init__(self, exposition: Exposition, scraper: Scraper, refuse: Refuse) -> None:
        self._exposition, self._scraper, self._refuse = exposition, scraper, refuse

    def routes(self) -> list[Route]:
        """Return the one address."""
        return [Route(PATH, self._metrics)]

    def _metrics(self, request: Request) -> Response:  # in a thread: the figures may take their time
        refused = self._scraper.refusal(request, self._refuse)
        if refused is not None:
            return refused
        body, content_type = self._exposition(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def bearer_in(headers: Mapping[str, str]) -> str | None:
    """Return the bearer token (RFC 6750) of a request, None without one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
