"""Grounding: typographic dress does not matter, and nothing is ever quoted that the text does not contain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.grounding import Grounded, Refused, ground

TEXT = (
    "“The port authority won’t re-open the quay,” said Ana Ruiz — who ran it for 3.5 years … "
    "Costs rose 40 % because in\u00adsurers left; the naïve café plan is unlikely to survive."
)

# Each character may come back in one of these dresses.
DRESSES: dict[str, tuple[str, ...]] = {
    " ": (" ", "\u00a0", "  ", "\n", " \u200b", "\u2009"),
    "“": ("“", '"', "„", "«", "'"),
    "”": ("”", '"', "»", "'"),
    "’": ("’", "'", "ʼ", "`"),
    "-": ("-", "‐", "\u2011", "–"),
    "—": ("—", "–", "--", "-", "\u2014"),
    "…": ("…", "...", ". . ."),
    "\u00ad": ("\u00ad", "", "\u200b"),
    "é": ("é", "e\u0301"),
}


@st.composite
def dressed(draw: st.DrawFn, text: str = TEXT) -> tuple[int, int, str]:
    """A span of `text` and the same characters in another dress."""
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    out = []
    for character in text[start:end]:
        out.append(draw(st.sampled_from(DRESSES.get(character, (character,)))))
        if character.isalnum() and draw(st.integers(0, 9)) == 0:
            out.append(draw(st.sampled_from(("\u00ad", "\u200b", "\u2060", "\ufeff"))))
    return start, end, "".join(out)


@given(dressed())
def test_a_span_in_other_dress_is_recovered_in_the_articles_own_words(
    case: tuple[int, int, str],
) -> None:
    start, end, quote = case
    result = ground(TEXT, quote, quote)
    if isinstance(result, Refused):
        assert not quote.strip("\u00ad\u200b\u2060\ufeff \u00a0\u2009\n")  # nothing that can be seen
        return
    assert TEXT[result.start : result.end] == result.quote
    assert result.anchor in result.quote
    wanted = TEXT[start:end].strip("“”’'… \u00ad").split()
    assert all(word.strip("“”’—-….,\u00ad") in result.quote for word in wanted)


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_asked_only_the_text_is_quoted(text: str, quote: str, anchor: str) -> None:
    result = ground(text, quote, anchor)
    if isinstance(result, Grounded):
        assert text[result.start : result.end] == result.quote
        assert result.anchor in result.quote
        assert result.quote


@given(st.text(min_size=1, max_size=60), st.data())
def test_any_true_substring_of_any_text_is_found_or_is_blank(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    result = ground(text, text[start:end], text[start:end])
    if isinstance(result, Grounded):
        assert text[result.start : result.end] == result.quote


def test_a_word_is_never_cut_out_of_another_word() -> None:
    text = "The plan is unlikely to pass."
    result = ground(text, "likely to pass", "pass")
    assert isinstance(result, Grounded)
    assert result.quote == "unlikely to pass"


def test_the_place_at_word_borders_wins() -> None:
    text = "The party paid for art."
    result = ground(text, "art", "art")
    assert isinstance(result, Grounded)
    assert (result.start, result.end) == (19, 22)


def test_marks_and_ellipses_around_a_quote_and_case_do_not_matter() -> None:
    text = "He said the court could rule on whether the firm may exist."
    result = ground(text, "“…The court could rule on whether the firm…”", "The Court")
    assert isinstance(result, Grounded)
    assert result.quote == "the court could rule on whether the firm"
    assert result.anchor == "the court"


def test_a_window_keeps_other_items_out() -> None:
    text = "Steel rises. Ports close. Steel rises."
    result = ground(text, "Steel rises.", "Steel", start=13)
    assert isinstance(result, Grounded)
    assert result.start == 26
    assert isinstance(ground(text, "Ports close.", "Ports", end=12), Refused)


def test_refusals_name_their_reason() -> None:
    text = "Ships wait outside the port."
    assert ground(text, " ", "x") == Refused("the quote is empty")
    assert ground(text, "Ships wait", "") == Refused("the anchor is empty")
    assert ground(text, "Ships sank", "Ships") == Refused("the text does not contain the quote")
    assert ground(text, "Ships wait", "the port") == Refused("the anchor does not lie inside the quote")


def test_scripts_without_spaces_are_quoted_as_given() -> None:
    text = "中国政府は半導体の輸出を規制した。"
    result = ground(text, "半導体の輸出", "半導体")
    assert isinstance(result, Grounded)
    assert result.quote == "半導体の輸出"


def test_an_accent_written_apart_is_kept_as_the_article_wrote_it() -> None:
    text = "The cafe\u0301 closed."
    result = ground(text, "caf\u00e9 closed", "caf\u00e9")
    assert isinstance(result, Grounded)
    assert result.quote == "cafe\u0301 closed"
    assert result.anchor == "cafe\u0301"
