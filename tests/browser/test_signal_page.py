"""The page of a signal and of an article: as of a past day, and from a quote to its place in the text."""

from __future__ import annotations

from collections.abc import Mapping

from sinks.site.charts import CHART
from tests.browser.demo_site import DemoSite
from tests.browser.visitors import Visitors

Known = Mapping[str, str]


def test_as_of_a_past_day(visitors: Visitors, demo: DemoSite, known: Known) -> None:
    here = f"/signals/{known['signal']}"
    then = demo.ask(f"{here}.json?as_of={known['day']}")
    page = visitors.page(script=False)
    page.goto(here)
    now = page.locator(".vital .str").inner_text()
    page.locator("input[name=as_of]").fill(known["day"])
    page.locator("form.asof button").click()
    page.wait_for_url(f"**as_of={known['day']}")
    assert page.locator(".vital .str").inner_text() == f"str {then['strength']:.1f}" != now
    assert page.locator(".history > li").count() == len(then["events"])
    assert page.locator("#stories + ul").inner_text().count("1 article of 1 publisher family") == 1
    end = str(page.locator(".chart .line").get_attribute("points")).split(",")[-1]
    assert abs(10 * (1 - float(end) / CHART[1]) - then["strength"]) < 0.1, "the curve ends at the strength of then"
    page.locator(".banner a").click()
    page.wait_for_url(f"**{here}")
    assert page.locator(".vital .str").inner_text() == now


def test_the_curve_has_a_dot_for_each_event(visitors: Visitors, demo: DemoSite, known: Known) -> None:
    page = visitors.page()
    page.goto(f"/signals/{known['signal']}")
    said = demo.ask(f"/signals/{known['signal']}.json")
    dots = page.locator(".chart circle title").all_text_contents()
    assert len(dots) == len(said["events"])
    drawn = page.locator(".chart svg").bounding_box()
    assert drawn is not None
    assert drawn["width"] > 300
    end = str(page.locator(".chart .line").get_attribute("points")).split(",")[-1]
    assert abs(10 * (1 - float(end) / CHART[1]) - said["strength"]) < 0.1, "the curve ends at the strength of now"


def test_from_the_signal_to_the_quote_in_its_article(visitors: Visitors, known: Known) -> None:
    page = visitors.page()
    page.goto(f"/signals/{known['signal']}")
    source = page.locator("article.source").first
    quote = " ".join(source.locator("q.verbatim").first.inner_text().split())
    source.get_by_role("link", name="as stored").click()
    page.wait_for_url("**/articles/*")
    marked = [" ".join(text.split()) for text in page.locator(".text mark").all_inner_texts()]
    assert any(text in quote for text in marked), (quote, marked)
    page.locator(".text a.cite").first.click()
    target = page.locator(":target")
    assert quote in " ".join(target.inner_text().split())
    target.locator("a.cite").click()
    assert page.locator(".text :target").count() == 1, "and back to its place"
