"""Prose in a brief: numbered citations that point to the quotes below, and who wrote what."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from schemas.events import Brief
from sinks.brief.compose import compose
from sinks.brief.items import BriefItem, ProseSentence, decode_body
from sinks.brief.prose import Prose, Written
from sinks.brief.store import BriefStore
from sinks.clickhouse.connect import Store
from tests.builders import minutes
from tests.unit.sinks.brief.samples import HOSTILE, Said, inputs, row
from tests.unit.sinks.brief.test_compose import rendered
from tests.unit.sinks.brief.test_terminal import printed

FOR, AGAINST = f"e{1:019d}", f"e{2:019d}"
TOLD = (ProseSentence("Rules widen.", (FOR,)), ProseSentence("Licences still arrive.", (AGAINST, FOR, "e-unknown")))


def writing(*sentences: ProseSentence, by: str = "llm/m/brief/1", note: str = "") -> Prose:
    def write(items: Sequence[BriefItem]) -> Written:
        return Written(by, {item.signal_id: sentences for item in items}, note)

    return write


def briefed(prose: Prose | None, at: float = 1440, **given: Any) -> Brief:
    asked = inputs(row(narrator="llm/m/narrate/1", **given), until=minutes(at))
    return compose(asked, Said(), date="2026-04-16", composed_at=minutes(at), prose=prose)


def test_sentences_stand_above_the_quotes_that_they_cite_by_number() -> None:
    brief = briefed(writing(*TOLD))
    body = decode_body(brief.body)
    item = body.items[0]
    assert [(one.text, one.cites) for one in item.prose] == [
        ("Rules widen.", (FOR,)),
        ("Licences still arrive.", (AGAINST, FOR)),
    ]
    assert [body.cited(one.cites) for one in item.prose] == [(1,), (1, 2)]
    assert '<a class="cite" href="#quote-2">[2]</a>' in brief.html
    for number in (1, 2):
        assert brief.html.count(f'id="quote-{number}"') == 1
        assert brief.html.count(f'href="#quote-{number}"') >= 1
    assert brief.html.index("Rules widen.") < brief.html.index('id="quote-1"')
    assert "Licences still arrive. [1] [2]" in rendered(brief.markdown)
    assert "— [2] " in rendered(brief.markdown)
    text = printed(brief)
    assert "Licences still arrive. [1] [2]" in text
    assert text.index("Rules widen. [1]") < text.index("— [1] Paper 1") < text.index("— [2] Paper 2")


def test_each_form_says_at_its_end_who_wrote_what() -> None:
    line = "Evidence by lexical/1; titles by llm/m/narrate/1; prose by llm/m/brief/1."
    brief = briefed(writing(*TOLD))
    for form in (brief.html, rendered(brief.markdown), printed(brief)):
        assert form.rindex(line) > form.rindex("Licences arrive within ")
    bare = compose(inputs(row()), Said(), date="2026-04-16", composed_at=minutes(1440))
    assert "Evidence by lexical/1." in bare.html
    nothing = compose(inputs(row()), Said(worth_saying=False), date="2026-04-16", composed_at=minutes(1440))
    assert "Evidence by" not in nothing.html


def test_a_sentence_without_a_quote_of_its_own_item_is_left_out() -> None:
    brief = briefed(
        writing(ProseSentence("From nowhere.", ("e9",)), ProseSentence(" ", (FOR,)), ProseSentence("x", ()))
    )
    item = decode_body(brief.body).items[0]
    assert (item.prose, item.written_by) == ((), "")
    assert "From nowhere" not in brief.html + brief.markdown
    assert "quote-g1" not in brief.html


def test_without_prose_the_brief_is_as_it_was_and_a_failure_is_noted() -> None:
    note = "Without prose: llm/m/brief/1 was asked, and could not write it."
    noted, plain = briefed(lambda items: Written(note=note)), briefed(None)
    assert note in noted.html
    assert note in noted.markdown
    assert note in printed(noted)
    assert noted.html.replace(f" {note}", "") == plain.html


def test_bodies_stored_before_prose_can_be_read() -> None:
    body = json.loads(briefed(None).body)
    del body["note"]
    for item in body["items"]:
        for name in ("prose", "written_by", "narrator"):
            del item[name]
        for quote in item["quotes"] + item["contradicting"]:
            del quote["evidence_id"], quote["analyst"]
    assert decode_body(json.dumps(body)).items[0].prose == ()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_prose_stays_words(text: str) -> None:
    brief = briefed(writing(ProseSentence(text, (FOR,)), by=text, note=text))
    for tag in ("<script>", "<img", "<svg/"):
        assert tag not in brief.html
    for tag in ("<script", "<img", "<svg", "</style", 'javascript:alert(1)"', "<pre", "<code"):
        assert tag not in rendered(brief.markdown)
    for sign in ("\x1b", "\x07", "\u202e"):
        assert sign not in printed(brief)


def test_nobody_writes_for_a_day_without_items() -> None:
    def never(items: Sequence[BriefItem]) -> Written:
        raise AssertionError("asked")

    said = Said(worth_saying=False)
    assert compose(inputs(row()), said, date="2026-04-16", composed_at=minutes(1440), prose=never).headline


def test_prose_that_cannot_be_written_again_does_not_replace_a_brief_that_has_it(store: Store) -> None:
    briefs = BriefStore(store)
    failing = writing(note="the model was away")
    assert briefs.save(briefed(failing))
    assert briefs.save(briefed(writing(*TOLD))), "prose is news"
    assert not briefs.save(briefed(failing, at=1500))
    assert briefs.save(briefed(failing, at=1500, articles=7)), "so is an article"
