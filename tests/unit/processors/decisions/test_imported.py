"""Imported quotes: found they are evidence, else rejected; the analyst's own words are not counted twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from processors.analysts.lexical.extractor import LexicalExtractor, analyse
from processors.decisions.admissible import reason_against_extraction
from processors.decisions.imported import SALIENCE, with_imported
from processors.decisions.policy import Policy
from schemas.article import Article, ImportedQuote
from schemas.proposal import Extraction
from schemas.stated import IMPORTED, TAKEN_AS, imported_evidence_id
from tests.builders import article, imported_quote
from tests.worlds import World

BODY = (
    "Ostrava Bay recovers magnets from scrapped turbines.\n\n"
    "The plant opened in March with forty workers, the operator said.\n\n"
    "“Nobody digs any more”, said one miner near Brno, and traders at the exchange there agreed with him.\n\n"
    "A new crane is to be delivered in the summer."
)
QUOTED = "traders at the exchange there agreed"


def source(*quotes: ImportedQuote, **given: Any) -> Article:
    fields: dict[str, Any] = {"title": "A plant that lives on scrap", "text": BODY, "imported": quotes}
    return article(1, **(fields | given))


def read(of: Article) -> Extraction:
    return with_imported(analyse(of), of)


def test_a_quote_that_the_article_holds_becomes_evidence() -> None:
    quote = imported_quote(
        quote=QUOTED.upper(), anchor="the exchange", sectors=("Metals", "Alchemy"), geographies=("cz", "Bohemia")
    )
    plain = analyse(source())
    found = read(source(quote))
    assert found.evidence[:-1] == plain.evidence
    assert found.rejected == plain.rejected == ()
    made = found.evidence[-1]
    assert made.quote == QUOTED == BODY[made.quote_start : made.quote_end]
    assert (made.anchor, made.stance, made.salience) == ("the exchange", "supports", SALIENCE)
    assert (made.kind, made.lens, made.sectors, made.geographies) == ("structural", "investment", ("metals",), ("CZ",))
    assert (made.reasoning, made.reasoning_origin) == (quote.reasoning, "imported")
    assert made.evidence_id == imported_evidence_id(source().article_id, quote.quote)
    assert made.terms == plain.evidence[0].terms
    assert Policy().publish_salience > SALIENCE
    assert reason_against_extraction(found) == ""


def test_it_is_the_same_evidence_in_every_revision() -> None:
    quote = imported_quote(quote=QUOTED, anchor="")
    first, second = read(source(quote)), read(source(quote, revision=3))
    assert first.evidence[-1].evidence_id == second.evidence[-1].evidence_id
    assert first.evidence[-1].anchor == QUOTED


def test_without_reasoning_there_is_no_origin_of_one() -> None:
    made = read(source(imported_quote(quote=QUOTED, anchor="traders", reasoning=" ", kind="trend", lens=""))).evidence[
        -1
    ]
    assert (made.reasoning, made.reasoning_origin) == ("", "none")
    assert made.kind == analyse(source()).evidence[0].kind


@pytest.mark.parametrize(
    ("quote", "anchor", "why"),
    [
        ("traders at the exchange never agreed with anybody", "traders", "does not contain"),
        ("Something that was never said by anyone here at all", "never", "does not contain"),
        (QUOTED, "magnets", "the anchor does not lie inside the quote"),
    ],
)
def test_a_quote_that_is_not_there_is_rejected_with_its_reason(quote: str, anchor: str, why: str) -> None:
    found = read(source(imported_quote(quote=quote, anchor=anchor)))
    assert found.evidence == analyse(source()).evidence
    (rejected,) = found.rejected
    assert rejected.quote == quote
    assert rejected.reason.startswith(f"imported with {imported_quote().import_id} and not verified: ")
    assert why in rejected.reason or "is not the text's" in rejected.reason


def test_words_that_the_analyst_took_itself_are_not_counted_twice() -> None:
    own = analyse(source()).evidence[0]
    part = own.quote[: len(own.quote) // 2]
    for words in (own.quote, part):
        found = read(source(imported_quote(quote=words, anchor=words.split()[0])))
        assert found.evidence == (own,)
        assert [(one.quote, one.reason) for one in found.rejected] == [(words, f"{TAKEN_AS}{own.evidence_id}")]


def test_two_pages_that_quote_the_same_words_count_once() -> None:
    one = imported_quote(quote=QUOTED, anchor="traders")
    other = replace(one, import_id="im-other")
    longer = replace(one, quote=f"and {QUOTED} with him", import_id="im-third")
    found = read(source(one, other, longer))
    assert len(found.evidence) == len(analyse(source()).evidence) + 1
    assert [row.reason for row in found.rejected] == [f"{TAKEN_AS}{found.evidence[-1].evidence_id}"]


def test_an_article_of_which_the_analyst_makes_nothing_is_accepted_for_a_quote() -> None:
    of = source(imported_quote(quote=QUOTED, anchor="traders"))
    nothing = replace(analyse(source()), outcome="nothing", reason="only boilerplate", evidence=())
    found = with_imported(nothing, of)
    assert (found.outcome, found.reason, len(found.evidence)) == ("accepted", "", 1)
    assert found.evidence[0].terms
    missing = with_imported(nothing, source(imported_quote(quote="Never said by anyone", anchor="said")))
    assert (missing.outcome, missing.reason, len(missing.rejected)) == ("nothing", "only boilerplate", 1)


def test_what_is_deferred_stays_as_it_is() -> None:
    put_off = replace(analyse(source()), outcome="deferred", evidence=(), reason="no money")
    assert with_imported(put_off, source(imported_quote(quote=QUOTED))) is put_off
    plain = asyncio.run(LexicalExtractor().extract(source()))
    assert with_imported(plain, source()) is plain


def test_the_ledger_names_who_brought_it_and_takes_it_back_with_the_text() -> None:
    world = World()
    quote = imported_quote(quote=QUOTED, anchor="traders")
    first = world.take(read(source(quote)))
    by = {row.evidence_id: row.analyst for row in first.evidence}
    made = imported_evidence_id(source().article_id, QUOTED)
    assert (by.pop(made), set(by.values())) == (IMPORTED, {"lexical/1"})
    gone = world.take(read(source(quote, revision=1, text=BODY.replace(QUOTED, "everybody went home"))))
    assert [row.status for row in gone.evidence if row.quote == QUOTED] == ["rejected"]
    assert made in {change.evidence_id for change in gone.changes if change.status == "withdrawn"}
