"""What a brief contains, in its body and in its three forms."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

import pytest
from markdown_it import MarkdownIt

from sinks.brief.compose import NOTHING, compose
from sinks.brief.items import decode_body
from tests.builders import QUOTE, event, minutes
from tests.unit.sinks.brief.samples import HOSTILE, HOSTILE_URLS, Said, inputs, row


def test_a_brief_tells_each_picked_signal_in_order() -> None:
    said = Said(picked=("g3", "g1", "unknown"))
    brief = compose(inputs(row(1), row(2), row(3)), said, date="2026-04-16", composed_at=minutes(1440))
    body = decode_body(brief.body)
    assert [one.signal_id for one in body.items] == ["g3", "g1"]
    assert (body.articles, body.candidates) == (12, 2)
    assert brief.brief_id == "brief-2026-04-16"
    assert brief.headline == "Gallium gets scarce, and 1 more"
    assert brief.worth_saying


def test_an_item_carries_strength_class_quotes_and_contradiction() -> None:
    brief = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440))
    item = decode_body(brief.body).items[0]
    assert (item.strength_before, item.strength_after, item.is_new) == (0.0, 3.2, True)
    assert [quote.quote for quote in item.quotes] == [QUOTE]
    assert [quote.anchor for quote in item.contradicting] == ["a week"]
    assert item.happened == (
        "New: carried by 2 independent publishers over 2 stories.",
        "It rests on one story so far.",
    )
    for form in (brief.html, brief.markdown):
        assert "0.0 → 3.2" in form
        assert "structural · policy · metals · CN" in form
        assert "2 publisher families · 2 stories · 1 article" in form
        assert "15 Apr 2026, 08:31 UTC" in form
    assert "<mark>gallium 🇨🇳</mark>" in brief.html
    assert "**gallium 🇨🇳**" in brief.markdown
    assert 'datetime="2026-04-15T08:31:00Z"' in brief.html


def test_a_contested_signal_says_so_beside_its_title() -> None:
    made = compose(inputs(row(contested=True)), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert "## Gallium gets scarce (contested: more against than for)\n" in made.markdown
    assert 'Gallium gets scarce <span class="badge against">contested: more against than for</span></h2>' in made.html
    calm = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert "contested" not in calm.markdown
    assert decode_body(calm.body).items[0].contested is False


def test_times_in_the_body_are_utc() -> None:
    brief = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert json.loads(brief.body)["until"].endswith("Z")


def test_a_contradiction_that_no_quote_carries_is_taken_from_its_event() -> None:
    against = event(1, 3, kind="contradicted", quote="It is not so.", anchor="not so", publisher="Other")
    quiet = row(quotes=[], window=[asdict(against)])
    item = decode_body(compose(inputs(quiet), Said(), date="2026-04-16", composed_at=minutes(1440)).body).items[0]
    assert [(q.quote, q.publisher, q.stance) for q in item.contradicting] == [("It is not so.", "Other", "contradicts")]
    assert item.happened[0] == "Contradicted once."


def test_a_day_without_news_is_recorded_with_its_reasons() -> None:
    reasons = ("no article arrived", "3 candidates wait for a second voice")
    nothing = Said(False, 0.0, reasons, ("g1",))
    brief = compose(inputs(row()), nothing, date="2026-04-16", composed_at=minutes(1440))
    assert brief.headline == NOTHING
    assert not brief.worth_saying
    assert decode_body(brief.body).items == ()
    for form in (brief.html, brief.markdown):
        assert NOTHING in form
        assert all(reason in form for reason in reasons)
        assert "Gallium gets scarce" not in form


def test_the_page_stands_alone() -> None:
    html = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440)).html
    assert html.startswith("<!DOCTYPE html>")
    assert "The Bellwether" in html
    assert "A morning brief, composed for you when the sources say something worth saying." in html
    assert "prefers-color-scheme: dark" in html
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert "<link" not in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    signal = row(title=text, sectors={text: 1})
    for quote in signal["quotes"]:
        quote.update(quote=f"a {text} b", anchor=text, publisher=text, article_title=text)
    brief = compose(inputs(signal), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert "<script>" not in brief.html
    assert "<img" not in brief.html
    assert "<svg/" not in brief.html
    assert "\x1b" not in brief.markdown
    page = rendered(brief.markdown)
    for tag in ("<script", "<img", "<svg", "</style", 'javascript:alert(1)"', "<pre", "<code"):
        assert tag not in page


def rendered(markdown: str) -> str:
    """What a reader of Markdown makes of it, raw HTML and every link allowed."""
    reader = MarkdownIt("commonmark", {"html": True})
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    return str(reader.render(markdown))


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_only_clean_http_addresses_become_links(url: str) -> None:
    signal = row()
    for quote in signal["quotes"]:
        quote["article_url"] = url
    brief = compose(inputs(signal), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert not re.search(r'href="[^#]', brief.html)
    assert "<a" not in rendered(brief.markdown)
