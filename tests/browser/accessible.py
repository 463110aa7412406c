"""What makes a page readable for everyone: judged by axe-core, and by the structure that axe does not look at."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_BLOCKING: Final = ("serious", "critical")
_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}")
_CLOCK_IN_A_ZONE: Final = re.compile(
    r"\d{1,2}:\d{2}(:\d{2})?\s*([ap]m\s*)?([A-Z]{2,5}\b|GMT|UTC|[+-]\d{2}:?\d{2})", re.I
)
_MACHINE_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?")


def violations(page: Page, *, rules: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return what axe finds on the page as it is shown now; with `rules` only by these."""
    if not page.evaluate("() => typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found: list[dict[str, Any]] = page.evaluate("async given => (await axe.run(document, given)).violations", options)
    return found


def assert_accessible(page: Page) -> None:
    """Fail on a serious or critical violation, with its rule, where it is and what would repair it."""
    grave = [one for one in violations(page) if one["impact"] in _BLOCKING]
    assert not grave, page.url + "\n" + "\n".join(_told(one) for one in grave)


def _told(violation: dict[str, Any]) -> str:
    nodes = [f"  {node['target']}: {node['failureSummary']}" for node in violation["nodes"][:5]]
    return "\n".join([f"{violation['id']} ({violation['impact']}), {len(violation['nodes'])} places:", *nodes])


def assert_structured(page: Page) -> None:
    """Fail without a language, without exactly one h1, when a heading skips a level, or when landmarks are missing."""
    assert page.locator("html").get_attribute("lang")
    levels: list[int] = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(one => +one.tagName[1])")
    assert levels.count(1) == 1, f"{page.url}: headings {levels}"
    assert levels[0] == 1, f"{page.url}: begins with a heading of level {levels[0]}"
    jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
    assert not jumps, f"{page.url}: headings jump {jumps}"
    for landmark in ("header", "nav", "main", "footer"):
        assert page.locator(f"body {landmark}").count() >= 1, f"{page.url}: no {landmark}"


def assert_times_are_told(page: Page) -> None:
    """Fail on a time that machines cannot read, and on a clock time that names no zone."""
    times = page.locator("time").evaluate_all("all => all.map(one => [one.getAttribute('datetime'), one.textContent])")
    for machine, text in times:
        assert machine is not None, f"{page.url}: <time>{text}</time> has no datetime"
        assert _MACHINE_DATE.fullmatch(machine), f"{page.url}: datetime={machine!r}"
        assert len(_CLOCK.findall(text)) == len(_CLOCK_IN_A_ZONE.findall(text)), f"{page.url}: {text!r} names no zone"


def assert_no_sideways_scrolling(page: Page) -> None:
    """Fail when the page is wider than its window, naming what sticks out."""
    wide: list[str] = page.evaluate(
        """() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll('*')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => `${one.tagName.toLowerCase()}.${one.className} “${one.textContent.slice(0, 60)}”`).slice(0, 8)
        .concat('scrollWidth ' + document.scrollingElement.scrollWidth)"""
    )
    assert not wide, f"{page.url}: {wide}"
