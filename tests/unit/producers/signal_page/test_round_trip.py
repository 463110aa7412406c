"""Any page that the old system could have shown is read back as it was stated."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from producers.signal_page.quoted import quoted
from producers.signal_page.read import read_page
from producers.signal_page.shown_lines import shown_lines
from producers.visible_text import one_line
from schemas.copying import replace
from schemas.errors import BadInput
from schemas.stated import (
    LegacyPart,
    LegacyReasoning,
    StatedActor,
    StatedSignal,
    StatedSource,
    StatedState,
)
from tests.examples import tried
from tests.saved_pages import LOCALE, ZONE, as_html, as_text, shown, stated

# Pieces that are the grammar of the page itself, besides ordinary ones.
_PIECES = st.sampled_from(
    ["scrap", "“ore”", '"', "'", "[", "]", '" [', "] ", "[sic]", "(no evidence)", '""', "·", "—", "<b>", "&amp;",
     "5/6/2026", "[2026-04-24]", "$852bn", "Ærø", "磁石", "🧲", "(1)", "21 articles", "str 8"]
)  # fmt: skip
_WORDS = st.lists(_PIECES | st.text("abcXYZ'\"[]", min_size=1, max_size=6), min_size=1, max_size=8).map(" ".join)


def _is_plain(text: str) -> bool:
    """Whether a line could be nothing else than what it is meant to be: no heading, no evidence, no date."""
    return text[:1] not in tuple('"“„«[(←‹<1234567890') and text == one_line(text)


_SENTENCE = _WORDS.map(lambda words: one_line(f"So {words} it is"))
_DAYS = st.dates(date(1999, 1, 1), date(2099, 12, 31))
_TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)).map(
    lambda at: at.replace(microsecond=0, hour=17, tzinfo=UTC)
)


@st.composite
def _quotes(draw: st.DrawFn) -> tuple[str, str]:
    """A quote with an anchor from it, both as wild as can be told apart."""
    quote = draw(_WORDS.map(one_line).filter(bool))
    start = draw(st.integers(0, len(quote) - 1))
    anchor = quote[start : draw(st.integers(start + 1, len(quote)))].strip() or quote
    found = quoted(f'"{quote}" [{anchor}]')
    assert found is not None
    if (found.quote, found.anchor) != (quote, anchor):  # two quotes fit the line: nobody could tell
        assert f'"{found.quote}" [{found.anchor}]' == f'"{quote}" [{anchor}]'
        return found.quote, found.anchor
    return quote, anchor


@st.composite
def _sources(draw: st.DrawFn) -> StatedSource:
    title = draw(_SENTENCE | _WORDS.map(one_line).filter(_is_plain) | st.sampled_from(["Analysis", "Key actors"]))
    at = draw(st.none() | _TIMES)
    state: StatedState = draw(st.sampled_from(get_args(StatedState)))
    if state in ("none", "empty"):
        return StatedSource(title, state, recorded_at=at if state == "empty" else None)
    quote, anchor = draw(_quotes())
    reasoning = tuple(draw(st.lists(_SENTENCE, min_size=1, max_size=3))) if state == "reasoned" else ()
    return StatedSource(title, state if quote else "empty", quote, anchor, at, reasoning if quote else ())


@st.composite
def _reasonings(draw: st.DrawFn) -> LegacyReasoning:
    said = st.lists(st.sampled_from(["scrap", '"ore"', "[sic]", "·", "it"]), min_size=1, max_size=5).map(" ".join)
    dated = draw(st.lists(st.builds(LegacyPart, _DAYS, said), min_size=1, max_size=4))
    first = draw(st.none() | said.map(lambda text: f"Said {text}"))
    return LegacyReasoning(draw(_DAYS), (*([LegacyPart(None, first)] if first else []), *dated))


@st.composite
def pages(draw: st.DrawFn) -> StatedSignal:
    sources = tuple(draw(st.lists(_sources(), max_size=6)))
    legacy = tuple(draw(st.lists(_reasonings(), max_size=3)))
    first = draw(_DAYS)
    return stated(
        title=draw(_SENTENCE),
        strength=draw(st.integers(0, 100)) / 10,
        times_extracted=draw(st.integers(0, 9999)),
        first_day=first,
        last_reinforced=first + timedelta(days=draw(st.integers(0, 99))),
        articles=draw(st.integers(0, 999)),
        kind=draw(st.sampled_from(["structural", "event", "trend"])),
        sectors=tuple(draw(st.lists(st.sampled_from(["AI", "metals", "Tulips"]), min_size=1, unique=True))),
        geographies=tuple(draw(st.lists(st.sampled_from(["US", "CN", "Ruritania"]), min_size=1, unique=True))),
        analysis=tuple(draw(st.lists(_SENTENCE, max_size=3))),
        actors=tuple(
            draw(
                st.lists(
                    st.builds(StatedActor, _SENTENCE.map(lambda text: f"{text}."), st.none() | st.integers(0, 99)),
                    max_size=3,
                )
            )
        ),
        sources=sources,
        stated_sources=draw(st.none() | st.integers(0, 99)) if sources else draw(st.integers(0, 9)),
        legacy=legacy,
        stated_legacy=draw(st.integers(0, 9)) if legacy else None,
    )


@given(pages())
@settings(max_examples=tried(150, 2000), deadline=None)
def test_any_page_is_read_back(page: StatedSignal) -> None:
    found = read_page(as_text(page).encode(), locale=LOCALE, zone=ZONE)
    assert replace(found, lines=(), warnings=()) == page
    assert [line.text for line in found.lines] == [one_line(line) for _, line in shown(page)]
    assert found.unread == ()
    assert read_page(as_html(page).encode(), locale=LOCALE, zone=ZONE) == found


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.builds(
    lambda page, at, junk: (as_text(page)[:at] + junk + as_text(page)[at:]).encode("utf-8", "replace"),
    pages(), st.integers(0, 900), st.text(max_size=40),
))  # fmt: skip
@settings(max_examples=tried(150, 3000), deadline=None)
def test_garbage_is_read_or_refused_and_loses_no_line(content: bytes) -> None:
    try:
        found = read_page(content, locale=LOCALE, zone=ZONE)
    except BadInput:
        return
    assert " ".join(line.text for line in found.lines) == " ".join(line.text for line in shown_lines(content))
