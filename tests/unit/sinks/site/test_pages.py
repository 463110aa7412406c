"""Each page shows what it promises, and so does its JSON twin."""

from __future__ import annotations

import re

import pytest

from schemas.errors import Retryable
from tests.builders import QUOTE
from tests.unit.sinks.site.fakes import FakeBriefs, FakeReader, client, feed, signal_row

PAGES = (
    "/",
    "/briefs",
    "/briefs/2026-04-16",
    "/briefs/2026-04-15",
    "/signals",
    "/signals/g1",
    "/signals/g1/why",
    "/articles/a1",
    "/feeds",
    "/costs",
)


def words(html: str) -> str:
    """The visible words of a page, white space folded."""
    body = re.split(r"<body[^>]*>", html, maxsplit=1)[1]
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/signals/unknown", "/static/style.css", "/healthz"])
def test_every_answer_is_locked_down(path: str) -> None:
    answer = client().get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_frame_and_asks_nobody_else(path: str) -> None:
    page = client().get(path)
    assert page.status_code == 200
    text = words(page.text)
    assert "A morning brief, composed for you when the sources say something worth saying." in text
    assert "Bellwether · 2026 · as of 16 Apr 2026, 08:30 UTC" in text
    assert 'href="/static/style.css"' in page.text
    assert re.findall(r"<script[^>]*>[^<]*", page.text) == ['<script src="/static/app.js" defer>'], "none inline"
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page.text)
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_every_fold_has_a_key_of_its_own(path: str) -> None:
    page = client().get(path).text
    keys = re.findall(r"<details[^>]* data-key=\"([^\"]+)\"", page)
    assert len(keys) == page.count("<details") == len(set(keys))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_json_twin(path: str) -> None:
    page = client().get(path).text
    found = re.search(r'type="application/json" href="([^"]+)"', page)
    assert found is not None
    twin = client().get(found[1])
    assert twin.status_code == 200
    assert isinstance(twin.json(), dict)


def test_the_front_page_is_the_newest_brief() -> None:
    text = words(client().get("/").text)
    assert "Thursday, 16 April 2026" in text
    assert QUOTE in text
    assert "0.0 → 3.2" in text
    assert "← Wednesday, 15 April 2026" in text


def test_a_day_without_news_says_so() -> None:
    text = words(client().get("/briefs/2026-04-15").text)
    assert "Nothing worth saying today" in text
    assert "no article arrived" in text


def test_before_the_first_brief() -> None:
    empty = client(briefs=FakeBriefs())
    assert "No brief yet" in words(empty.get("/").text)
    assert empty.get("/brief.json").json() == {"brief": None}
    assert "No brief yet" in words(empty.get("/briefs").text)


def test_a_signal_page_follows_the_reference_page_in_its_order() -> None:
    text = words(client().get("/signals/g1").text)
    in_order = [
        "← all signals", "Gallium gets scarce", "str 2.3", "extracted 1× 15 Apr 2026",
        "last reinforced 15 Apr 2026, 08:33 UTC", "1 article", "structural · policy · metals · CN",
        "rests on one story", "Analysis", "Nobody has written an analysis yet", "Key actors", "MOFCOM 3",
        "Müller &amp; Söhne 1", "Source articles (3)", "Paper 1", "Reasoning from this article",
        "(the article&#39;s own sentence)", "fewer licences", "contradicts", "The same, elsewhere", "copy",
        "Stories (1)", "Not counted", "Made up by a model.", "rejected: not in the text",
        "History", "published", "1.1 → 2.3", "two families", "opened", "0.0 → 1.1",
    ]  # fmt: skip
    at = 0
    for part in in_order:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} is missing or out of order"
        at = found


def test_a_signal_page_explains_its_strength() -> None:
    page = client().get("/signals/g1").text
    assert "Why 2.3?" in page
    assert "família ☂" in page
    assert "0.90" in page  # the supporting voices together


def test_anchors_are_marked_and_rejected_quotes_are_never_evidence() -> None:
    page = client().get("/signals/g1").text
    assert "<mark>gallium 🇨🇳</mark>" in page
    assert '<s dir="auto">Made up by a model.</s>' in page
    twin = client().get("/signals/g1.json").json()
    assert "Made up by a model." not in [one["quote"] for one in twin["evidence"]]
    assert [one["quote"] for one in twin["not_counted"]] == ["Made up by a model."]
    assert twin["components"]["contradicts"] == {"other": 0.1}


def test_a_contested_signal_says_so_in_words() -> None:
    site = client(FakeReader({"g1": signal_row(1, contested=True), "g2": signal_row(2)}))
    for path in ("/signals", "/signals/g1"):
        assert words(site.get(path).text).count("contested: more against than for") == 1
    assert "contested: more" not in words(site.get("/signals/g2").text)


def test_for_and_against_stand_side_by_side() -> None:
    one = signal_row(1, supporting=0.9, opposing=1.25)
    text = words(client(FakeReader({"g1": one})).get("/signals/g1").text)
    assert "For it: 2 articles, 0.90 voices" in text
    assert "Against it: 1 article, 1.25 voices Licences arrive within" in text
    one["evidence"] = [row for row in one["evidence"] if row["stance"] != "contradicts"]
    assert "Against it" not in client(FakeReader({"g1": one})).get("/signals/g1").text


def test_the_json_says_why_each_evidence_was_matched() -> None:
    twin = client().get("/signals/g1.json").json()
    assert twin["evidence"][0]["reason"] == "cosine 0.71"
    assert twin["evidence"][0]["candidates"][0]["features"] == {"centroid": 0.5, "actors": 1.0}


