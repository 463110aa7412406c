"""The metrics' own address, for processes without pages: a small server that nothing depends on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from infra.http_server import HttpServer
from infra.metrics.registry import METRICS, Metrics
from infra.metrics_settings import MetricsSettings
from schemas.errors import BadInput
from sinks.site.guards import HostGuard
from sinks.site.headers import SecurityHeaders
from sinks.site.metrics_page import MetricsPage, Scraper

log = logging.getLogger("bellwether.metrics")
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def metrics_app(settings: MetricsSettings, metrics: Metrics = METRICS) -> Starlette:
    """Return the application: /metrics and nothing else. On loopback it answers to loopback's names alone."""
    guards = [Middleware(SecurityHeaders)]
    if settings.on_loopback:
        own = f"[{settings.host}]" if ":" in settings.host else settings.host.lower()
        guards.append(Middleware(HostGuard, hosts=_OWN_NAMES | {own}, refuse=_refused))
    page = MetricsPage(metrics.exposition, Scraper(settings.token.get_secret_value()), _refused)
    return Starlette(routes=page.routes(), middleware=guards)


@contextmanager
def served_metrics(settings: MetricsSettings) -> Iterator[None]:
    """Serve at `metrics.port` if one is set. A port that is taken is logged: no role fails for want of its metrics."""
    server: HttpServer | None = None
    if settings.enabled and settings.port:
        try:
            server = HttpServer(metrics_app(settings), settings.host, settings.port)
            server.start()
        except (BadInput, OSError) as error:
            log.error("metrics.port: %s; this process has no metrics", error)
        else:
            log.info("metrics at %s/metrics", server.url)
            if not settings.on_loopback and not settings.token.get_secret_value():
                log.info(
                    "metrics.host: whoever reaches %s:%d reads the metrics; set metrics.token, or keep to 127.0.0.1",
                    settings.host, settings.port,
                )  # fmt: skip
    try:
        yield
    finally:
        if server is not None:
            server.stop()


def _refused(request: Request, status: int, title: str, words: str) -> Response:
    return PlainTextResponse(f"{title}: {words}\n", status)
