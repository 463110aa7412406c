"""Prose for a brief: what a narrator adds to an item, sentence by sentence, each with the evidence that carries it.

The check that the sentences are borne out by their evidence is the narrator's; here they are only placed and shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sinks.brief.items import BriefItem, ProseSentence


@dataclass(frozen=True, slots=True)
class Written:
    """What a narrator wrote: sentences by signal id. `note` tells readers that something is missing; "" if nothing."""

    by: str = ""
    sentences: Mapping[str, Sequence[ProseSentence]] = field(default_factory=dict)
    note: str = ""


class Prose(Protocol):
    """Writes prose for the items of a brief. Called in a thread; never raises, and answers within its own deadline."""

    def __call__(self, items: Sequence[BriefItem]) -> Written:
        """Return what could be written, possibly nothing."""
        ...


def with_prose(items: Sequence[BriefItem], written: Written) -> tuple[BriefItem, ...]:
    """Return the items with their sentences. One that does not cite a quote of its own item is left out."""
    placed: list[BriefItem] = []
    for item in items:
        own = {quote.evidence_id for quote in item.all_quotes if quote.evidence_id}
        prose = tuple(
            ProseSentence(sentence.text, tuple(cite for cite in sentence.cites if cite in own))
            for sentence in written.sentences.get(item.signal_id, ())
            if sentence.text.strip() and own.intersection(sentence.cites)
        )
        placed.append(replace(item, prose=prose, written_by=written.by if prose else ""))
    return tuple(placed)
