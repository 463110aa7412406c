"""Every page in light and dark, on a desk and on a phone, by keyboard and without script."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page

from tests.browser.accessible import (
    assert_accessible,
    assert_no_sideways_scrolling,
    assert_structured,
    assert_times_are_told,
)
from tests.browser.page_table import PAGES, PageCase
from tests.browser.visitors import PHONE, Visitors

Known = Mapping[str, str]
every_page = pytest.mark.parametrize("case", PAGES, ids=lambda case: case.path)


def opened(page: Page, visitors: Visitors, case: PageCase) -> Page:
    """Open the page of the case and check that it is the one."""
    if case.status != 200:
        visitors.watch.missing.add(visitors.origin + case.path)
    answer = page.goto(case.path)
    assert answer is not None
    assert answer.status == case.status
    assert page.locator("h1").inner_text().startswith(case.heading)
    assert "· ·" not in page.locator("body").inner_text(), "nothing stands between two dots"
    return page


@every_page
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_readable_on_desk_and_phone(visitors: Visitors, known: Known, case: PageCase, dark: bool) -> None:
    page = opened(visitors.page(dark=dark), visitors, case.filled(known))
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(paper[:3]) < 3 * 64) == dark, f"the paper is {paper}"
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert_structured(page)
    assert_times_are_told(page)
    assert_accessible(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert_no_sideways_scrolling(page)
    assert_accessible(page)


@every_page
def test_the_keyboard_reaches_everything(visitors: Visitors, known: Known, case: PageCase) -> None:
    page = opened(visitors.page(), visitors, case.filled(known))
    page.keyboard.press("Tab")
    assert focused(page)["href"] == "#content", "the first stop skips to the content"
    assert page.evaluate("() => document.activeElement.getBoundingClientRect().left >= 0"), "it shows itself"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("() => !document.activeElement.closest('header')")
    assert inside, "after the skip comes the content, not the navigation"
    page.goto(page.url.split("#")[0])
    page.keyboard.press("Tab")
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stop = focused(page)
        if stop["tag"] == "BODY":
            break
        assert stop["outlined"], f"{stop} does not show that it has the focus"
        stops.append(stop["href"])
    links = page.locator("header nav a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert is_within(links, stops), f"navigation {links}, stops {stops}"


def is_within(wanted: list[str], found: list[str]) -> bool:
    """Say whether `wanted` stands in `found` without anything between."""
    return any(found[at : at + len(wanted)] == wanted for at in range(len(found)))


def focused(page: Page) -> dict[str, str]:
    """Return what has the focus: its tag, its address and whether it is outlined."""
    found: dict[str, str] = page.evaluate(
        """() => { const one = document.activeElement, style = getComputedStyle(one);
        return {tag: one.tagName, href: one.getAttribute('href'),
                outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0}; }"""
    )
    return found


@every_page
def test_it_works_without_script(visitors: Visitors, known: Known, case: PageCase) -> None:
    page = opened(visitors.page(script=False, size=PHONE), visitors, case.filled(known))
    for details in page.locator("details").all():
        if details.get_attribute("open") is None:
            details.locator("summary").first.click()
        assert details.get_attribute("open") is not None
        assert details.locator(":scope > :not(summary)").first.is_visible()
    for form in page.locator("form").all():
        assert form.locator("button, input[type=submit]").count() >= 1, "a form needs a button without script"
    assert_no_sideways_scrolling(page)
