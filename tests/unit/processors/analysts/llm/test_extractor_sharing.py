"""Copies share their original's extraction, and evidence gets vectors where there is somebody to make them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from processors.analysts.llm.api import Unusable, Vectors
from processors.analysts.llm.extractor import LlmExtractor
from schemas.article import Article
from schemas.errors import Retryable
from schemas.proposal import Extraction
from tests.unit.processors.analysts.llm.scripted import (
    MECHANISM,
    SECOND,
    STRAIT,
    ScriptedLlm,
    Shelf,
    always,
    item,
    report,
)

FIRST = item("Insurers have begun to withdraw cover", "withdraw cover", claim="Insurers withdraw cover.")


def extract(llm: ScriptedLlm, shelf: Shelf | None, article: Article, **given: Any) -> Extraction:
    return asyncio.run(LlmExtractor(llm, shared=shelf, **given).extract(article))


def copy(text: str, **given: Any) -> Article:
    return report(text, copy_of=report().article_id, article_id="c" * 20, **given)


def test_a_copy_is_grounded_in_its_own_text_without_a_call() -> None:
    llm, shelf = ScriptedLlm(always(item(), FIRST)), Shelf()
    original = extract(llm, shelf, report())
    again = f"CALDER BAY (Wire) —\n\n{STRAIT}".replace("said on Monday", "said  on\u00a0Monday")
    found = extract(llm, shelf, copy(again))
    assert len(llm.calls) == 1
    assert len(found.evidence) == len(original.evidence) == 2
    for evidence in found.evidence:
        assert again[evidence.quote_start : evidence.quote_end] == evidence.quote
    assert found.evidence[0].quote != SECOND  # its own spaces, not the original's
    assert {e.evidence_id for e in found.evidence}.isdisjoint(e.evidence_id for e in original.evidence)


def test_a_shortened_copy_makes_do_with_half_of_it() -> None:
    llm, shelf = ScriptedLlm(always(item(), FIRST)), Shelf()
    extract(llm, shelf, report())
    assert len(extract(llm, shelf, copy(SECOND)).evidence) == 1
    assert len(llm.calls) == 1


def test_a_copy_that_says_something_else_is_read_itself() -> None:
    llm, shelf = ScriptedLlm(lambda call: [item(), FIRST] if "Insurers have" in call.user else []), Shelf()
    extract(llm, shelf, report())
    assert extract(llm, shelf, copy("Nothing of all this was ever printed here.")).outcome == "nothing"
    assert len(llm.calls) == 2


def test_nothing_is_shared_too_but_not_what_failed() -> None:
    llm, shelf = ScriptedLlm(always()), Shelf()
    extract(llm, shelf, report())
    assert extract(llm, shelf, copy(STRAIT)).outcome == "nothing"
    assert len(llm.calls) == 1
    for said in ([item("never said")], Unusable("cut off")):
        shelf = Shelf()
        extract(ScriptedLlm(lambda call, said=said: said), shelf, report())  # type: ignore[misc]
        assert not shelf.bodies


@pytest.mark.parametrize("body", ["", "null", '{"items": 3}', "not json"])
def test_a_damaged_shelf_is_as_an_empty_one(body: str) -> None:
    llm, shelf = ScriptedLlm(always(item())), Shelf()
    extract(llm, shelf, report())
    shelf.bodies = dict.fromkeys(shelf.bodies, body)
    assert extract(llm, shelf, copy(STRAIT)).evidence
    assert len(llm.calls) == 2


def test_another_prompt_shares_nothing() -> None:
    llm, shelf = ScriptedLlm(always(item())), Shelf()
    extract(llm, shelf, report())
    extract(llm, shelf, copy(STRAIT), sectors=("piracy",))
    assert len(llm.calls) == 2


def test_evidence_has_the_vectors_of_claim_and_mechanism() -> None:
    def vectors(texts: Sequence[str]) -> Vectors:
        return Vectors("e-1", 2, tuple(bytes([n, 0, 0, 0]) * 2 for n, _ in enumerate(texts)))

    llm = ScriptedLlm(always(item(), FIRST), vectors)
    found = extract(llm, None, report())
    assert [e.embedding for e in found.evidence] == [bytes(8), bytes([1, 0, 0, 0]) * 2]
    assert {e.embedding_model for e in found.evidence} == {"e-1"}
    assert llm.embedded == [
        (f"Arrivals fell 38 percent in April. {MECHANISM}", f"Insurers withdraw cover. {MECHANISM}")
    ]


def test_vectors_that_do_not_fit_are_left_out_and_a_service_that_is_down_defers() -> None:
    def failing(texts: Sequence[str]) -> Vectors:
        raise Unusable("too few")

    def short(texts: Sequence[str]) -> Vectors:
        return Vectors("e-1", 2, (b"1234",))

    def down(texts: Sequence[str]) -> Vectors:
        raise Retryable("later")

    for embed in (failing, short):
        (evidence,) = extract(ScriptedLlm(always(item()), embed), None, report()).evidence
        assert (evidence.embedding, evidence.embedding_model) == (b"", "")
    with pytest.raises(Retryable):
        extract(ScriptedLlm(always(item()), down), None, report())
