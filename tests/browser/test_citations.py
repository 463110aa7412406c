"""A number in square brackets leads to the very quote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from playwright.sync_api import Page

from sinks.brief.compose import compose
from sinks.brief.items import ProseSentence
from sinks.brief.prose import Written
from tests.browser.visitors import PHONE, Visitors
from tests.builders import evidence_row, minutes
from tests.unit.sinks.brief.samples import Said, inputs, row
from tests.unit.sinks.site.fakes import FakeBriefs, FakeReader, client, signal_row

Visit = Callable[[Any], Visitors]


def assert_leads_to(page: Page, cite: Any, words: str) -> None:
    """Click the citation; fail unless the quote with these words is marked and in sight."""
    cite.click()
    target = page.locator(":target")
    assert target.count() == 1, page.url
    assert words in target.inner_text()
    box = target.bounding_box()
    window = page.viewport_size
    assert box is not None
    assert window is not None
    assert 0 <= box["y"] < window["height"] - 20, f"the quote is at {box['y']}"
    plain = page.locator("main").evaluate("one => getComputedStyle(one).backgroundColor")
    assert target.evaluate("one => getComputedStyle(one).backgroundColor") != plain, "the quote is not marked"


def test_on_the_page_of_a_signal(visit_app: Visit) -> None:
    evidence = [
        asdict(evidence_row(number, quote=f"Quote number {number}.", anchor="Quote")) for number in range(1, 31)
    ]
    cited = [evidence[0], evidence[14], evidence[29]]
    told = signal_row(1, evidence=evidence)
    told["sentences"] = [{"text": f"Claim {one['quote']}", "cites": [one["evidence_id"]]} for one in cited]
    page = visit_app(client(FakeReader({"g1": told})).app).page(size=PHONE)
    page.goto("/signals/g1")
    cites = page.locator("a.cite")
    for at, one in enumerate(cited):
        number = cites.nth(at).inner_text()
        assert_leads_to(page, cites.nth(at), one["quote"])
        assert number in page.locator(":target").inner_text(), "the quote bears the number of its citation"
    page.go_back()
    assert page.url.endswith(cites.nth(1).get_attribute("href") or "-")


def test_in_a_brief(visit_app: Visit) -> None:
    told = row()
    ids = [one["evidence_id"] for one in told["quotes"]]
    prose = Written("fake", {"g1": [ProseSentence("Both are said.", tuple(ids))]})
    made = compose(inputs(told), Said(), date="2026-04-16", composed_at=minutes(1440), prose=lambda items: prose)
    page = visit_app(client(briefs=FakeBriefs([made])).app).page(size=(390, 400))
    page.goto("/briefs/2026-04-16")
    cited = page.locator(".prose a.cite")
    assert cited.count() == 2
    for at, one in enumerate(told["quotes"]):
        assert_leads_to(page, cited.nth(at), one["quote"])
    for cite in page.locator("a.cite").all():  # of the lead and of what to watch, too
        assert_leads_to(page, cite, cite.inner_text())
