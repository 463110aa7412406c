"""The list of signals: filters, search, sorting and pages, by form, while typing, by address, and without script."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo_site import DemoSite
from tests.browser.visitors import Visitors

FACETS = {"kind": "kind", "lens": "lens", "sector": "sectors", "geography": "geographies"}


def titles(page: Page) -> list[str]:
    """Return the titles that the list shows, in its order."""
    return [" ".join(text.split()) for text in page.locator(".signals h2 a").all_inner_texts()]


def chosen_of(demo: DemoSite, facet: str) -> tuple[str, list[str]]:
    """Return a value of a facet that some signals have and others have not, and the titles of those that have it."""
    rows = demo.ask("/signals.json")["signals"]
    values = [[row[FACETS[facet]]] if facet in ("kind", "lens") else list(row[FACETS[facet]]) for row in rows]
    counts = Counter(value for found in values for value in found)
    value = next(one for one, count in counts.most_common() if count < len(rows))
    return value, [row["title"] for row, found in zip(rows, values, strict=True) if value in found]


@pytest.mark.parametrize("facet", FACETS)
def test_a_filter_applies_at_once(visitors: Visitors, demo: DemoSite, facet: str) -> None:
    value, wanted = chosen_of(demo, facet)
    page = visitors.page()
    page.goto("/signals")
    page.locator(f"select[name={facet}]").select_option(value)
    expect(page.locator("#count")).to_contain_text(f"{len(wanted)} of ")
    assert titles(page) == wanted
    assert parse_qs(urlsplit(page.url).query) == {facet: [value]}
    assert visitors.watch.navigations.count(f"{visitors.origin}/signals") == 1, "the page was not loaded again"
    page.reload()
    assert titles(page) == wanted, "the address is the filter"
    assert page.locator(f"select[name={facet}]").input_value() == value


def test_filters_work_without_script(visitors: Visitors, demo: DemoSite) -> None:
    value, wanted = chosen_of(demo, "kind")
    page = visitors.page(script=False)
    page.goto("/signals")
    page.locator("select[name=kind]").select_option(value)
    page.locator("form.filter button").click()
    page.wait_for_url(f"**kind={value}*")
    assert titles(page) == wanted
    page.get_by_role("link", name="show all").click()
    assert len(titles(page)) > len(wanted)


def test_the_search_answers_while_one_types(visitors: Visitors, demo: DemoSite) -> None:
    page = visitors.page()
    page.goto("/signals")
    page.keyboard.press("/")
    page.keyboard.type("export controls", delay=5)
    expect(page.locator("#count")).to_contain_text(" of ")
    wanted = [row["title"] for row in demo.ask("/signals.json?q=export+controls")["signals"]]
    assert wanted
    assert titles(page) == wanted
    box = page.locator("input[name=q]")
    assert box.input_value() == "export controls"
    assert box.evaluate("one => one === document.activeElement"), "the search keeps the focus"
    box.fill("nobody says this")
    expect(page.locator("main")).to_contain_text("No signal fits this filter.")


def test_strengths_and_sorting_by_address(visitors: Visitors, demo: DemoSite) -> None:
    rows = demo.ask("/signals.json")["signals"]
    page = visitors.page()
    page.goto("/signals?min=3&sort=title")
    wanted = sorted((row["title"] for row in rows if round(row["strength"], 1) >= 3), key=str.casefold)
    assert titles(page) == wanted
    assert page.locator("select[name=sort]").input_value() == "title"
    page.goto("/signals?sort=families")
    counts = {row["title"]: row["family_count"] for row in rows}
    shown = [counts[title] for title in titles(page)]
    assert shown == sorted(shown, reverse=True)
    page.goto(f"/signals?q={quote_plus(rows[0]['title'])}")
    assert rows[0]["title"] in titles(page)


def test_page_by_page(visitors: Visitors, demo: DemoSite) -> None:
    every = [row["title"] for row in demo.ask("/signals.json")["signals"]]
    page = visitors.page()
    page.goto("/signals?per=4")
    seen = titles(page)
    assert len(seen) == 4
    while page.locator("a[rel=next]").count():
        page.locator("a[rel=next]").click()
        page.wait_for_load_state()
        seen += titles(page)
    assert seen == every
    first = page.locator(".signals").evaluate("one => one.start")
    assert first == (len(every) - 1) // 4 * 4 + 1, "the numbering goes on"
