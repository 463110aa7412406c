"""Imported pages in their table: kept once, attached to articles of their titles, judged by commits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.testclient import TestClient

from schemas.article import Article
from schemas.copying import replace
from schemas.evidence import EvidenceRow
from schemas.stated import TAKEN_AS, StatedSignal, StatedSource, imported_evidence_id, title_key
from sinks.brief.store import BriefStore
from sinks.clickhouse.articles import ArticleStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.project import Projector
from sinks.clickhouse.queries import Reader
from sinks.clickhouse.stated import MOST_QUOTES, StatedPages
from sinks.clickhouse.stated_status import StatedStatus
from sinks.site.app import build_site
from sinks.site.ports import Sources
from tests.builders import article, commit, evidence_row, minutes, signal, story
from tests.saved_pages import stated
from tests.unit.sinks.site.fakes import costs, explained

AT = datetime(2026, 5, 20, 8, tzinfo=UTC)
NOW = minutes(60)
TITLE = "A plant that lives on scrap"
QUOTE = stated().sources[2].quote


def plant(number: int = 1, **given: Any) -> Article:
    return article(number, title=f" a PLANT that lives on—scrap{'!' * number} ", **given)


def behind(pages: StatedPages) -> list[Article]:
    version, found = pages.behind()
    made = list(found)
    pages.caught_up(version)
    return made


def without(page: StatedSignal, title: str) -> StatedSignal:
    return replace(page, sources=tuple(source for source in page.sources if source.title != title))


def test_a_page_is_kept_once_and_a_changed_one_replaces_it(store: Store) -> None:
    pages = StatedPages(store)
    assert pages.save(stated(), "one.txt", AT) == "new"
    assert pages.save(stated(), "two.html", AT) == "unchanged"
    kept = pages.get(stated().import_id)
    assert kept is not None
    assert (kept.page, kept.file, kept.imported_at) == (stated(), "one.txt", AT)
    assert pages.save(stated(strength=7.0), "three.txt", AT) == "replaced"
    assert [(each.page.strength, each.file) for each in StatedPages(store).all()] == [(7.0, "three.txt")]
    assert store.scalar("SELECT count() FROM stated FINAL") == 1
    assert pages.get("im-none") is None


def test_what_arrives_is_given_the_quotes_of_its_title(store: Store) -> None:
    pages = StatedPages(store)
    assert pages.attached([plant()]) == [plant()]
    pages.save(stated(), "one.txt", AT)
    given, other = pages.attached([plant(), article(2)])
    assert other == article(2)
    (quote,) = given.imported
    assert (quote.quote, quote.anchor, quote.import_id) == (QUOTE, "nine tenths of the neodymium", stated().import_id)
    assert (quote.kind, quote.sectors) == ("structural", ("metals", "energy", "Alchemy"))
    (reasoned,) = pages.attached([article(3, title="Scrap sets the price")])[0].imported
    assert reasoned.reasoning == stated().sources[4].reasoning[0]
    empty = [article(4, title="Turbines go to the breakers"), article(5, title="???")]
    assert pages.attached(empty) == empty


def test_what_is_stored_is_read_again_once(store: Store) -> None:
    articles, pages = ArticleStore(store), StatedPages(store)
    articles.put([plant(), article(2), plant(3, copy_of="a1")])
    assert behind(pages) == []
    pages.save(stated(), "one.txt", AT)
    first, copy = behind(pages)
    assert (first.article_id, first.revision, first.text, first.ordinal) == (plant().article_id, 1, plant().text, 0)
    assert [quote.quote for quote in first.imported] == [quote.quote for quote in copy.imported] == [QUOTE]
    assert behind(pages) == [], "nothing is asked again until a page changes"
    articles.put([first, copy])
    assert behind(StatedPages(store)) == [], "and what has its quotes is not read again by another process"
    stored = articles.get(first.article_id)
    assert stored is not None
    assert stored.article == first


def test_what_a_page_no_longer_says_leaves_its_articles(store: Store) -> None:
    articles, pages = ArticleStore(store), StatedPages(store)
    pages.save(stated(), "one.txt", AT)
    articles.put(pages.attached([plant()]))
    renamed = replace(article(1, revision=1), title="Scrap is king")
    (kept,) = pages.attached([renamed])
    assert [quote.quote for quote in kept.imported] == [QUOTE], "a new title does not take back what was found"
    pages.save(without(stated(), TITLE), "two.txt", AT)
    (bare,) = behind(pages)
    assert (bare.revision, bare.imported) == (1, ())
    assert pages.attached([renamed])[0].imported == ()


def test_an_article_gets_only_so_many_quotes(store: Store) -> None:
    pages = StatedPages(store)
    sources = tuple(StatedSource(TITLE, "quote", f"Sentence {n} of it", "of") for n in range(MOST_QUOTES + 9))
    pages.save(stated(sources=(*sources, StatedSource(TITLE, "quote", "x" * 4001, "x"))), "many.txt", AT)
    assert len(pages.attached([plant()])[0].imported) == MOST_QUOTES


def test_titles_fold_alike_in_python_and_sql(store: Store) -> None:
    titles = [
        "Ærø’s “magnet—works” №5", "磁石を掘る！", "الحديد؛ أولاً", "  A  b\u00a0C. ", "ﬁve ½ ①",
        "naïve cafe\u0301", "???",
    ]  # fmt: skip
    ArticleStore(store).put([article(n, title=title) for n, title in enumerate(titles, 1)])
    pages = StatedPages(store)
    same = [title for title in titles if title_key(title)]
    sources = tuple(
        StatedSource(f"«{title.upper() if title.isascii() else title}»", "quote", "q", "q") for title in same
    )
    pages.save(stated(sources=sources), "many.txt", AT)
    found = {each.title for each in behind(pages)}
    assert found == set(same)


def test_fates_and_the_page(store: Store) -> None:
    pages, status = StatedPages(store), StatedStatus(store, "live")
    titles = ["Verified", "Taken", "Rejected", "Withdrawn", "Reading", "Unverified"]
    sources = tuple(StatedSource(title, "quote", f"The quote of {title} “itself”", "quote", AT) for title in titles)
    page = stated(sources=(*sources, StatedSource("Nothing", "none"), StatedSource("Empty", "empty")))
    pages.save(page, "one.txt", AT)
    quotes = {source.title: source.quote for source in sources}
    ids = {title: article(n).article_id for n, title in enumerate(titles[:5], 1)}
    ArticleStore(store).put(pages.attached([article(n, title=title) for n, title in enumerate(titles[:5], 1)]))

    def row(title: str, number: int, **given: Any) -> EvidenceRow:
        made = imported_evidence_id(ids[title], quotes[title])
        return evidence_row(number, **({"evidence_id": made, "article_id": ids[title], "signal_id": "g1"} | given))

    def refused(title: str, number: int, reason: str) -> EvidenceRow:
        given = {"evidence_id": f"rej-{number}", "status": "rejected", "signal_id": "", "quote": quotes[title]}
        return row(title, number, **given, reason=reason)

    rows = (
        row("Verified", 1),
        row("Taken", 2, evidence_id="own"),
        refused("Taken", 3, f"{TAKEN_AS}own"),
        refused("Rejected", 4, "imported and not verified: the text does not contain the quote"),
        row("Withdrawn", 5, status="withdrawn", reason="the revised article no longer says it"),
    )
    Projector(store, "live").apply([commit(1, evidence=rows, stories=(story(1),), signals=(signal(1),))])
    found = status.one(page.import_id, NOW)
    assert found is not None
    assert [source["fate"] for source in found["sources"]] == [
        "verified", "verified", "rejected", "withdrawn", "reading", "unverified", "", "",
    ]  # fmt: skip
    assert found["quotes"] == {
        "all": 6, "verified": 2, "reading": 1, "withdrawn": 1, "rejected": 1, "unverified": 1,
    }  # fmt: skip
    (moved,) = found["signals"]
    assert (moved["signal_id"], moved["quotes"]) == ("g1", 2)
    assert moved["strength"] == Reader(store, "live").signals(at=NOW)[0]["strength"]
    (listed,) = status.all(NOW)
    assert (listed["quotes"], listed["signals"]) == (found["quotes"], found["signals"])
    assert status.one("im-none", NOW) is None

    given = Sources(
        Reader(store, "live"), BriefStore(store), list, lambda: NOW, dict, costs, explained, imported=status
    )
    site = TestClient(build_site(given))
    assert site.get(f"/signals/{page.import_id}.json").json()["quotes"] == found["quotes"]
    assert site.get("/imported.json").json()["imported"][0]["import_id"] == page.import_id
    assert f'href="/signals/{page.import_id}"' in site.get("/imported").text
    assert site.get("/signals/im-none").status_code == 404
    assert site.get("/signals/g1").status_code == 200
