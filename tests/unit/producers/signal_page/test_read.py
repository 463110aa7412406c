"""Saved pages: text and HTML, four states, what disagrees, what is no page, what is hostile."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from producers.signal_page.read import read_page
from schemas.copying import replace
from schemas.errors import BadInput
from schemas.stated import StatedActor, StatedLine, StatedSignal, StatedSource
from tests.saved_pages import AT, LOCALE, ZONE, as_html, as_text, shown, stated


def read(text: str | bytes, locale: str = LOCALE, zone: str = ZONE) -> StatedSignal:
    return read_page(text.encode() if isinstance(text, str) else text, locale=locale, zone=zone)


def bare(page: StatedSignal) -> StatedSignal:
    """Return the page without how it was read."""
    return replace(page, lines=(), warnings=())


def lines(page: StatedSignal) -> list[str]:
    return [line.text for line in page.lines]


def spaced(text: str) -> str:
    return " ".join(text.split())


def test_everything_that_a_page_states_is_read() -> None:
    page = read(as_text(stated()))
    assert bare(page) == stated()
    assert page.warnings == ("kept as written, since no vocabulary here has them: Alchemy",)
    assert page.unread == ()
    assert [source.state for source in page.sources] == ["none", "empty", "quote", "quote", "reasoned"]
    assert lines(page) == [spaced(line) for _, line in shown(stated())]


def test_html_and_text_are_the_same_page() -> None:
    assert read(as_html(stated())) == read(as_text(stated()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_endings(encoding: str, ending: str) -> None:
    text = as_text(stated()).replace("\u202f", " ").replace("←", "‹").replace("\n", ending)
    assert bare(read(text.encode(encoding))) == stated()


def test_html_says_in_which_encoding_it_is() -> None:
    html = as_html(stated(tagline="Čtvrtek")).replace("\u202f", " ").replace("←", "&larr;").replace("utf-8", "cp1250")
    assert read(html.encode("cp1250")).tagline == "Čtvrtek"


def test_figures_over_several_lines_and_buttons() -> None:
    html = (
        as_html(stated())
        .replace("<span>str 6.5 extracted", "<span>str 6.5</span><p>extracted")
        .replace("2/27/2026</span>", "2/27/2026</p>")
    )
    html = html.replace("<summary>", "<button>").replace("</summary>", "</button>")
    page = read(html)
    assert bare(page) == stated()
    assert next(line.text for line in page.lines if line.role == "figures") == "str 6.5"


def test_counts_that_disagree_are_kept_and_warned_of() -> None:
    page = read(as_text(stated(articles=21, stated_sources=20, stated_legacy=3)))
    assert (page.articles, page.stated_sources, page.stated_legacy, len(page.sources)) == (21, 20, 3, 5)
    said = " ".join(page.warnings)
    assert "the line of figures states 21 source articles, the page lists 5" in said
    assert "the heading states 20 source articles, the page lists 5" in said
    assert "the heading states 3 legacy reasonings, the page lists 1" in said


def test_lines_that_are_not_understood_stay_in_their_places() -> None:
    text = as_text(stated()).replace("What rose, in one page.", "What rose, in one page.\nLog out", 1)
    text = text.replace("Analysis", "Share this\nAnalysis", 1).replace(
        "Source articles (5)", "Source articles (5)\nSort by date", 1
    )
    page = read(text)
    assert page.unread == ("Log out", "Share this", "Sort by date")
    assert bare(page) == stated()
    at = lines(page)
    assert at.index("Log out") == at.index("What rose, in one page.") + 1
    assert at.index("Share this") == at.index("Analysis") - 1
    assert at.index("Sort by date") == at.index("Source articles (5)") + 1
    assert any("3 lines" in warning and "Log out" in warning for warning in page.warnings)


def test_a_class_without_geographies_or_with_words_of_its_own() -> None:
    text = as_text(stated())
    line = "structural · investment · metals, energy, Alchemy · CZ, EU"
    for written, sectors, geographies in (
        ("structural · investment · CZ, EU", (), ("CZ", "EU")),
        ("structural · investment · AI", ("AI",), ()),
        ("structural · investment", (), ()),
        ("trend · vibes · metals · Bohemia", ("metals",), ("Bohemia",)),
    ):
        page = read(text.replace(line, written))
        assert (page.sectors, page.geographies) == (sectors, geographies)
        assert StatedLine("class", written) in page.lines
    assert (page.kind, page.lens) == ("trend", "vibes")
    assert "trend, vibes, Bohemia" in page.warnings[0]
    without = read(text.replace(line + "\n", ""))
    assert "no line of the class" in without.warnings[-1]


def test_a_title_may_look_like_evidence_a_heading_or_a_date() -> None:
    sources = (
        StatedSource('"We won" [video]', "quote", "They won", "won"),
        StatedSource("(no evidence)", "none"),
        StatedSource('"Twice" [a] "said" [b]', "empty"),
        StatedSource("Analysis", "reasoned", "Analysts differ", "differ", AT, ("Key actors", "Two paragraphs.")),
        StatedSource("Reasoning (legacy, not anchored to an article) — 7", "none"),
        StatedSource('"Half a quote', "empty"),
    )
    page = stated(sources=sources, articles=6, stated_sources=6)
    assert read(as_text(page)).sources == sources
    assert read(as_html(page)).sources == sources


def test_a_quote_broken_over_lines_is_one() -> None:
    text = as_text(stated()).replace("traders say", "traders\nsay").replace('say" [scrap]', 'say"\n[scrap]')
    assert bare(read(text)) == stated()
    text = text.replace('say"\n[scrap]', 'say" [scrap]')
    assert bare(read(text)) == stated()


def test_counts_of_actors() -> None:
    text = (
        as_text(stated()).replace("Ostrava Bay Works", "Ostrava Bay Works ×12").replace("Key actors", "Key actors (2)")
    )
    assert read(text).actors == (StatedActor("Ostrava Bay Works", 12), StatedActor("Ministry [of] Mines", 3))


def test_several_legacy_reasonings_and_none() -> None:
    text = as_text(stated()).replace(
        "Kestrel · 2026 Ada", "3/4/2026\n\nNo marker here.\n\nStill [2026-02-30] none.\nKestrel · 2026 Ada"
    )
    first, second = read(text).legacy
    assert first == stated().legacy[0]
    assert second.day == date(2026, 3, 4)
    assert [(part.day, part.text) for part in second.parts] == [(None, "No marker here.\n\nStill [2026-02-30] none.")]
    none = stated(legacy=(), stated_legacy=None)
    assert bare(read(as_text(none))) == none


def test_dates_of_other_countries() -> None:
    us = as_text(stated())
    german = (
        us.replace("2/27/2026", "27.2.2026")
        .replace("3/11/2026", "11.3.2026")
        .replace("3/9/2026, 1:04:05\u202fPM", "9.3.2026, 18:04:05")
    )
    page = read(german, "de-DE", "Europe/Prague")
    assert (page.first_day, page.last_reinforced) == (date(2026, 2, 27), date(2026, 3, 11))
    assert page.sources[1].recorded_at == datetime(2026, 3, 9, 17, 4, 5, tzinfo=UTC)
    iso = us.replace("2/27/2026", "2026-02-27")
    assert read(iso).first_day == date(2026, 2, 27)


@pytest.mark.parametrize(
    ("was", "now", "locale", "why"),
    [
        ("2/27/2026 ·", "27/2/2026 ·", "en-US", "line {}: '27/2/2026' is no day of the calendar in en-US"),
        ("2/27/2026 ·", "2/30/2026 ·", "en-US", "line {}: '2/30/2026' is no day"),
        ("3/11/2026", "3/11/26", "en-US", "line {}: '3/11/26': is ambiguous; write the year with four digits"),
        ("3/11/2026", "last week", "en-US", "line {}: 'last week' is no date"),
        ("3/9/2026, 1:04:05", "3/9/2026, 13:04:05", "en-US", "there is no hour 13 pm"),
        ("3/9/2026, 1:04:05", "3/8/2026, 2:30:00 AM\n3/9/2026, 1:04:05", "en-US", "did not exist in America/"),
        ("3/9/2026, 1:04:05", "11/2/2025, 1:30:00\u202fAM\n3/9/2026, 1:04:05", "en-US", "--zone Etc/GMT"),
        ("3/9/2026, 1:04:05", "13/9/2026, 1:04:05", "en-US", "line {}: '13/9/2026, 1:04:05 PM' is no day"),
        ("2/27/2026 ·", "2/3/2026 ·", "ja-JP", "could be two days"),
        ("", "", "xx-YY", "--locale 'xx-YY': is not a known locale"),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_meant_are_refused_with_their_line(was: str, now: str, locale: str, why: str) -> None:
    text = as_text(stated())
    number = text[: text.index(was)].count("\n") + 1
    with pytest.raises(BadInput) as refused:
        read(text.replace(was, now, 1), locale)
    assert why.format(number) in str(refused.value)


def test_a_clock_of_twelve_hours_is_not_read_where_there_are_24() -> None:
    text = as_text(stated()).replace("2/27/2026", "2/3/2026").replace("3/11/2026", "4/11/2026")
    with pytest.raises(BadInput, match="en-GB counts 24 hours; if the page is of another country"):
        read(text, "en-GB")
    assert read(text, "en-AU").sources[1].recorded_at == datetime(2026, 9, 3, 17, 4, 5, tzinfo=UTC)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(BadInput, match="--zone 'Mars/Base'"):
        read(as_text(stated()), zone="Mars/Base")


FIGURES = "str 8 extracted 1× 4/5/2026 · last reinforced 4/5/2026 · 2 articles"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("A letter.\n\nNothing else.", "no line such as “str 8"),
        ("PK\x03\x04\x00\x00\x00\x00\x00", "is no text"),
        (FIGURES, "no title over"),
        (f"Title\n{FIGURES} {'x' * 3000}", "line 2: the line of figures is longer than 2000"),
        (f"Title\n{FIGURES.replace('last reinforced', 'seen')}", "line 2: the line of figures lacks “last reinforced"),
        (f"Title\n{FIGURES}", "“Source articles (N)”"),
        ("<html><body><p>Hello</p></body></html>", "is no page of a signal"),
    ],
)
def test_what_is_no_page_is_refused_with_what_was_missing(content: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(content)
    assert why in str(refused.value)


def test_hostile_strings_stay_text() -> None:
    hostile = "<script>alert(1)</script> {{ 7*7 }} '; DROP TABLE stated; -- \u202ereversed\u202c \x07"
    page = stated(
        title=hostile,
        actors=(StatedActor(hostile),),
        sources=(StatedSource(hostile, "reasoned", hostile, "DROP", None, (hostile,)),),
        articles=1,
        stated_sources=1,
    )
    found = read(as_text(page))
    clean = spaced(hostile.replace("\u202e", "").replace("\u202c", "").replace("\x07", ""))
    assert (found.title, found.sources[0].quote, found.sources[0].reasoning) == (clean, clean, (clean,))
    assert read(as_html(page)) == found


def test_quotes_too_long_to_be_evidence_are_warned_of() -> None:
    long = StatedSource("A long one", "quote", "word " * 900 + "end", "end")
    page = read(as_text(stated(sources=(long,), articles=1, stated_sources=1)))
    assert page.sources[0].quote == long.quote
    assert any("A long one" in warning and "cannot be verified" in warning for warning in page.warnings)


def test_what_cannot_be_is_kept_and_warned_of_with_its_line_and_the_remedy() -> None:
    text = as_text(stated()).replace("str 6.5", "str 800").replace("2/27/2026 ·", "3/12/2026 ·")
    text = text.replace("[2026-03-02]", "[2026-02-31]")
    page = read(text)
    assert (page.strength, page.first_day, page.last_reinforced) == (800, date(2026, 3, 12), date(2026, 3, 11))
    assert [part.day for part in page.legacy[0].parts] == [None, date(2026, 3, 1)]
    figures, marker = (text[: text.index(mark)].count("\n") + 1 for mark in ("str 800", "[2026-02-31]"))
    strength, order, _, no_day = page.warnings
    assert strength.startswith(f"line {figures}: strength 800 is outside of 0 to 10; kept as stated: compare it")
    assert order.startswith(f"line {figures}: the first date, 2026-03-12, is after the last reinforced, 2026-03-11;")
    assert "--locale" in order
    assert no_day.startswith(f"line {marker}: [2026-02-31] is no day of the calendar and divides nothing; kept")


def test_what_lies_in_the_future_of_its_zone_is_kept_and_warned_of() -> None:
    text = as_text(stated())
    last_evening = date(2026, 3, 8)
    page = read_page(text.encode(), locale=LOCALE, zone=ZONE, today=last_evening)
    assert bare(page) == stated()
    late = [warning for warning in page.warnings if "lies in the future; kept as stated" in warning]
    number = text[: text.index("3/9/2026")].count("\n") + 1
    assert any(f"line {number}: when the article was recorded, 2026-03-09, lies" in warning for warning in late)
    assert any("last reinforced, 2026-03-11" in warning for warning in late)
    assert all("--locale" in warning for warning in late)
    on_the_day = read_page(text.encode(), locale=LOCALE, zone=ZONE, today=date(2026, 3, 11))
    assert on_the_day == read(text)


def test_many_doubts_are_counted() -> None:
    source = StatedSource("A fair in Brno draws crowds", "empty", recorded_at=AT)
    page = stated(sources=(source,) * 40, articles=40, stated_sources=40)
    found = read_page(as_text(page).encode(), locale=LOCALE, zone=ZONE, today=date(2026, 3, 1))
    assert sum("lies in the future" in warning for warning in found.warnings) == 20
    assert "more facts cannot be as they are stated" in found.warnings[-1]
