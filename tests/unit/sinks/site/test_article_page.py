"""An article's page: its text as stored, with the evidence marked where it stands."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sinks.site.article_view import article_view, paragraphs
from tests.builders import QUOTE
from tests.unit.sinks.site.fakes import FakeReader, article_row, client


@st.composite
def texts_with_quotes(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    text = draw(st.text(st.sampled_from("ab .\n☂"), max_size=60))
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=5))
    found = [(min(span), max(span)) for span in spans if span[0] != span[1]]
    return text, [
        {"evidence_id": f"e{at}", "quote_start": start, "quote_end": end, "quote": text[start:end]}
        for at, (start, end) in enumerate(found)
    ]


@given(texts_with_quotes())
def test_the_pieces_are_the_text_and_marks_are_the_quotes(made: tuple[str, list[dict[str, Any]]]) -> None:
    text, evidence = made
    lines = paragraphs(text, evidence)
    assert ["".join(p.text for p in line) for line in lines] == [line for line in text.split("\n") if line.strip()]
    for one in evidence:
        marked = "".join(p.text for line in lines for p in line if one["evidence_id"] in p.evidence)
        whole = "".join(one["quote"].split())
        assert "".join(marked.split()) == whole
        begins = sum(one["evidence_id"] in p.begins for line in lines for p in line)
        assert begins <= 1


def test_the_page_marks_the_quote_in_place() -> None:
    page = client().get("/articles/a1").text
    assert f"<mark>{QUOTE}</mark>, three traders said." in page
    assert re.search(r'id="t-[^"]+" href="#e-[^"]+">\[1\]', page)
    assert 'href="/signals/' in page
    assert "Made up by a model." in page
    assert "Outcome: <b>accepted</b>" in page


def test_a_quote_of_an_earlier_revision_stands_apart() -> None:
    row = article_row(text="Something else altogether.", revision=1)
    view = article_view(row)
    assert [one["quote"] for one in view.apart] == [QUOTE]
    assert view.evidence == ()
    page = client(FakeReader(articles={"a1": row})).get("/articles/a1").text
    assert "Of an earlier revision; not in this text" in page


def test_what_was_not_read_or_is_not_there() -> None:
    site = client(FakeReader(articles={"a1": article_row(outcome=None, text="", evidence=[])}))
    page = site.get("/articles/a1").text
    assert "Not read yet." in page
    assert "No text is stored." in page
    assert site.get("/articles/nobody").status_code == 404
    assert site.get("/articles/a1.json").json()["article_id"] == "a1"


def test_what_does_not_count_stands_alike_on_articles_and_signals() -> None:
    pages = [client().get(path).text for path in ("/articles/a1", "/signals/g1")]
    section = re.compile(r'<section class="section" aria-labelledby="rejected">.*?</section>', re.DOTALL)
    sections = [section.findall(page) for page in pages]
    assert [len(found) for found in sections] == [1, 1]
    assert sections[0] == sections[1]
    templates = files("sinks.site").joinpath("templates").iterdir()
    assert [one.name for one in templates if 'id="rejected"' in one.read_text("utf-8")] == ["not_counted.html"]
