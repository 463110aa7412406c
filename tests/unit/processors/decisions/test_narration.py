"""Which of a narrator's words are kept, and when a signal's words are due."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decisions.claims import unsupported
from processors.decisions.in_view import in_view, remembered
from processors.decisions.narration import Debounce, due, invented_quotes, kept, narrate_at, title_ok, whole
from schemas.events import SignalEvent
from schemas.evidence import CitedSentence
from tests.builders import event

EVIDENCE = {
    "e1": "Orrin Mills moved 40 looms to Veldt.\nThe third toll rise moved the looms.\nTarn Post",
    "e2": "“We will stay,” said Ada Brook. The guild did not sign.\nGuild Letter",
}
RULES = Debounce(quiet=5.0)


def one(text: str, *cites: str) -> CitedSentence:
    return CitedSentence(text, cites)


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("Orrin Mills moved 40 looms to Veldt.", ("e1",)),
        ("The work went to Veldt, and Ada Brook says “we will stay”.", ("e1", "e2")),
        ("The guild did not sign.", ("e2",)),
    ],
)
def test_what_the_evidence_bears_out_is_kept(text: str, cites: tuple[str, ...]) -> None:
    assert kept([one(text, *cites)], EVIDENCE) == (one(text, *cites),)


@pytest.mark.parametrize(
    ("text", "cites"),
    [
        ("Orrin Mills moved 41 looms.", ("e1",)),  # a number from elsewhere
        ("Orrin Mills moved 40 looms.", ("e2",)),  # true, of other evidence
        ("Acme Corporation moved its looms.", ("e1",)),  # a name from elsewhere
        ("The looms were not moved.", ("e1",)),  # a negation from elsewhere
        ("The mills say “we will leave”.", ("e1", "e2")),  # words in quotation marks that nobody said
        ("The mills say 'we will leave now', it is told.".replace("'", "‘", 1).replace("'", "’", 1), ("e1",)),
        ("The looms moved.", ()),
        ("The looms moved.", ("e9", "")),
        ("   ", ("e1",)),
        ("<script></script>", ("e1",)),
        ("the looms moved and " * 600, ("e1",)),
    ],
)
def test_what_it_does_not_bear_out_is_dropped(text: str, cites: tuple[str, ...]) -> None:
    assert kept([one(text, *cites)], EVIDENCE) == ()


def test_ids_that_do_not_exist_are_taken_out_and_repeats_too() -> None:
    said = [one("The looms moved.", "x", "e1", "e1"), one("The looms  moved.", "e2")]
    assert kept(said, EVIDENCE) == (one("The looms moved.", "e1"),)


NAMES_AND_NUMBERS = ["Orrin", "Mills", "Veldt", "Acme", "Zenda", "40", "41", "77"]
REST = ["looms", "moved", "not", "“we", "will”", "stay", "<b>x</b>", "https://a.example/x", "the", "to"]
WORDS = st.sampled_from(NAMES_AND_NUMBERS) | st.sampled_from(REST)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.lists(WORDS, max_size=9).map(" ".join), st.text(max_size=40)),
            st.lists(st.sampled_from(["e1", "e2", "e3", ""]), max_size=3),
        ),
        max_size=6,
    )
)
def test_every_kept_sentence_has_its_names_and_numbers_in_what_it_cites(said: list[tuple[str, list[str]]]) -> None:
    for sentence in kept([CitedSentence(text, tuple(cites)) for text, cites in said], EVIDENCE):
        assert sentence.cites
        assert set(sentence.cites) <= set(EVIDENCE)
        source = "\n".join(EVIDENCE[cite] for cite in sentence.cites)
        assert unsupported(sentence.text, source) == ()
        assert set(re.findall(r"[0-9]{2,}", sentence.text)) <= {"40"}  # "3" is borne out by "the third toll rise"
        assert "40" not in sentence.text or "40" in source
        for name in ("Orrin", "Mills", "Veldt", "Acme", "Zenda"):
            if re.search(rf"(?<!^)\b{name}\b", sentence.text):
                assert name in source
        assert "http" not in sentence.text
        assert "<b>" not in sentence.text


def test_quotation_marks_of_many_kinds() -> None:
    source = "He said: “We will ‘stay’ here…”"
    for words in ("\"we will 'stay' here\"", "«We will ‘stay’ here»", "„We will 'stay' here.“", "「here」", "the '90s"):
        assert invented_quotes(words, source) == (), words
    assert invented_quotes('He "will stay here" and "left"', source) == ("will stay here", "left")


def test_words_are_taken_whole_or_not_at_all() -> None:
    assert whole("a  b", 3) == "a b"
    assert whole("aa bb", 4) == ""
    assert whole("x" * 10_000, 600) == ""


@pytest.mark.parametrize(
    ("title", "fits"),
    [
        ("Looms leave for Veldt", True),
        ("Orrin Mills moves looms", True),  # the same again, otherwise spelt
        ("Orrin Mills moves looms, and 40 more", False),
        ("After Veldt: Orrin Mills moves looms", False),
        ("Orrin Mills moves looms’ parts", False),
        ("Looms leave for Zenda City", False),
        ("41 looms leave", False),
        ("", False),
        ("looms " * 19, False),
    ],
)
def test_titles_are_rewritten_never_appended_to(title: str, fits: bool) -> None:
    assert title_ok(title, list(EVIDENCE.values()), "Orrin Mills moves looms") is fits


def test_a_word_that_begins_like_the_old_title_is_another_title() -> None:
    assert title_ok("Looms leave", list(EVIDENCE.values()), "Loom")


def step(seq: int, evidence: str = "", **given: Any) -> SignalEvent:
    given = {"kind": "reinforced", "strength_before": 3.0, "strength_after": 3.0} | given
    return event(1, seq, signal_id="g1", evidence_id=evidence, stance="supports", **given)


def steps(count: int) -> list[SignalEvent]:
    return [step(seq, f"e{seq}") for seq in range(1, count + 1)]


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([], False),
        ([step(11, "e11")], False),
        ([step(11, "e11", kind="published")], True),
        ([step(11, "e11", kind="contradicted")], True),
        ([step(11, "", kind="evidence-rejected")], True),
        ([step(11, "e11", strength_after=3.9)], False),
        ([step(11, "e11", strength_after=4.0)], True),
        ([step(11, "", kind="faded", strength_after=0.9)], True),
        ([step(seq, f"e{seq}") for seq in range(11, 15)], False),
        ([step(seq, f"e{seq}") for seq in range(11, 16)], True),
        ([step(seq, "e11") for seq in range(11, 16)], False),
        ([step(11, "e11", kind="published", state="merged")], False),
        ([step(11, kind="revised", cause="r:g1:10", strength_after=9.0)], False),
    ],
)
def test_what_makes_a_narration_due(news: list[SignalEvent], expected: bool) -> None:
    assert due([*steps(10), *news], 10, RULES) is expected


def test_the_second_evidence_always_counts() -> None:
    assert due(steps(2), 1, RULES)
    assert not due(steps(3), 2, RULES)


def test_a_committed_revision_tells_what_has_been_in_view() -> None:
    published = step(11, "e11", kind="published")
    revised = step(12, kind="revised", cause="r:g1:11")
    assert due([*steps(10), published, step(12, kind="revised", cause="r:g1:10")], 0, RULES)
    assert not due([*steps(10), published, revised], 0, RULES)
    assert not due([*steps(10), published], 11, RULES)


def test_when_a_burst_is_narrated() -> None:
    assert narrate_at(100, 100, None, RULES) == 105
    assert narrate_at(100, 103, None, RULES) == 108, "each event starts the quiet anew"
    assert narrate_at(100, 159, None, RULES) == 160, "but not for ever"
    assert narrate_at(100, 100, 103, RULES) == 108, "never twice within the quiet time"
    assert narrate_at(100, 100, None, Debounce(quiet=0)) == 100


@given(st.floats(0, 1e6), st.floats(0, 1e4), st.none() | st.floats(0, 1e6), st.floats(0, 100))
def test_a_narration_comes_after_its_news_and_in_the_end(
    first: float, lasted: float, narrated: float | None, quiet: float
) -> None:
    rules = Debounce(quiet=quiet)
    at = narrate_at(first, first + min(lasted, rules.longest), narrated, rules)
    assert at >= first
    assert narrated is None or at >= narrated + quiet
    assert at <= max(first + max(quiet, rules.longest), (narrated or 0) + quiet)


def test_the_view_holds_the_newest_the_opening_and_what_speaks_against() -> None:
    events = [step(seq, f"e{seq}") for seq in range(1, 31)]
    events[4] = step(5, "e5", kind="contradicted")
    events = [event_ if event_.kind != "contradicted" else against(event_) for event_ in events]
    assert [one.evidence_id for one in in_view(events)] == ["e1", "e5", *(f"e{n}" for n in range(21, 31))]
    assert [one.seq for one in remembered(events, 4)] == [1, 5, *range(21, 31)]
    assert remembered(events[:3], 4) == tuple(events[:3])


def against(one: SignalEvent) -> SignalEvent:
    return event(1, one.seq, signal_id="g1", evidence_id=one.evidence_id, kind="contradicted", stance="contradicts")


def test_withdrawn_evidence_is_out_of_view_and_evidence_told_twice_is_once_in_it() -> None:
    events = [
        step(1, "e1"),
        step(2, "e2"),
        step(3, "e2", kind="published"),
        step(4, kind="evidence-rejected", note="the revision dropped it (e1, https://a.example/1)", quote=""),
        step(5, kind="faded", quote=""),
    ]
    assert [(one.seq, one.evidence_id) for one in in_view(events)] == [(2, "e2")]
