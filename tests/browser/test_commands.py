"""An analyst signs in, gives commands and undoes them: what changed, who did it and why is there to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ANALYST_TOKEN
from tests.browser.demo_site import DemoSite
from tests.browser.visitors import Visitors

Known = Mapping[str, str]
BY = "Ada <b>Analyst</b>"
WHY = "“shorter” & clearer <script>"


@pytest.fixture
def signal(demo: DemoSite, known: Known) -> Iterator[dict[str, Any]]:
    """A published signal that no other test looks at; afterwards it has its title again."""
    found: dict[str, Any] = demo.ask("/signals.json")["signals"][-2]
    assert found["signal_id"] != known["signal"]
    yield found
    assert demo.ask(f"/signals/{found['signal_id']}.json")["title"] == found["title"]


def sign_in(page: Page, signal_id: str) -> None:
    """Go from the signal's page to the way in, and come back signed in."""
    page.goto(f"/signals/{signal_id}")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Your name").fill(BY)
    page.get_by_label("Token").fill(ANALYST_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/signals/{signal_id}")


def rename(page: Page, title: str) -> None:
    """Fill in and send the form that renames."""
    page.locator("#analyst ~ details > summary").first.click()
    form = page.locator("form[action$='/rename']")
    form.get_by_label("Title").fill(title)
    form.get_by_label("Why").fill(WHY)
    form.get_by_role("button").click()
    page.wait_for_url("**did=**")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_command_and_its_undo(visitors: Visitors, demo: DemoSite, signal: dict[str, Any], script: bool) -> None:
    page = visitors.page(script=script)
    sign_in(page, signal["signal_id"])
    assert page.locator("h1").inner_text() == signal["title"]
    rename(page, "A title by hand")
    assert page.locator("h1").inner_text() == "A title by hand"
    banner = page.locator("#did")
    assert banner.is_visible()
    assert "applied" in banner.inner_text()
    assert WHY in banner.inner_text()
    event = page.locator(".history > li").first.inner_text()
    assert "renamed" in event
    assert f"by {BY}" in event
    assert WHY in event
    banner.get_by_role("button", name="Undo").click()
    expect(page.locator("h1")).to_have_text(signal["title"])
    assert "undone" in page.locator(".history > li").first.inner_text()
    page.goto("/commands")
    told = page.locator(".commands > li").nth(1).inner_text()
    assert "A title by hand" in told
    assert "applied, and undone" in told
    assert BY in told
    said = demo.ask(f"/signals/{signal['signal_id']}.json")["events"]
    assert [one["kind"] for one in said[-2:]] == ["renamed", "undone"]


def test_a_rejected_quote_counts_again_when_that_is_undone(
    visitors: Visitors, demo: DemoSite, signal: dict[str, Any]
) -> None:
    here = f"/signals/{signal['signal_id']}"
    before = demo.ask(f"{here}.json")
    page = visitors.page()
    sign_in(page, signal["signal_id"])
    source = page.locator("article.source figure", has=page.locator("summary", has_text="Reject this quote")).first
    quote = " ".join(source.locator("q.verbatim").inner_text().split())
    source.locator("summary", has_text="Reject this quote").click()
    source.get_by_label("Why").fill(WHY)
    source.get_by_role("button", name="Reject").click()
    page.wait_for_url("**did=**")
    page.locator("#rejected ~ details > summary").click()
    assert quote.strip("“”") in page.locator("#rejected ~ details").inner_text()
    assert len(demo.ask(f"{here}.json")["evidence"]) == len(before["evidence"]) - 1
    page.locator("#did").get_by_role("button", name="Undo").click()
    expect(page.locator(".history > li").first).to_contain_text("undone")
    after = demo.ask(f"{here}.json")
    assert len(after["evidence"]) == len(before["evidence"])
    assert f"{after['strength']:.1f}" == f"{before['strength']:.1f}"


def test_an_open_page_follows_a_command(visitors: Visitors, signal: dict[str, Any]) -> None:
    reader, analyst = visitors.page(), visitors.page()
    with reader.expect_response("**/live*"):
        reader.goto(f"/signals/{signal['signal_id']}")
    sign_in(analyst, signal["signal_id"])
    rename(analyst, "Seen elsewhere at once")
    expect(reader.locator("h1")).to_have_text("Seen elsewhere at once", timeout=30_000)
    analyst.locator("#did").get_by_role("button", name="Undo").click()
    expect(reader.locator("h1")).to_have_text(signal["title"], timeout=30_000)
