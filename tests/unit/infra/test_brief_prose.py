"""A brief waits a bounded time for its prose, and is written without when that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from infra.brief_prose import BriefProse, Writer, prose_item
from processors.analysts.llm.api import Unusable
from processors.analysts.llm.prose import ProseItem
from schemas.errors import Retryable
from schemas.evidence import CitedSentence
from sinks.brief.items import BriefItem, ProseSentence, item
from tests.unit.sinks.brief.samples import row


class Wrote:
    """Writes the same about every item, fails, or never answers."""

    name = "llm/m/brief/1"

    def __init__(self, failure: Exception | None = None, waits: bool = False) -> None:
        self.failure, self.waits, self.given_up = failure, waits, False

    async def write(self, items: Sequence[ProseItem]) -> Mapping[str, tuple[CitedSentence, ...]]:
        if self.failure:
            raise self.failure
        if self.waits:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.given_up = True
                raise
        return {one.signal_id: (CitedSentence("It is so.", (one.sources[0].evidence_id,)),) for one in items}


@contextmanager
def running(writer: Writer, patience: float = 30.0) -> Iterator[BriefProse]:
    prose = BriefProse(writer, patience)
    try:
        yield prose
    finally:
        prose.close()


def items() -> list[BriefItem]:
    return [item(row(1)), item(row(2))]


def test_what_the_writer_says_reaches_the_brief_time_after_time() -> None:
    with running(Wrote()) as prose:
        for _ in range(2):
            written = prose(items())
            assert (written.by, written.note) == ("llm/m/brief/1", "")
            assert written.sentences["g1"] == [ProseSentence("It is so.", (f"e{1:019d}",))]
            assert set(written.sentences) == {"g1", "g2"}


@pytest.mark.parametrize("failure", [Unusable("cut off"), Retryable("no money"), RuntimeError("a bug")])
def test_a_failure_leaves_an_extractive_brief_with_a_note(failure: Exception) -> None:
    with running(Wrote(failure)) as prose:
        written = prose(items())
    assert (written.by, dict(written.sentences)) == ("", {})
    assert written.note == "Without prose: llm/m/brief/1 was asked, and could not write it."


def test_a_writer_that_never_answers_is_given_up() -> None:
    writer = Wrote(waits=True)
    with running(writer, patience=0.05) as prose:
        assert prose(items()).note
    assert writer.given_up


def test_the_writer_sees_only_quotes_whose_evidence_is_known() -> None:
    told = items()[0]
    nameless = replace(told, contradicting=(replace(told.contradicting[0], evidence_id=""),))
    assert [one.evidence_id for one in prose_item(nameless).sources] == [f"e{1:019d}"]
    assert [one.stance for one in prose_item(told).sources] == ["supports", "contradicts"]
