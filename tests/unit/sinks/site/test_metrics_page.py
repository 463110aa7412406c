"""/metrics of the pages: behind their guards, or behind a token of its own."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from sinks.site.access import Access
from sinks.site.app import build_site
from tests.unit.sinks.site.fakes import client, sources_of

PASSWORD, TOKEN = "open sesame", "scrape-me-if-you-can"


def site(base_url: str = "http://testserver", **access: Any) -> TestClient:
    given = sources_of(metrics=lambda accept: (f"asked {accept or 'nothing'}\n".encode(), "text/plain; version=0.0.4"))
    return TestClient(build_site(given, access=Access(**access)), base_url, raise_server_exceptions=False)


def test_open_like_the_pages() -> None:
    answer = site().get("/metrics", headers={"Accept": "text/plain"})
    assert (answer.status_code, answer.text) == (200, "asked text/plain\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client().get("/metrics").status_code == 404, "a site without metrics has no such page"


def test_the_host_check_holds() -> None:
    assert site(hosts=frozenset({"localhost"})).get("/metrics").status_code == 421
    assert site("http://localhost", hosts=frozenset({"localhost"})).get("/metrics").status_code == 200


def test_the_password_holds_when_there_is_no_token() -> None:
    asked = site(password=PASSWORD)
    assert asked.get("/metrics").status_code == 401
    assert asked.get("/metrics", auth=("anybody", PASSWORD)).status_code == 200


def test_with_a_token_it_is_the_token_and_for_metrics_alone() -> None:
    for asked in (site(metrics_token=TOKEN), site(metrics_token=TOKEN, password=PASSWORD)):
        assert asked.get("/metrics").status_code == 401
        assert asked.get("/metrics", auth=("anybody", PASSWORD)).status_code == 401
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert asked.get("/metrics", headers=bearer).status_code == 200
        assert asked.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 401
    assert site(metrics_token=TOKEN, password=PASSWORD).get("/signals", headers=bearer).status_code == 401
    assert site(metrics_token=TOKEN).get("/signals").status_code == 200
