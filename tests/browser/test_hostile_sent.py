"""Hostile strings in briefs that leave the site, by mail and as an Atom feed, rendered in a real Chromium."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

from lxml import etree  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sinks.brief.atom import atom
from sinks.brief.mail import message
from tests.browser.harmless import assert_harmless, assert_nothing_else_was_asked, legible
from tests.browser.test_hostile import Briefs, Visit, briefs
from tests.builders import minutes
from tests.unit.sinks.site.fakes import FakeBriefs, client

__all__ = ["briefs"]  # the fixture of the same strings
_ATOM = "{http://www.w3.org/2005/Atom}"


def test_they_stay_words_in_mail(visit_app: Visit, briefs: Briefs) -> None:
    """The HTML part as a careless reader shows it: with script, with images, without a policy of its own."""
    mails = {}
    for day, (brief, _) in briefs.items():
        made = message(brief, "Bellwether <brief@news.example>", "ada@news.example", minutes(1440))
        mails[day] = message_from_bytes(made.as_bytes(policy=SMTP), policy=default)
        assert isinstance(mails[day], EmailMessage)
        assert mails[day].keys() == made.keys(), "no headline adds a header"
        assert mails[day].get_all("To") == ["ada@news.example"]

    def shown(request: Request) -> Response:
        part = mails[request.path_params["day"]].get_body(("html",))
        assert part is not None
        return HTMLResponse(part.get_content())

    visitors = visit_app(Starlette(routes=[Route("/mail/{day}", shown)]))
    page = visitors.page()
    for day, (_, texts) in briefs.items():
        assert_harmless(visitors, page, f"/mail/{day}", texts, styled=True)
    assert_nothing_else_was_asked(visitors)


def test_they_stay_words_in_atom(visit_app: Visit, briefs: Briefs) -> None:
    """Each entry as a feed reader shows it: its title as text, its content as HTML."""
    feed = etree.fromstring(atom([brief for brief, _ in briefs.values()], "https://news.example", minutes(1440)))
    entries = feed.findall(f"{_ATOM}entry")
    assert len(entries) == len(briefs)
    for entry, (brief, _) in zip(entries, briefs.values(), strict=True):
        title = entry.find(f"{_ATOM}title")
        assert title.get("type", "text") == "text"
        assert len(title) == 0, "no element inside"
        assert legible(title.text) == legible("".join(one for one in brief.headline if one not in "\ufffe\uffff"))

    def shown(request: Request) -> Response:
        content = entries[request.path_params["number"]].find(f"{_ATOM}content")
        assert content.get("type") == "html"
        return HTMLResponse(content.text)

    visitors = visit_app(Starlette(routes=[Route("/entry/{number:int}", shown)]))
    page = visitors.page()
    for number, (_, texts) in enumerate(briefs.values()):
        fit = [text.replace("\ufffe", "").replace("\uffff", "") for text in texts]
        assert_harmless(visitors, page, f"/entry/{number}", fit)
    assert_nothing_else_was_asked(visitors)


def test_a_browser_that_opens_the_feed_runs_nothing(visit_app: Visit, briefs: Briefs) -> None:
    visitors = visit_app(client(briefs=FakeBriefs([brief for brief, _ in briefs.values()])).app)
    page = visitors.page()
    answer = page.goto("/briefs.atom")
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    page.evaluate("1")
    assert_nothing_else_was_asked(visitors)
