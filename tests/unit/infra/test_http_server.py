"""Where a server says that it answers."""

from __future__ import annotations

import socket

import httpx2
import pytest

from infra.http_server import HttpServer
from schemas.errors import BadInput
from tests.unit.sinks.site.fakes import client


def test_the_address_of_a_server_on_ipv6_can_be_asked() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = HttpServer(client().app, "::1")
    server.start()
    try:
        assert server.url == f"http://[::1]:{server.port}"
        assert httpx2.get(f"{server.url}/healthz", trust_env=False).status_code == 200
        with pytest.raises(BadInput, match=rf"^\[::1\]:{server.port} cannot be listened on"):
            HttpServer(client().app, "::1", server.port)
    finally:
        server.stop()


def test_the_address_of_a_server_on_ipv4() -> None:
    server = HttpServer(client().app)
    server.start()
    server.stop()
    assert server.url == f"http://127.0.0.1:{server.port}"


def test_a_fault_of_an_application_is_logged_like_everything_else(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("told to fail")

    server = HttpServer(broken)
    server.start()
    try:
        assert httpx2.get(server.url, trust_env=False).status_code == 500
    finally:
        server.stop()
    assert any(record.name == "uvicorn.error" and record.exc_info for record in caplog.records)
