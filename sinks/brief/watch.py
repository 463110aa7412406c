"""What to watch: questions that the brief's own quotes leave open, restated in their own words. Pure.

Two sorts: what a quote says is still to come, found by English words for it, and two quotes that contradict each other.
Where no quote leaves anything open, there is nothing to watch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sinks.brief.items import BriefItem, BriefQuote, OpenQuestion

MOST: Final = 4
_FRAGMENT: Final = 26  # words of a quote at most
_MONTHS: Final = "January|February|March|April|May|June|July|August|September|October|November|December"
_AHEAD: Final = re.compile(
    r"\b(?:will(?! not\b| no\b| never\b)|plans? to|planned|intends? to|aims? to|expects? to|"
    r"(?:is|are) expected to|(?:is|are) due|due (?:on|in|by)|"
    r"scheduled (?:to|for)|(?:is|are) considering|threatens? to|pledged to|promised to|deadline|"
    r"by (?:the end of|next|early|late|mid-)|next (?:week|month|quarter|year|spring|summer|autumn|winter)|"
    rf"(?:from|by|in|until) (?:{_MONTHS})(?: \d{{4}})?)\b"
)


def to_watch(items: Sequence[BriefItem]) -> tuple[OpenQuestion, ...]:
    """Return at most four open questions: contradictions first, then what is to come, in the order of the brief."""
    found = [*_contradictions(items), *_ahead(items)]
    return tuple(found[:MOST])


def _contradictions(items: Iterable[BriefItem]) -> Iterator[OpenQuestion]:
    for item in items:
        supporting = [quote for quote in item.quotes if quote.stance == "supports" and quote.evidence_id]
        against = [quote for quote in item.contradicting if quote.evidence_id]
        if supporting and against:
            sides = (supporting[0], against[0])
            yield OpenQuestion(
                "Which of the two holds?",
                tuple(_around(quote, quote.quote.find(quote.anchor)) for quote in sides),
                tuple(quote.evidence_id for quote in sides),
                item.signal_id,
            )


def _ahead(items: Iterable[BriefItem]) -> Iterator[OpenQuestion]:
    for item in items:
        for quote in item.all_quotes:
            match = _AHEAD.search(quote.quote)
            if match and quote.evidence_id:
                fragment = _around(quote, match.start())
                yield OpenQuestion("Does this come about?", (fragment,), (quote.evidence_id,), item.signal_id)
                break


def _around(quote: BriefQuote, at: int) -> str:
    """Return the words of the quote around a place in it, with … where it was cut."""
    words = list(re.finditer(r"\S+", quote.quote))
    if len(words) <= _FRAGMENT:
        return quote.quote
    middle = next((number for number, word in enumerate(words) if word.end() > max(at, 0)), 0)
    first = max(0, min(middle - _FRAGMENT // 2, len(words) - _FRAGMENT))
    last = first + _FRAGMENT - 1
    before, after = ("… " if first else ""), (" …" if last < len(words) - 1 else "")
    return f"{before}{quote.quote[words[first].start() : words[last].end()]}{after}"
