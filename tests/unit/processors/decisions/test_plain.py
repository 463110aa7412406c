"""Plain: whatever a model writes, what is shown is words."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from processors.decisions.plain import plain

HOSTILE = [
    "Exports fall <script>alert(1)</script> again",
    "Exports fall <SCRIPT src=//evil.example/x.js></SCRIPT> again",
    "Exports fall <scr<script>ipt>alert(1)</script> again",
    "Exports fall <img src=x onerror=alert(1)> again",
    "Exports fall <img src=x onerror=alert(1) again",
    "Exports fall &lt;script&gt;alert(1)&lt;/script&gt; again",
    "Exports fall &amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt; again",
    "Exports fall &#60;script&#62;alert(1)&#x3c;/script&#x3e; again",
    "Exports fall ＜script＞alert(1)＜/script＞ again",
    "Exports fall <!-- hidden --> again",
    "Exports fall [here](javascript:alert(1)) again",
    "Exports fall [here](https://evil.example/a_(b)) again",
    "Exports fall [here][1] again\n[1]: https://evil.example",
    "Exports fall ![pixel](https://evil.example/p.gif?q=1) again",
    "Exports fall [![a](http://evil.example)](http://evil.example) again",
    "Exports fall https://evil.example/path?q=1#a again",
    "Exports fall HTTPS://EVIL.EXAMPLE again",
    "Exports fall hxxp://evil.example again",
    "Exports fall ht\u200btps://evil.exa\u2060mple again",
    "Exports fall www.evil.example again",
    "Exports fall evil.com/path again",
    "Exports fall evil.com again",
    "Exports fall sub.evil.co.uk again",
    "Exports fall evil.<b></b>com/path again",
    "Exports fall 10.0.0.1:8080/x again",
    "Exports fall //evil.example/x again",
    "Exports fall javascript:alert(1) again",
    "Exports fall java\tscript:alert(1) again",
    "Exports fall data:text/html;base64,PHNjcmlwdD4= again",
    "Exports fall mailto:a@evil.example again",
    "Exports fall someone@evil.example again",
    "Exports fall \u202egnissim\u202c again",
    "Exports fall \x1b[31mred\x1b[0m \x1b]8;;http://evil.example\x07link\x1b]8;;\x07 again",
    "Exports fall \x00\x08\ud800\U000e0041 again",
    "Exports fall <a href='https://evil.example'>here</a> again",
    "Exports fall &#106;avascript&colon;alert(1) again",
    "Exports fall xn--e1afmkfd.xn--p1ai again",
]
LINK = re.compile(r"://|javascript:|data:|mailto:|www\.|@|evil\.|\]\(|<\w|</|<!|&\w+;|&#", re.IGNORECASE)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_dangerous_is_left(text: str) -> None:
    shown = plain(text, 200)
    assert LINK.search(shown) is None, shown
    assert shown.startswith("Exports fall")
    assert shown.endswith("again") or "\n" in text
    assert shown.isprintable()
    assert "alert" not in shown or "script" not in shown.lower()


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. and AT&T agreed: 3 < 5, and 5 > 3.",
        "Node.js, e.g. its users, gained 4.5% (or $2.1bn) in Q3.",
        "Die Firma z.B. wuchs um 1.234,5 Euro; d.h. mehr als die R&D.",
        "“Quoted” — with dashes… and l'accord",
        "a and/or b, c: d; 10:30 on 12/03/2024",
        "中国政府は半導体の輸出を規制した。",
        "حكومة مصر ترفع الأسعار",
        "He said: data: the numbers. File: none.",
        "[The firm] left",
        "GPT-4 needs C++ and C#; x = y * z",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain(text, 200) == text


def test_names_that_are_domains_stay_readable() -> None:
    assert plain("Booking.com and C3.ai fell.", 100) == "Booking com and C3 ai fell."


def test_a_missing_space_is_no_domain() -> None:
    assert plain("It ended.It began again.", 100) == "It ended. It began again."


def test_markup_that_carries_words_leaves_them() -> None:
    assert plain("**Exports** of <b>gallium</b> `fell` [by half](https://a.example).", 100) == (
        "Exports of gallium fell by half."
    )


def test_nothing_left_is_empty() -> None:
    assert plain("<script>alert(1)</script> https://a.example \u202e …", 100) == ""
    assert plain("words", 0) == ""
    assert plain(" \n ", 10) == ""


def test_it_is_cut_at_a_word() -> None:
    assert plain("Exports of gallium fell again", 20) == "Exports of gallium…"
    assert plain("x" * 50, 10) == "x" * 9 + "…"
    assert plain("Exports", 7) == "Exports"


@given(st.text(alphabet=st.characters(), max_size=200), st.integers(-1, 120))
@example("000.AA00", 7)  # cut in a word, it ends as a domain does
def test_any_text_is_bounded_printable_and_settled(text: str, most: int) -> None:
    shown = plain(text, most)
    assert len(shown) <= max(0, most)
    assert shown.isprintable()
    assert plain(shown, most) == shown


PIECES = (
    "<", ">", "script", "&lt;", "&amp;", "lt;", "/", "[", "]", "(", ")", "!", "http", ":", "//", "www", ".", "evil",
    "com", "@", "\u200b", " ", "\n", "javascript", "#", "*", "`", "&#60;", "<b>", "</b>", "\x1b[", "\x1b", "m", "e.g.",
    "&#x3a;", "＜",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.one_of(st.just(300), st.integers(1, 40)))
@example(["evil", ".", "com", "m", "m"], 9)  # "evil.comm" is no domain, what a cut leaves of it is
def test_no_mixture_of_pieces_makes_a_tag_or_a_link(pieces: list[str], most: int) -> None:
    shown = plain("".join(pieces), most)
    assert re.search(r"<[a-z/!?]|://|javascript:|\bwww\.|\bevil\.com\b|\]\(|\w@\w", shown) is None, shown
    assert plain(shown, most) == shown
