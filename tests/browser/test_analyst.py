"""An analyst in a real browser: signs in, renames, undoes, is refused; with and without script, for everyone's eyes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sinks.site.access import Access
from tests.analyst_browser import TOKEN
from tests.browser.accessible import assert_accessible, assert_no_sideways_scrolling, assert_structured
from tests.browser.visitors import DESKTOP, PHONE, Visitors
from tests.unit.sinks.site.fakes import FakeCommander, client

VisitApp = Callable[[Any], Visitors]


def site(commander: FakeCommander) -> Any:
    return client(commander=commander, access=Access(analyst_token=TOKEN)).app


def sign_in(page: Page, path: str = "/signals/g1") -> None:
    page.goto(path)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Your name").fill("Ada <script>window.__pwned('name')</script>")
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_command_and_its_undo(visit_app: VisitApp, script: bool) -> None:
    commander = FakeCommander()
    page = visit_app(site(commander)).page(script=script)
    sign_in(page)
    page.get_by_text("Commands, as Ada").click()
    title = page.get_by_label("Title", exact=True)
    title.fill("Gallium is short")
    page.get_by_role("button", name="Rename").click()
    told = page.get_by_role("status").filter(has_text="applied")
    expect(told).to_contain_text("renamed from “Gallium gets scarce” to “Gallium is short”")
    told.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="undone")).to_be_visible()
    assert [row["action"] for row in commander.given] == ["rename", "undo"]

    page.get_by_text("Reject this quote").first.click()
    page.get_by_role("button", name="Reject", exact=True).first.click()
    expect(page.get_by_role("status").filter(has_text="rejected")).to_be_visible()
    page.goto("/commands")
    assert page.get_by_role("button", name="Undo").count() == 2
    page.goto("/analyst")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_merge_chosen_by_words(visit_app: VisitApp) -> None:
    commander = FakeCommander(refuses="g2 is dismissed: restore it first")
    page = visit_app(site(commander)).page()
    sign_in(page)
    page.get_by_text("Commands, as Ada").click()
    page.get_by_label("Its title, id or address").fill("scarce")
    page.get_by_role("button", name="Merge").click()
    page.get_by_role("radio").check()
    assert_accessible(page)
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("status").filter(has_text="refused")).to_contain_text("restore it first")
    assert commander.given[0]["other_ids"] == ["g2"]


def test_a_form_of_another_origin_is_refused(visit_app: VisitApp) -> None:
    """The cookie and the word of the session are right, and still it counts where the form was."""
    commander = FakeCommander()
    visitors = visit_app(site(commander))
    page = visitors.page()
    sign_in(page)
    csrf = page.locator("input[name=csrf]").first.get_attribute("value")
    elsewhere = visitors.origin.replace("127.0.0.1", "localhost")
    answer = page.request.post(
        f"{visitors.origin}/signals/g1/rename",
        form={"csrf": str(csrf), "title": "Stolen"},
        headers={"Origin": elsewhere},
    )
    assert answer.status == 403
    assert commander.given == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_is_readable_on_desk_and_phone(visit_app: VisitApp, dark: bool) -> None:
    page = visit_app(site(FakeCommander())).page(dark=dark)
    page.goto("/analyst")
    assert_structured(page)
    assert_accessible(page)
    sign_in(page)
    page.get_by_text("Commands, as Ada").click()
    page.get_by_role("button", name="Keep it as it is").click()
    expect(page.get_by_role("status").filter(has_text="applied")).to_be_visible()
    for path in (page.url, "/commands", "/analyst"):
        page.goto(path)
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        for size in (DESKTOP, PHONE):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert_structured(page)
            assert_accessible(page)
            assert_no_sideways_scrolling(page)
