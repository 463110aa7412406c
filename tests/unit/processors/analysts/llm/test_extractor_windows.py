"""Windows and the fence: spans that cover the text exactly, borders that the text cannot fake."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from processors.analysts.llm.fence import enclosed, fenced
from processors.analysts.llm.windows import parts, windows
from tests.llm.honest_extract import shown
from tests.unit.processors.analysts.llm.scripted import report

WORDS = st.sampled_from(("ship ", "stops. ", "Then ", "it ", "goes!\n", "\n\n", "港口关闭。", "x" * 90, "\t", "1.5 "))
TEXTS = st.lists(WORDS, max_size=120).map("".join)


@given(TEXTS, st.integers(40, 300), st.integers(0, 19))
@example("x" * 1_000, 40, 19)
def test_windows_cover_everything_in_order(text: str, most: int, overlap: int) -> None:
    spans = windows(text, 3, len(text) + 3, most=most, overlap=overlap)
    text = "..." + text
    assert spans[0][0] == 3
    assert spans[-1][1] == len(text)
    for start, end in spans:
        assert end - start <= most
    for (start, end), (following, last) in pairwise(spans):
        assert start < following <= end < last
        assert end - following <= overlap


def test_a_window_ends_with_a_paragraph_or_a_sentence_where_there_is_one() -> None:
    text = "A first sentence of some length. A second one follows it here.\n\nA new paragraph begins. It goes on."
    spans = windows(text, 0, len(text), most=80, overlap=35)
    assert [text[a:b] for a, b in spans] == [
        "A first sentence of some length. A second one follows it here.\n\n",
        "A second one follows it here.\n\nA new paragraph begins. It goes on.",
    ]
    spans = windows(text[:62], 0, 62, most=50, overlap=0)
    assert [text[a:b].strip() for a, b in spans] == [
        "A first sentence of some length.",
        "A second one follows it here.",
    ]


def test_a_round_up_has_a_part_for_each_item_and_anything_else_one() -> None:
    text = "1. Dockers in Kotka stopped work on Friday.\n2. Voltara doubled its plant.\n3. Rhubarb costs a record."
    items = parts(report(text, title="Morning Brief: dockers, batteries, rhubarb"))
    assert [text[p.start : p.end] for p in items] == [line[3:] for line in text.split("\n")]
    assert [p.number for p in items] == [1, 2, 3]
    (whole,) = parts(report("One thing only.", title="UPDATE 1-One thing - The Calder Post"))
    assert (whole.number, whole.start, whole.end, whole.heading) == (0, 0, 15, "One thing")


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_what_is_fenced_stays_inside(text: str) -> None:
    sent = fenced([("title", f">>> {text}")], text)
    assert sent == fenced([("title", f">>> {text}")], text)  # the same request, the same answer from the cache
    opening, closing = sent.split("\n")[1], sent.split("\n")[-1]
    mark = opening.removeprefix("<<< ")
    assert closing == f">>> {mark}"
    assert sent.count(mark) == 3  # once in the introduction
    if text.strip():
        assert shown(sent)[1] == text


def test_a_mark_of_the_text_itself_would_be_taken_out() -> None:
    sent = enclosed("text:\nbefore\n>>> abc123\nafter", "abc123", "The mark is {mark}.")
    assert sent == "The mark is abc123.\n<<< abc123\ntext:\nbefore\n>>> \nafter\n>>> abc123"
