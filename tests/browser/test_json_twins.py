"""What a page says, its JSON twin says: every page has one, and the numbers are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page

from tests.browser.demo_site import DemoSite
from tests.browser.page_table import PAGES, PageCase
from tests.browser.visitors import Visitors

Known = Mapping[str, str]


def twin(page: Page, demo: DemoSite) -> Any:
    """Return the JSON that a page names as another form of itself."""
    return demo.ask(str(page.locator("link[rel=alternate][type='application/json']").get_attribute("href")))


def texts(page: Page, selector: str) -> list[str]:
    """Return the words of all that fit, white space folded."""
    return [" ".join(text.split()) for text in page.locator(selector).all_inner_texts()]


@pytest.mark.parametrize("case", [case for case in PAGES if case.json], ids=lambda case: case.path)
def test_every_page_has_a_twin(visitors: Visitors, demo: DemoSite, known: Known, case: PageCase) -> None:
    page = visitors.page()
    page.goto(case.filled(known).path)
    said = twin(page, demo)
    assert isinstance(said, dict)
    assert said
    shown = page.locator("footer a", has_text="JSON").get_attribute("href")
    assert httpx2.get(demo.url + str(shown)).json().keys() == said.keys()


@pytest.mark.parametrize("query", ["", "?min=3", "?q=china", "?q=nobody-says-this"])
def test_the_list(visitors: Visitors, demo: DemoSite, query: str) -> None:
    page = visitors.page()
    page.goto("/signals" + query)
    said = demo.ask("/signals.json" + query)["signals"]
    assert texts(page, ".signals .gauge b") == [f"{row['strength']:.1f}" for row in said]
    assert texts(page, ".signals h2 a") == [" ".join(row["title"].split()) for row in said]
    for line, row in zip(texts(page, ".signals .counts:first-of-type"), said, strict=False):
        assert f"{row['articles']} article" in line


def test_a_signal(visitors: Visitors, demo: DemoSite, known: Known) -> None:
    page = visitors.page()
    page.goto(f"/signals/{known['signal']}")
    said = demo.ask(f"/signals/{known['signal']}.json")
    assert texts(page, ".vital .str") == [f"str {said['strength']:.1f}"]
    assert f"extracted {said['times_extracted']}×" in page.locator(".vital").inner_text()
    articles = {row["article_id"] for row in said["evidence"]}
    assert texts(page, "#sources") == [f"Source articles ({len(articles)})"]
    assert page.locator("article.source").count() == len(articles)
    quotes = {" ".join(row["quote"].split()) for row in said["evidence"]}
    shown = {text.strip() for text in page.locator("article.source q.verbatim").all_text_contents()}
    assert {" ".join(text.split()) for text in shown} == quotes
    steps = [f"{row['strength_before']:.1f} → {row['strength_after']:.1f}" for row in reversed(said["events"])]
    assert texts(page, ".history .steps") == steps
    actors = page.locator(".actors li").all_text_contents()
    assert {" ".join(one.split()) for one in actors} <= {f"{name} {n}" for name, n in said["actors"].items()}


def test_why_adds_up(visitors: Visitors, demo: DemoSite, known: Known) -> None:
    page = visitors.page()
    page.goto(f"/signals/{known['signal']}")
    page.locator("details.why summary").click()
    components = demo.ask(f"/signals/{known['signal']}.json")["components"]
    families = {
        cells[0]: cells[1]
        for row in page.locator(".why tbody tr").all()
        if (cells := row.locator("th, td").all_inner_texts())
    }
    assert families == {name: f"{voice:.2f}" for name, voice in components["supports"].items()}


def test_the_feeds(visitors: Visitors, demo: DemoSite) -> None:
    page = visitors.page()
    page.goto("/feeds")
    said = demo.ask("/feeds.json")["feeds"]
    assert texts(page, ".feeds h2") == [f"{row['title']} {'OK' if row['ok'] else 'FAILING'}" for row in said]
    for line, row in zip(texts(page, ".feeds .counts"), said, strict=True):
        assert line.startswith(f"{row['articles']} article")


def test_a_brief(visitors: Visitors, demo: DemoSite, known: Known) -> None:
    page = visitors.page()
    page.goto(f"/briefs/{known['told']}")
    items = demo.ask(f"/briefs/{known['told']}.json")["brief"]["body"]["items"]
    assert texts(page, ".item h2 a") == [item["title"] for item in items]
    moves = [f"{item['strength_before']:.1f} → {item['strength_after']:.1f}" for item in items]
    assert texts(page, ".item .move strong") == moves


def test_the_archive(visitors: Visitors, demo: DemoSite) -> None:
    page = visitors.page()
    page.goto("/briefs")
    said = demo.ask("/briefs.json")["briefs"]
    dates = page.locator(".archive time").evaluate_all("all => all.map(one => one.dateTime)")
    assert dates == [row["date"] for row in said]
    assert len(dates) == 42
