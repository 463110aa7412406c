"""Hostile strings in every foreign field, shown by every page in a real Chromium: they stay words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any, Final
from urllib.parse import quote

import pytest
from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from schemas.events import Brief
from sinks.brief.compose import compose
from tests.browser.harmless import assert_harmless, assert_nothing_else_was_asked
from tests.browser.hostile import HOSTILE
from tests.browser.hostile_addresses import HOSTILE_ADDRESSES
from tests.browser.poison import poisoned
from tests.browser.visitors import Visitors
from tests.builders import minutes
from tests.saved_pages import stated
from tests.unit.sinks.brief.samples import Said, inputs, row
from tests.unit.sinks.site.fakes import FakeBriefs, FakeReader, article_row, client, explained, feed, signal_row
from tests.unit.sinks.site.test_imported import Imported

Visit = Callable[[Any], Visitors]
Briefs = dict[str, tuple[Brief, tuple[str, ...]]]
FIRST_DAY: Final = date(2026, 1, 1)


TOGETHER: Final = 7  # strings on one page of a signal; coprime to the fields of its rows, so each gets into all


ROLES: Final = (
    "figures",
    "class",
    "heading",
    "analysis",
    "actor",
    "reasoning",
    "legacy-date",
    "legacy",
    "footer",
    "unread",
)


def words_from(start: int) -> tuple[str, ...]:
    """Return the strings that one page shows, the first of them as its title."""
    return tuple((HOSTILE * 2)[start : start + TOGETHER])


def poison(record: Any, words: Sequence[str], number: int) -> Any:
    """Return the record with these words, and other addresses for every number."""
    start = number * TOGETHER % len(HOSTILE_ADDRESSES)
    return poisoned(record, cycle(words), cycle(HOSTILE_ADDRESSES[start:] + HOSTILE_ADDRESSES[:start]))


def poisoned_article(number: int) -> dict[str, Any]:
    """Return an article whose text consists of hostile strings; the first is its title and the quote in it."""
    words = words_from(number)
    made = poison(article_row(number), words, number)
    start = len("Before.\n\n")
    for one in made["evidence"]:
        one.update(quote=words[0], anchor=words[0], quote_start=start, quote_end=start + len(words[0]))
    return {**made, "title": words[0], "text": "\n\n".join(["Before.", *words])}


def poisoned_why(signal_id: str, at: datetime) -> dict[str, Any]:
    """Return where the strength of a signal came from, told in hostile strings."""
    number = int(signal_id[1:])
    return {**poison(explained("g1", at), words_from(number), number), "signal_id": signal_id}


class PoisonedPages:
    """Imported pages, `im-0` and so on, that state hostile strings; the first of each is its title."""

    def __init__(self) -> None:
        plain = Imported(stated()).row
        self._rows = {f"im-{number}": self._made(plain, number) for number in range(0, len(HOSTILE), TOGETHER)}

    def all(self, at: datetime) -> list[dict[str, Any]]:
        return list(self._rows.values())

    def count(self) -> int:
        return len(self._rows)

    def one(self, import_id: str, at: datetime) -> dict[str, Any] | None:
        return self._rows.get(import_id)

    def _made(self, plain: dict[str, Any], number: int) -> dict[str, Any]:
        words = words_from(number)
        lines = [{"role": "title", "text": words[0], "source": -1}]
        lines += [{"role": role, "text": word, "source": -1} for role in ROLES for word in words]
        made = poison(plain, words, number)
        made["stated"].update(title=words[0], lines=lines)
        return {**made, "import_id": f"im-{number}", "quotes": plain["quotes"]}


def brief_of(day: str, numbered: Sequence[tuple[int, str]]) -> Brief:
    """Return a brief whose items carry a hostile string each."""
    rows = [poison(row(number), [text], number) for number, text in numbered]
    said = Said(reasons=tuple(text for _, text in numbered), picked=tuple(one["signal_id"] for one in rows))
    return compose(inputs(*rows), said, date=day, composed_at=minutes(1440))


@pytest.fixture(scope="module")
def briefs() -> Briefs:
    """Briefs by date, with the strings that each carries."""
    numbered = list(enumerate(HOSTILE, 1))
    # What breaks out of a title comes first: the first item of a brief is its headline.
    groups = [sorted(numbered[first::12], key=lambda one: "</title" not in one[1]) for first in range(12)]
    days = [str(FIRST_DAY + timedelta(days=number)) for number in range(len(groups))]
    return {
        day: (brief_of(day, group), tuple(text for _, text in group)) for day, group in zip(days, groups, strict=True)
    }


@pytest.fixture(scope="module")
def site(briefs: Briefs) -> Any:
    """The site on fakes that hold a hostile string each."""
    rows = {}
    for number, text in enumerate(HOSTILE):
        one = poison(signal_row(number), words_from(number), number) | {"title": text}
        cites = [found["evidence_id"] for found in one["evidence"]]
        one["sentences"] = [{"text": text, "cites": cites}]
        rows[f"g{number}"] = one
    feeds = [poison(feed(ok=False, error="x"), [text], number) for number, text in enumerate(HOSTILE)]
    newest_first = [brief for brief, _ in reversed(briefs.values())]
    articles = {f"a{number}": poisoned_article(number) for number in range(len(HOSTILE))}
    return client(
        FakeReader(rows, articles=articles), FakeBriefs(newest_first), feeds, why=poisoned_why, imported=PoisonedPages()
    ).app


def test_there_are_enough_and_each_is_one() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 200
    assert len(set(HOSTILE_ADDRESSES)) == len(HOSTILE_ADDRESSES) >= 50


def test_they_run_where_nothing_stops_them(visit_app: Visit) -> None:
    """The list is worth its name: written into a page as they are, the strings execute."""

    def raw(request: Request) -> Response:
        at = int(request.path_params["number"])
        text = HOSTILE[at]
        return HTMLResponse(f"<!DOCTYPE html><p>{text}</p><input value=\"{text}\"><input value='{text}'>")

    def frames(request: Request) -> Response:
        return HTMLResponse("".join(f"<iframe src=/raw/{number}></iframe>" for number in range(len(HOSTILE))))

    visitors = visit_app(Starlette(routes=[Route("/", frames), Route("/raw/{number:int}", raw)]))
    page = visitors.page()
    page.goto("/", timeout=120_000)  # some hundred frames, and what they ask for, on a machine that may be busy
    page.wait_for_function("() => window.frames.length > 200")
    for _ in range(50):
        if len(ran := set(visitors.watch.pwned)) >= 100:
            break
        page.wait_for_timeout(100)
    assert len(ran) >= 100, f"only {len(ran)} ran"
    assert visitors.watch.strays
    for seen in (visitors.watch.pwned, visitors.watch.strays, visitors.watch.console, visitors.watch.errors):
        seen.clear()


def test_they_stay_words_on_the_page_of_a_signal(visit_app: Visit, site: Any) -> None:
    visitors = visit_app(site)
    page = visitors.page()
    numbers = range(0, len(HOSTILE), TOGETHER)
    for number in numbers:
        assert_harmless(visitors, page, f"/signals/g{number}", words_from(number))
    assert_nothing_else_was_asked(visitors)
    assert len(visitors.watch.navigations) == len(numbers)


def test_they_stay_words_in_articles_and_sums(visit_app: Visit, site: Any) -> None:
    visitors = visit_app(site)
    page = visitors.page()
    for number in range(0, len(HOSTILE), TOGETHER):
        assert_harmless(visitors, page, f"/articles/a{number}", words_from(number))
    for number in range(0, len(HOSTILE), TOGETHER * 6):
        assert_harmless(visitors, page, f"/signals/g{number}/why", words_from(number)[:1])
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_on_imported_pages(visit_app: Visit, site: Any) -> None:
    visitors = visit_app(site)
    page = visitors.page()
    numbers = range(0, len(HOSTILE), TOGETHER)
    for number in numbers:
        assert_harmless(visitors, page, f"/signals/im-{number}", words_from(number))
    assert_harmless(visitors, page, "/imported", [HOSTILE[number] for number in numbers])
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_in_lists(visit_app: Visit, site: Any) -> None:
    visitors = visit_app(site)
    page = visitors.page()
    for path in ("/signals", "/feeds"):
        assert_harmless(visitors, page, path, HOSTILE)
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_in_briefs(visit_app: Visit, site: Any, briefs: Briefs) -> None:
    visitors = visit_app(site)
    page = visitors.page()
    for day, (_, texts) in briefs.items():
        assert_harmless(visitors, page, f"/briefs/{day}", texts)
    assert_harmless(visitors, page, "/", texts)
    assert_harmless(visitors, page, "/briefs", [brief.headline for brief, _ in briefs.values()])
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_in_a_search_and_in_addresses(visit_app: Visit, site: Any) -> None:
    visitors = visit_app(site)
    page = visitors.page()
    for text in HOSTILE[::12]:
        assert_harmless(visitors, page, f"/signals?q={quote(text[:200], safe='')}", [text[:200]])
    for path in ("/signals/", "/briefs/"):
        for text in HOSTILE[1::24]:
            assert_harmless(visitors, page, path + quote(text, safe=""), [], status=404)
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_in_the_brief_that_stands_alone(visit_app: Visit, briefs: Briefs) -> None:
    """As a file and in a mail there are no headers of ours: the page carries its policy itself."""

    def alone(request: Request) -> Response:
        return HTMLResponse(briefs[request.path_params["day"]][0].html)

    visitors = visit_app(Starlette(routes=[Route("/alone/{day}", alone)]))
    page = visitors.page()
    for day, (_, texts) in briefs.items():
        assert_harmless(visitors, page, f"/alone/{day}", texts, styled=True)
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_in_markdown(visit_app: Visit, briefs: Briefs) -> None:
    """Rendered as carelessly as can be, with HTML let through and no policy."""
    careless = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")

    def rendered(request: Request) -> Response:
        said = briefs[request.path_params["day"]][0].markdown
        return HTMLResponse(f"<!DOCTYPE html><html lang=en><title>x</title><body>{careless.render(said)}")

    visitors = visit_app(Starlette(routes=[Route("/rendered/{day}", rendered)]))
    page = visitors.page()
    for day, (_, texts) in briefs.items():
        assert_harmless(visitors, page, f"/rendered/{day}", texts)
    assert_nothing_else_was_asked(visitors)
