"""Folding keeps the way back, sentences cover the text, terms are the same everywhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decisions.text import fold, sentences, terms, tokens


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_typography_folds_away() -> None:
    plain = fold("He said 'no'-then left... ok").text
    assert fold("He\u00a0said “no” — then\u200b  left… ok").text == plain
    assert fold("ﬁnal ½", casefold=True).text == "final 1⁄2"


@given(st.text(max_size=120), st.booleans())
def test_pieces_cover_the_text_in_order(text: str, casefold: bool) -> None:
    folded = fold(text, casefold=casefold)
    assert list(folded.begin) == sorted(folded.begin)
    assert [0, *folded.end] == [*folded.begin, len(text)]
    if folded.text:
        span = folded.original(0, len(folded.text))
        assert span is not None
        assert 0 <= span[0] < span[1] <= len(text)


@given(st.text(max_size=120))
def test_folding_twice_changes_nothing_that_matters(text: str) -> None:
    once = fold(text).text
    assert len(fold(once).text) <= len(once)


def test_a_border_inside_a_ligature_is_no_border() -> None:
    folded = fold("ﬁne")
    assert folded.text == "fine"
    assert folded.original(0, 2) == (0, 1)
    assert folded.original(0, 1) is None
    assert folded.original(1, 4) is None


@given(st.text(alphabet="aB.!?\n '\"1…。", max_size=80))
def test_sentences_are_ordered_and_leave_out_only_white_space(text: str) -> None:
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Mr. J. P. Ruiz paid $1.8 billion to Acme Inc. The deal closed.",
            ["Mr. J. P. Ruiz paid $1.8 billion to Acme Inc.", "The deal closed."],
        ),
        ("The U.S. Navy left at 5 p.m. It rained.", ["The U.S. Navy left at 5 p.m.", "It rained."]),
        ("“It is over.” He left.", ["“It is over.”", "He left."]),
        ("“Why now?” she asked. No one knew.", ["“Why now?” she asked.", "No one knew."]),
        ("A heading\nThe first line. And more", ["A heading", "The first line.", "And more"]),
        ("See No. 5 on Jan. 3. Then stop…", ["See No. 5 on Jan. 3.", "Then stop…"]),
        (
            "This line was wrapped by a mailer in the middle of the\nPort Authority and goes on.",
            ["This line was wrapped by a mailer in the middle of the\nPort Authority and goes on."],
        ),
        ("輸出を規制した。価格は上がる。", ["輸出を規制した。", "価格は上がる。"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_tokens_meet_across_inflection_and_script() -> None:
    assert tokens("Iranian ports' killings") == tokens("Iran port killing")
    assert tokens("U.S. troops") == tokens("US troop")
    assert tokens("tell us more") == ["tell"]
    assert tokens("半導体規制") == ["半導", "導体", "体規", "規制"]
    assert tokens("हिन्दी समाचार") == ["हिन्दी", "समाचार"]
    assert tokens("l’accord des ministres") == tokens("accord ministre")


def test_terms_weigh_the_title_and_stay_within_their_limit() -> None:
    found = terms("Port strike", "The strike closed the port. " + " ".join(f"word{i}x" for i in range(200)))
    assert found["strik"] == 3.0
    assert len(found) == 80
    assert terms("", "") == {}


def test_terms_do_not_depend_on_the_process() -> None:
    program = (
        "from processors.decisions.text import terms;"
        "print(list(terms('Ports and tides', ' '.join(f'w{i % 97}q' for i in range(300))).items()))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
