"""One browser and one demo for all browser tests. Without a Chromium they are skipped, in one line that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra.http_server import HttpServer
from tests.browser.chromium import REMEDY, find_chromium, is_required, launch
from tests.browser.demo_site import DemoSite
from tests.browser.known import known_of
from tests.browser.visitors import Visitors
from tests.saved_pages import LOCALE, ZONE, as_text, stated

HERE = Path(__file__).parent
ANALYST_TOKEN = "for the browser tests"
ALL_DAYS = ("--from", "2020-01-01", "--to", "2039-12-31")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them where there is no browser and none is required."""
    ours = [item for item in items if HERE in item.path.parents]
    missing = find_chromium() is None
    if ours and missing and is_required():
        raise pytest.UsageError(REMEDY)
    for item in ours:
        item.add_marker(pytest.mark.browser)
        if missing:
            item.add_marker(pytest.mark.skip(reason=REMEDY))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why browser tests were skipped; a quiet run would not."""
    if any(REMEDY in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(f"SKIPPED tests/browser: {REMEDY}", yellow=True)


# Not for the whole session: while Playwright runs, its event loop counts as running in this thread, and other tests
# could not start theirs.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The one Chromium of these tests."""
    executable = find_chromium()
    assert executable is not None, REMEDY
    with sync_playwright() as playwright:
        started = launch(playwright, executable)
        yield started
        started.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoSite]:
    """The demo after its six weeks, with an imported page; its pages, newsroom and stream still run."""
    token = {"BELLWETHER_SITE__ANALYST_TOKEN": ANALYST_TOKEN}
    with DemoSite(tmp_path_factory.mktemp("demo"), environment=token) as opened:
        page = opened.folder / "kestrel.txt"
        page.write_text(as_text(stated()), "utf-8")
        opened.run("import-page", str(page), "--locale", LOCALE, "--zone", ZONE)
        opened.run("replay", *ALL_DAYS, "--stage", "extractions", "--name", "strict", "--set", "policy.join_at=0.8")
        yield opened


@pytest.fixture(scope="package")
def known(demo: DemoSite) -> dict[str, str]:
    """What addresses and headings of the page table name in braces, taken from the demo."""
    return known_of(demo)


@pytest.fixture
def visitors(browser: Browser, demo: DemoSite) -> Iterator[Visitors]:
    """Visitors of the demo's site; at the end nothing may have happened that no page of ours does."""
    yield from _watched(Visitors(browser, demo.url))


@pytest.fixture
def visit_app(browser: Browser) -> Iterator[Callable[[Any], Visitors]]:
    """Serve an app made of fakes and return its visitors, watched like the demo's."""
    opened: list[tuple[HttpServer, Visitors]] = []

    def serve(app: Any) -> Visitors:
        server = HttpServer(app)
        server.start()
        opened.append((server, Visitors(browser, server.url)))
        return opened[-1][1]

    yield serve
    try:
        for _, found in opened:
            found.leave()
            found.watch.assert_quiet()
    finally:
        for server, _ in opened:
            server.stop()


def _watched(found: Visitors) -> Iterator[Visitors]:
    yield found
    found.leave()
    found.watch.assert_quiet()
