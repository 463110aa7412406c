"""The length of a brief: which items are told whole, which shortened, which in a line, which not at all. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sinks.brief.items import BriefItem, MoverLine, OpenQuestion
from sinks.brief.watch import to_watch

WORDS: Final = 900
_WATCH: Final = 8  # one word in so many is kept for what to watch


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fits. `dropped` counts the signals that are not even named."""

    items: tuple[BriefItem, ...] = ()
    lines: tuple[MoverLine, ...] = ()
    watch: tuple[OpenQuestion, ...] = ()
    dropped: int = 0


Measure = Callable[[Fitted], int]  # the words of the whole brief with this in it, reasons and footer and all


def words_of(markdown: str) -> int:
    """Return how many words a reader meets: what stands between white space and has a letter or a digit in it."""
    return sum(any(letter.isalnum() for letter in part) for part in markdown.split())


def fit(items: Sequence[BriefItem], others: Sequence[BriefItem], words: int, measure: Measure) -> Fitted:
    """Return what fits into `words`, best first: the lead whole whatever its length, the next ones whole, else with one
    quote of each side, else in a line, as those without quotes; then what to watch; then `others`, in a line each."""
    told: list[BriefItem] = []
    waiting: list[MoverLine] = []
    everything = len(items) + len(others)
    for item in items:
        if told and not item.all_quotes and not item.prose:  # nothing but what a line says
            waiting.append(_line(item))
            continue
        for form in _forms(item):
            # Room is kept for saying how many were left out, unless none is.
            longer = Fitted((*told, form), dropped=everything - len(told) - 1)
            if not told or measure(longer) <= words - words // _WATCH:
                told.append(form)
                break
        else:
            waiting.append(_line(item))
    waiting += [_line(other) for other in others]
    fitted = Fitted(tuple(told), dropped=len(waiting))
    for question in to_watch(told):
        longer = replace(fitted, watch=(*fitted.watch, question))
        fitted = longer if measure(longer) <= words else fitted
    for line in waiting:
        longer = replace(fitted, lines=(*fitted.lines, line), dropped=fitted.dropped - 1)
        if measure(longer) > words:
            break
        fitted = longer
    return fitted


def _forms(item: BriefItem) -> Iterator[BriefItem]:
    """Whole; with one quote of each side beside those that its prose cites; without prose."""
    yield item
    cited = {cite for sentence in item.prose for cite in sentence.cites}
    yield replace(
        item,
        quotes=tuple(one for at, one in enumerate(item.quotes) if not at or one.evidence_id in cited),
        contradicting=tuple(one for at, one in enumerate(item.contradicting) if not at or one.evidence_id in cited),
    )
    if item.prose:
        bare = replace(item, prose=(), written_by="")
        yield replace(bare, quotes=item.quotes[:1], contradicting=item.contradicting[:1])


def _line(item: BriefItem) -> MoverLine:
    return MoverLine(
        signal_id=item.signal_id,
        title=item.title,
        strength_before=item.strength_before,
        strength_after=item.strength_after,
        happened=item.happened[0] if item.happened else "",
        contested=item.contested,
    )
