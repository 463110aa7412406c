"""The page of an imported file: every line that the file shows, in its order; nothing executes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from producers.signal_page.read import read_page
from producers.visible_text import one_line
from schemas.stated import StatedSignal, StatedSource
from sinks.site.app import build_site
from sinks.site.imported_view import stretches
from sinks.site.ports import Sources
from tests.saved_pages import LOCALE, ZONE, as_html, as_text, shown, stated
from tests.unit.sinks.site.fakes import NOW, FakeBriefs, FakeReader, Row, costs, explained


class Imported:
    """One page; its quotes have no articles."""

    def __init__(self, page: StatedSignal, **found: Any) -> None:
        sources = [
            msgspec.to_builtins(source, builtin_types=(datetime, date))
            | {"fate": "unverified" if source.quote else "", "why": "", "found": []}
            for source in page.sources
        ]
        count = sum(bool(source.quote) for source in page.sources)
        fates = dict.fromkeys(("verified", "reading", "withdrawn", "rejected"), 0)
        self.row: Row = {
            "import_id": page.import_id,
            "stated": msgspec.to_builtins(page, builtin_types=(datetime, date)),
            "file": "kestrel.txt",
            "imported_at": datetime(2026, 5, 20, 8, tzinfo=UTC),
            "as_of": NOW,
            "quotes": {"all": count, **fates, "unverified": count},
            "sources": sources,
            "signals": [],
        } | found

    def count(self) -> int:
        return len(self.all(NOW))

    def all(self, at: datetime) -> list[Row]:
        return [self.row]

    def one(self, import_id: str, at: datetime) -> Row | None:
        return self.row if import_id == self.row["import_id"] else None


def site_of(imported: Imported | None) -> TestClient:
    sources = Sources(FakeReader(), FakeBriefs(), list, lambda: NOW, dict, costs, explained, imported=imported)
    return TestClient(build_site(sources), raise_server_exceptions=False)


class _Visible(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def visible(html: str) -> str:
    """Return all text of a page, spaces folded, as written."""
    parser = _Visible()
    parser.feed(html)
    return " ".join("".join(parser.parts).split())


def page_of(content: str, **found: Any) -> str:
    read = read_page(content.encode(), locale=LOCALE, zone=ZONE)
    site = site_of(Imported(read, **found))
    answer = site.get(f"/signals/{read.import_id}")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("form", [as_text, as_html])
def test_every_line_of_the_file_is_shown_in_its_order(form: Any) -> None:
    junk = "Share <this>\nAnalysis" if form is as_text else "Share &lt;this&gt;</h2><h2>Analysis"
    content = form(stated()).replace("Analysis", junk, 1)
    text = visible(page_of(content))
    at = 0
    for _, line in shown(stated()):
        found = text.find(one_line(line), at)
        assert found >= 0, f"{line!r} is not shown, or not in its place"
        at = found + len(one_line(line))
    assert "Share <this> not understood" in text


def test_what_is_computed_stands_beside_it() -> None:
    text = visible(
        page_of(
            as_text(stated()),
            quotes={"all": 3, "verified": 1, "reading": 0, "withdrawn": 0, "rejected": 1, "unverified": 1},
            signals=[{"signal_id": "sg-7", "title": "Scrap", "state": "candidate", "strength": 2.31, "quotes": 1}],
        )
    )
    assert "stated 6.5 on 11 Mar 2026" in text
    assert "1 of 3 quotes verified, 1 not found in the article, 1 unverified" in text
    assert "2.3 Scrap candidate now, with 1 quote of this page" in text
    assert "1 remark on reading the file" in text


def test_each_quote_says_what_became_of_it() -> None:
    read = read_page(as_text(stated()).encode(), locale=LOCALE, zone=ZONE)
    row = Imported(read).row
    base = {"article_id": "a1", "title": "T", "url": "https://n.example/1", "publisher": "Post", "published_at": NOW}
    row["sources"][2] |= {
        "fate": "verified",
        "found": [base | {"fate": "verified", "reason": "", "evidence_id": "imq-1", "signal_id": "sg-7"}],
    }
    row["sources"][4] |= {
        "fate": "rejected",
        "found": [
            base | {"fate": "rejected", "reason": "the text does not contain it", "evidence_id": "", "signal_id": ""}
        ],
    }
    html = page_of(as_text(stated()), sources=row["sources"])
    assert 'href="/signals/sg-7#e-imq-1"' in html
    text = visible(html)
    assert "not found in the article: the text does not contain it" in text
    assert text.count("imported, unverified: weighs nothing") == 1
    assert "<mark>nine tenths of the neodymium</mark>" in html


def test_legacy_reasoning_is_divided_at_its_markers() -> None:
    html = page_of(as_text(stated()))
    legacy = html[html.index('<details class="legacy"') :]
    legacy = legacy[: legacy.index("</details>")]
    assert [part.split("<")[0] for part in legacy.split('<p class="reasoning" dir="auto">')[1:]] == [
        "Said before anything was dated. ",
        "[2026-03-01] Scrap is a mine above ground [see below]. ",
        "[2026-03-02] And it is nearer.",
    ]
    assert "1 reasoning as stated" in legacy
    assert "2026-03-01, 2026-03-02" in legacy
    assert stretches("no marker") == ["no marker"]


def test_hostile_strings_are_shown_and_execute_nowhere() -> None:
    hostile = '<img src=x onerror=alert(1)> "onmouseover=" {{7*7}} </details><script>alert(1)</script>'
    page = stated(
        title=hostile, tagline=hostile, analysis=(hostile,), footer=f"{hostile} · 2026",
        sources=(StatedSource(hostile, "reasoned", hostile, "<img src=x", None, (hostile,)),),
    )  # fmt: skip
    html = page_of(as_text(page))
    assert "<script>" not in html
    assert "<img" not in html
    assert visible(html).count(hostile) >= 5


def test_the_list_and_an_unknown_page() -> None:
    read = read_page(as_text(stated()).encode(), locale=LOCALE, zone=ZONE)
    site = site_of(Imported(read))
    assert "0 of 3 quotes verified" in visible(site.get("/imported").text)
    assert site.get("/signals/im-0000").status_code == 404
    assert site.get("/signals/im-0000.json").json() == {"error": "There is no imported page im-0000."}
    assert site.get(f"/signals/{read.import_id}.json").json()["stated"]["strength"] == 6.5
    assert "No page has been imported" in site_of(None).get("/imported").text
    assert site_of(None).get(f"/signals/{read.import_id}").status_code == 404
    assert "1 page imported from an older system" in visible(site.get("/signals").text)
    assert "imported" not in visible(site_of(None).get("/signals").text)
