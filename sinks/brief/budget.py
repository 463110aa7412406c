"""The length of a brief: which items are told whole, which shortened, which in a line, which not at all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sinks.brief.items import BriefItem, MoverLine

WORDS: Final = 900


@dataclass(frozen=True, slots=True)
class Fitted:
    """What fits. `dropped` counts the signals that are not even named."""

    items: tuple[BriefItem, ...]
    lines: tuple[MoverLine, ...]
    dropped: int


def fit(items: Sequence[BriefItem], others: Sequence[BriefItem], words: int) -> Fitted:
    """Return what fits into `words`, best first: the lead whole whatever its length, the next ones whole, else with one
    quote of each side, else in a line, as those without quotes; `others` in a line each."""
    told: list[BriefItem] = []
    lines: list[MoverLine] = []
    used = dropped = 0
    for item in items:
        if told and not item.all_quotes and not item.prose:  # nothing but what a line says
            lines.append(_line(item))
            continue
        for form in (item, _short(item)):
            if not told or used + length(form) <= words:
                told.append(form)
                used += length(form)
                break
        else:
            lines.append(_line(item))
    fitting: list[MoverLine] = []
    for line in (*lines, *(_line(other) for other in others)):
        cost = _words(line.title) + _words(line.happened) + 3
        if dropped or used + cost > words:
            dropped += 1
        else:
            fitting.append(line)
            used += cost
    return Fitted(tuple(told), tuple(fitting), dropped)


def length(item: BriefItem) -> int:
    """Return how many words of a brief an item takes."""
    quotes = sum(
        _words(quote.quote) + _words(quote.publisher) + _words(quote.article_title) for quote in item.all_quotes
    )
    return _words(item.title) + _words(" ".join(item.happened)) + quotes + 12  # strengths, class and counts


def _short(item: BriefItem) -> BriefItem:
    return replace(item, quotes=item.quotes[:1], contradicting=item.contradicting[:1])


def _line(item: BriefItem) -> MoverLine:
    return MoverLine(
        signal_id=item.signal_id,
        title=item.title,
        strength_before=item.strength_before,
        strength_after=item.strength_after,
        happened=item.happened[0] if item.happened else "",
        contested=item.contested,
    )


def _words(text: str) -> int:
    return len(text.split())
