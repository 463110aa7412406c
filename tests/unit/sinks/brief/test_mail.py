"""The brief as a mail and as an Atom feed: what they say, and that nothing foreign becomes more than words."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest

from schemas.errors import BadInput, Retryable
from schemas.events import Brief
from sinks.brief.atom import atom
from sinks.brief.compose import compose
from sinks.brief.mail import Server, message, send, subject
from tests.builders import minutes
from tests.smtp import FakeSmtp
from tests.unit.sinks.brief.samples import HOSTILE, HOSTILE_URLS, Said, inputs, row
from tests.unit.sinks.site.fakes import client

NOW = minutes(1440)
BRIEF = compose(inputs(row()), Said(), date="2026-04-16", composed_at=NOW)


def server(fake: FakeSmtp, timeout: float = 10.0) -> Server:
    return Server("127.0.0.1", fake.port, "none", "", "", timeout)


def hostile(text: str, url: str = "https://news.example/1") -> Brief:
    told = row(title=text, sectors={text: 1})
    for quote in told["quotes"]:
        quote.update(quote=f"x {text} y", anchor=text, publisher=text, article_title=text, article_url=url, claim=text)
    return compose(inputs(told), Said(), date="2026-04-16", composed_at=NOW)


def test_a_mail_says_the_same_twice_and_arrives() -> None:
    with FakeSmtp() as fake:
        send(message(BRIEF, "The Bellwether <brief@example.org>", "ines@example.org", NOW), server(fake))
    [mail] = fake.mails
    assert fake.recipients == ["ines@example.org"]
    assert mail["Subject"] == "The Bellwether: Gallium gets scarce"
    assert mail["From"] == "The Bellwether <brief@example.org>"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").strip() == BRIEF.markdown.strip()
    assert "<mark>gallium 🇨🇳</mark>" in html.get_content()
    assert not re.search(r"<(?:script|img|link|iframe)\b", html.get_content())


def test_a_repeat_has_the_same_id_and_another_brief_another() -> None:
    ids = [message(brief, "a@b.example", "c@d.example", NOW + timedelta(hours=n))["Message-ID"]
           for n, brief in enumerate((BRIEF, BRIEF, replace(BRIEF, headline="Another")))]  # fmt: skip
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@b.example>")


def test_each_recipient_has_an_id_of_their_own_that_stays() -> None:
    recipients = ("c@d.example", "e@d.example", "Cy <C@D.example>", "c@d.example")
    first, other, named, again = (message(BRIEF, "a@b.example", one, NOW)["Message-ID"] for one in recipients)
    assert first == named == again != other
    assert "d.example" not in first
    assert re.fullmatch(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,200}@b\.example>", first)


@pytest.mark.parametrize("text", [*HOSTILE, "a\r\nBcc: all@evil.example\r\n\r\nbody", "ü" * 500])
def test_no_headline_becomes_a_header_or_markup(text: str) -> None:
    brief = replace(hostile(text), headline=text)
    mail = message(brief, "a@b.example", "c@d.example", NOW)
    names = [name.lower() for name in mail]
    assert "bcc" not in names
    assert len(names) == len(set(names))
    assert len(subject(brief)) <= 160
    assert "\n" not in subject(brief)
    with FakeSmtp() as fake:
        send(mail, server(fake))
    found = fake.mails[0].get_body(("html",))
    assert found is not None
    assert "<script" not in found.get_content()


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "x\r\nBcc: y@z.example"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(BadInput, match="no e-mail address"):
        message(BRIEF, "a@b.example", address, NOW)


def test_a_refusal_a_silence_and_an_absence_are_told_in_words() -> None:
    mail = message(BRIEF, "a@b.example", "c@d.example", NOW)
    with FakeSmtp() as fake:
        fake.refuse = "no such mailbox"
        with pytest.raises(Retryable, match="no such mailbox"):
            send(mail, server(fake))
    with pytest.raises(Retryable, match=str(fake.port)):
        send(mail, server(fake))
    with FakeSmtp() as silent:
        silent.silent = True
        with pytest.raises(Retryable):
            send(mail, server(silent, timeout=0.3))


def test_the_feed_has_what_was_worth_saying_under_ids_that_stay() -> None:
    quiet = compose(inputs(), Said(False, 0.0, ("no article arrived",), ()), date="2026-04-15", composed_at=minutes(0))
    found = feedparser.parse(atom([BRIEF, quiet], "http://site.example", NOW))
    assert not found.bozo
    [entry] = found.entries
    assert (entry.id, entry.title) == ("tag:bellwether.invalid,2026:brief-2026-04-16", "Gallium gets scarce")
    assert entry.link == "http://site.example/briefs/2026-04-16"
    assert entry.updated == "2026-04-16T08:30:00Z"
    assert "1 signal was published for the first time" in entry.summary
    assert feedparser.parse(atom([], "http://site.example", NOW)).feed.updated


def test_an_entry_holds_a_fragment_whose_links_lead_somewhere() -> None:
    site = 'http://site.example/"<&'
    raw = atom([BRIEF], "http://site.example", NOW)
    [entry] = feedparser.parse(raw, sanitize_html=False, resolve_relative_uris=False).entries
    [content] = entry.content
    assert content.type == "text/html"
    assert not re.search(r"<!doctype|</?(?:html|head|body|main|style|meta|title|link)\b", content.value, re.IGNORECASE)
    assert content.value.startswith('<p class="date">')
    assert "<mark>gallium 🇨🇳</mark>" in content.value
    links = re.findall(r'href="([^"]*)"', content.value)
    cited = [link for link in links if "#" in link]
    assert cited
    assert all(re.match("https?://", link) for link in links)
    page = client().get("/briefs/2026-04-16").text
    for link in cited:
        address, _, place = link.partition("#")
        assert address == entry.link == "http://site.example/briefs/2026-04-16"
        assert f'id="{place}"' in content.value
        assert f'id="{place}"' in page
    [odd] = feedparser.parse(atom([BRIEF], site, NOW), sanitize_html=False, resolve_relative_uris=False).entries
    assert 'href="http://site.example/&quot;&lt;&amp;/briefs/2026-04-16#quote-1"' in odd.content[0].value


def test_a_document_of_another_make_is_plain_text_in_the_feed() -> None:
    odd = replace(BRIEF, html="<html><body>Other</body></html>", markdown="**a** <b>")
    [entry] = feedparser.parse(atom([odd], "http://site.example", NOW), sanitize_html=False).entries
    assert entry.content[0].value == "<pre>**a** &lt;b&gt;</pre>"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words_in_the_feed(text: str) -> None:
    raw = atom([hostile(text)], "http://site.example", NOW)
    found = feedparser.parse(raw, sanitize_html=False)
    assert not found.bozo
    assert "<script" not in raw.decode()
    assert "<script" not in found.entries[0].content[0].value.replace("&lt;script", "")


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_hostile_addresses_are_no_links_in_the_feed(url: str) -> None:
    found = feedparser.parse(atom([hostile("words", url)], "http://site.example", NOW), sanitize_html=False)
    assert not re.search(r'href="(?!#|http://site\.example)', found.entries[0].content[0].value)


def test_the_site_serves_the_feed_and_names_it() -> None:
    answer = client().get("/briefs.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert len(feedparser.parse(answer.content).entries) == 1
    for path in ("/", "/briefs"):
        assert 'type="application/atom+xml" title="Briefs" href="/briefs.atom"' in client().get(path).text
