"""An article is published in the newsroom, and pages that lie open follow without being loaded again."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import expect

from infra.demo.articles import load_library
from tests.browser.demo_site import DemoSite
from tests.browser.visitors import Visitors

Known = Mapping[str, str]


def test_open_pages_follow(visitors: Visitors, demo: DemoSite, known: Known) -> None:
    sample = next(one for one in load_library().samples if one.key == "strengthens")
    signal, listed = visitors.page(), visitors.page()
    for page, path in ((signal, f"/signals/{known['signal']}"), (listed, "/signals")):
        with page.expect_response("**/live*"):
            page.goto(path)
    signal.locator("details.why summary").click()
    before = signal.locator(".vital .str").inner_text()
    articles = signal.locator("article.source").count()
    loaded = len(visitors.watch.navigations)
    for page in (signal, listed):
        page.evaluate("() => { window.__kept = true; }")
    demo.publish(sample.publisher, sample.title, sample.body)
    expect(signal.locator(".news")).to_contain_text("Updated: ", timeout=60_000)
    expect(signal.locator("article.source")).to_have_count(articles + 1)
    after = signal.locator(".vital .str").inner_text()
    assert float(after.split()[1]) > float(before.split()[1])
    assert sample.title in signal.locator("article.source").first.inner_text()
    assert signal.locator("details.why").evaluate("one => one.open"), "what was open stays open"
    expect(listed.locator(f"#s-{known['signal']} .gauge b")).to_have_text(after.split()[1], timeout=60_000)
    for page in (signal, listed):
        assert page.evaluate("() => window.__kept"), "the page was not loaded again"
    assert len(visitors.watch.navigations) == loaded
    told = demo.ask(f"/signals/{known['signal']}.json")
    assert f"{told['strength']:.1f}" == after.split()[1]