def test_an_analysis_replaces_the_extracts() -> None:
    written = signal_row(1, analysis="First.\n\nSecond.", basis="thesis", stories=("s1", "s2"))
    text = words(client(FakeReader({"g1": written})).get("/signals/g1").text)
    assert "First. Second." in text
    assert "Nobody has written" not in text
    assert "basis: thesis over 2 stories, carried by" in text


def test_who_produced_what_is_on_the_signal_page() -> None:
    one = signal_row(
        1,
        narrator="llm/m/narrate/1",
        analysis="Gallium gets scarce. Elsewhere it is not.",
        mechanism="Licences thin supply",
    )
    shown_id, against_id = (row["evidence_id"] for row in one["evidence"][:2])
    one["sentences"] = [
        {"text": "Gallium gets scarce.", "cites": [shown_id]},
        {"text": "Elsewhere it is not.", "cites": [against_id, "e-withdrawn"]},
    ]
    one["evidence"][0].update(analyst="llm/m/extract/1", reasoning_origin="model", mechanism="A rule thins supply")
    html = client(FakeReader({"g1": one})).get("/signals/g1").text
    text = words(html)
    assert "Written by llm/m/narrate/1." in text
    assert "title by llm/m/narrate/1." in text
    assert "Taken by llm/m/extract/1." in text
    assert "(model: reasoned by a model, not said by the article)" in text
    assert "Mechanism (model) Licences thin supply" in text
    assert "Mechanism (model) A rule thins supply" in text
    # Each citation leads to its quote on the same page; a withdrawn quote is not cited.
    assert "Gallium gets scarce. [1] Elsewhere it is not. [2]" in text
    targets = re.findall(r'class="cite" href="#([^"]+)"', html)
    assert targets == [f"e-{shown_id}", f"e-{against_id}"]
    assert all(html.count(f'id="{target}"') == 1 for target in targets)


def test_the_list_and_every_foot_name_the_analyst() -> None:
    rows = {"t": signal_row(1, signal_id="t", basis="thesis", stories=("s1", "s2"), narrator="llm/m/narrate/1")}
    text = words(client(FakeReader(rows)).get("/signals").text)
    assert "basis: thesis — over 2 stories · by llm/m/narrate/1" in text
    assert "rests on one story · by" in words(client().get("/signals").text)
    for path in PAGES:
        assert "· articles read by lexical/1" in words(client().get(path).text)


def test_a_merged_signal_leads_to_its_survivor() -> None:
    site = client(FakeReader(merged={"g9": "g1"}))
    answer = site.get("/signals/g9")
    assert (answer.status_code, answer.headers["location"]) == (302, "/signals/g1")
    assert site.get("/signals/g9.json").json()["signal_id"] == "g1"


def test_the_list_is_sorted_by_strength_and_filtered() -> None:
    rows = {
        "weak": signal_row(1, signal_id="weak", title="Weak", strength=1.2),
        "strong": signal_row(2, signal_id="strong", title="Strong", strength=6.96, actors={"Huawei": 1}),
    }
    site = client(FakeReader(rows))
    text = words(site.get("/signals").text)
    assert text.index("Strong") < text.index("Weak")
    assert "2 signals" in text
    filtered = site.get("/signals?min=7&q=huawei").text
    assert "Strong" in words(filtered)
    assert "Weak" not in words(filtered)
    assert "1 of 2 signals" in words(filtered)
    assert 'value="7.0"' in filtered
    assert [one["signal_id"] for one in site.get("/signals.json?q=weak").json()["signals"]] == ["weak"]
    assert "No signal fits this filter" in site.get("/signals?min=9.9").text


@pytest.mark.parametrize("query", ["min=abc", "min=nan", "min=-5", "min=", "min=1e999"])
def test_a_senseless_filter_is_ignored(query: str) -> None:
    assert client().get(f"/signals?{query}").status_code == 200


def test_a_list_without_signals_says_what_publication_needs() -> None:
    assert "No signal has been published yet" in client(FakeReader({})).get("/signals").text


def test_failing_feeds_come_first_with_their_error() -> None:
    broken = feed(title="Zeta", ok=False, error="the server answered 503", last_success=None, next_poll=None)
    text = words(client(feeds=[feed(), broken]).get("/feeds").text)
    assert "2 feeds, 1 failing" in text
    assert text.index("Zeta") < text.index("News")
    assert "the server answered 503" in text
    assert "last success never" in text


@pytest.mark.parametrize("path", ["/signals/unknown", "/briefs/2020-01-01", "/nowhere"])
def test_unknown_addresses_have_a_page_with_words(path: str) -> None:
    answer = client().get(path)
    assert answer.status_code == 404
    assert "There is no " in words(answer.text)
    twin = client().get(path + ".json")
    assert twin.status_code == 404
    assert "error" in twin.json()


def test_a_store_that_does_not_answer_is_a_503_without_details() -> None:
    site = client(FakeReader(fails=Retryable("reading: secret details")))
    answer = site.get("/signals")
    assert answer.status_code == 503
    assert "try again" in answer.text
    assert "secret" not in answer.text
    assert site.get("/signals.json").json()["error"].startswith("The store")


def test_a_fault_is_a_500_without_details() -> None:
    answer = client(FakeReader(fails=KeyError("secret"))).get("/signals")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_healthz_gives_the_counts() -> None:
    assert client().get("/healthz").json() == {"ok": True, "status": {"articles": 12, "lag": 0}}
