"""The watch sees what it is for: a page that does everything wrong is reported for all of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.http_server import HttpServer
from tests.browser.accessible import (
    assert_accessible,
    assert_no_sideways_scrolling,
    assert_structured,
    assert_times_are_told,
)
from tests.browser.visitors import Visitors

BAD = """<!DOCTYPE html><html><title>bad</title><script>
console.error('broken'); alert('hello'); __pwned('1'); setTimeout(() => { throw new Error('thrown') });
fetch('https://elsewhere.example/x').catch(() => 0);
</script><h2>jumps in</h2><p style="color: #eee; background: #fff">pale</p><time>at 12:30</time>
<div style="width: 3000px">wide</div>"""


def bad(request: Request) -> Response:
    policy = "default-src 'self' https:; script-src 'unsafe-inline'; style-src 'none'"
    strict = {"Content-Security-Policy": policy} if request.url.path == "/policy" else {}
    return HTMLResponse(BAD, headers=strict)


def test_every_fault_is_seen(browser: Browser) -> None:
    server = HttpServer(Starlette(routes=[Route("/", bad), Route("/policy", bad)]))
    server.start()
    try:
        visitors = Visitors(browser, server.url)
        page = visitors.page()
        page.goto("/")
        for check in (assert_accessible, assert_structured, assert_times_are_told, assert_no_sideways_scrolling):
            with pytest.raises(AssertionError):
                check(page)
        page.goto("/policy")
        visitors.leave()
    finally:
        server.stop()
    watch = visitors.watch
    assert any("broken" in one for one in watch.console)
    assert any("thrown" in one for one in watch.errors)
    assert any("style-src" in one for one in watch.policy)
    assert watch.pwned[0] == "1"
    assert watch.dialogs[0] == "alert: hello"
    assert watch.strays[0] == "fetch https://elsewhere.example/x"
    with pytest.raises(AssertionError, match="elsewhere"):
        watch.assert_quiet()
