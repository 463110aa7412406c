"""What is folded open on a page that follows live: each fold stays itself, and no form is taken from under a hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from playwright.sync_api import Page, expect

from sinks.site.access import Access
from tests.analyst_browser import TOKEN
from tests.browser.visitors import Visitors
from tests.builders import event, evidence_row
from tests.unit.sinks.site.fakes import FakeCommander, FakeReader, client
from tests.unit.sinks.site.test_live import told

Visit = Callable[[Any], Visitors]
QUOTE = "article.source .quote"


def happen(reader: FakeReader) -> None:
    """Let a new article, which stands first, and a revision come to the signal, and tell of it."""
    row, reader.last = reader.rows["g1"], reader.last + 1
    new = asdict(evidence_row(50 + reader.last, article_title="The newest")) | {"status": "accepted"}
    row["evidence"] = [new, *row["evidence"]]
    row["events"] = [*row["events"], revised(reader.last)]
    reader.told = [*reader.told, told(reader.last, signal_id="g1", title="Gallium gets scarce")]


def revised(seq: int) -> dict[str, Any]:
    """An event that keeps its analysis folded away."""
    return asdict(event(1, seq, kind="revised")) | {"analysis": f"Analysis {seq}."}


def open_page(visitors: Visitors, path: str = "/signals/g1") -> Page:
    page = visitors.page()
    with page.expect_response("**/live*"):
        page.goto(path)
    page.wait_for_timeout(300)  # until the stream is heard
    return page


def test_a_fold_stays_itself_when_others_come_before_it(visit_app: Visit) -> None:
    reader = FakeReader()
    reader.rows["g1"]["events"].append(revised(3))
    page = open_page(visit_app(client(reader).app))
    page.locator(".history summary").click()
    happen(reader)
    expect(page.locator(".history summary")).to_have_count(2)
    open_now = page.locator("details").evaluate_all("all => all.filter(one => one.open).map(one => one.innerText)")
    assert len(open_now) == 1
    assert "Analysis 3." in open_now[0]


def test_an_open_form_is_not_taken_away_nor_given_to_another_quote(visit_app: Visit) -> None:
    reader = FakeReader()
    visitors = visit_app(client(reader, commander=FakeCommander(), access=Access(analyst_token=TOKEN)).app)
    page = visitors.page()
    page.goto("/analyst?back=/signals/g1")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Token").fill(TOKEN)
    with page.expect_response("**/live*"):
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_timeout(300)
    before = page.locator(QUOTE).count()
    rejecting = page.locator("summary", has_text="Reject this quote").first
    meant = rejecting.locator("xpath=..").locator("[name=evidence]").get_attribute("value")
    rejecting.click()
    page.locator("h1").click()  # the focus is elsewhere
    happen(reader)
    page.wait_for_timeout(2500)
    assert page.locator(QUOTE).count() == before, "nothing was swapped while the form was open"
    forms = "details.analyst[open] [name=evidence]"
    assert [one.get_attribute("value") for one in page.locator(forms).all()] == [meant]
    rejecting.click()
    expect(page.locator(QUOTE)).to_have_count(before + 1)
    assert page.locator(forms).count() == 0
