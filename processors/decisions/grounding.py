"""Grounding: where an analyst's quote stands in the stored text, in the article's own characters.

A quote is found when it equals a stretch of the text after folding (`text.folding`): other quote marks,
dashes, spaces, ligatures and invisible characters do not matter. When that fails letter case is folded too,
because a quote often begins in mid-sentence with a capital. When that fails as well, a near miss (a slip of the
pen, an ellipsis, a word in brackets) is aligned to the stretch it was taken from (`alignment`). What is returned is
always cut from the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from processors.decisions.alignment import Missed, align
from processors.decisions.text.folding import Folded, fold
from processors.decisions.text.sentences import sentences
from schemas.copying import replace

MOST_QUOTE = 4000
MOST_ANCHOR = 300
# A quote cut inside a word ("likely" out of "unlikely") is widened to the word, at most this many characters.
_WIDEN = 40
# What is sought may be longer than what is found by this factor: entities, doubled spaces, format characters.
_DRESSED = 3
# Places inside words that are looked at before the first of them is taken; times the quote's length.
_MOST_WORK = 2_000_000
_BREAK = re.compile(r"\n[^\S\n]*\n")


@dataclass(frozen=True, slots=True)
class Grounded:
    """A quote that the text contains: `text[start:end] == quote` and `anchor in quote`, in code points.

    `how` tells whether the quote was given as it stands ("exact", after folding) or is the stretch nearest to it.
    """

    start: int
    end: int
    quote: str
    anchor: str
    how: Literal["exact", "aligned"] = "exact"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a quote cannot be evidence, in words for the one who gave it: at most 500 characters."""

    reason: str


def ground(text: str, quote: str, anchor: str, *, start: int = 0, end: int | None = None) -> Grounded | Refused:
    """Find `quote` in `text[start:end]` and `anchor` in the quote.

    The first place at word borders wins, else the first place at all, widened to whole words; else the nearest
    stretch, when nothing that matters differs (`alignment`). The anchor must stand in what was found, exactly
    after folding. Never raises.
    """
    start, stop, _ = slice(start, end).indices(len(text))
    window = text[start:stop]
    if not quote.strip():
        return Refused("the quote is empty")
    if not anchor.strip():
        return Refused("the anchor is empty")
    if len(quote) > _DRESSED * MOST_QUOTE:
        return Refused(f"the quote is longer than {MOST_QUOTE} characters")
    span, how = _find(window, quote), "exact"
    if span is None:
        near = align(window, quote)
        if isinstance(near, Missed):
            return Refused(_reason(near))
        span, how = (near.start, near.end), "aligned"
    found = window[span[0] : span[1]]
    if len(found) > MOST_QUOTE:
        return Refused(f"the quote is longer than {MOST_QUOTE} characters")
    inner = _find(found, anchor) if len(anchor) <= _DRESSED * MOST_QUOTE else None
    if inner is None:
        return Refused("the anchor does not lie inside the quote")
    phrase = found[inner[0] : inner[1]]
    if len(phrase) > MOST_ANCHOR:
        return Refused(f"the anchor is longer than {MOST_ANCHOR} characters")
    return Grounded(start + span[0], start + span[1], found, phrase, "exact" if how == "exact" else "aligned")


def widen(text: str, grounded: Grounded, *, start: int = 0, end: int | None = None) -> Grounded:
    """Return the quote grown to its whole sentence(s) within `text[start:end]`, the anchor kept.

    Unchanged where the sentences would be longer than MOST_QUOTE. Pass the `start` and `end` given to `ground`.
    """
    start, stop, _ = slice(start, end).indices(len(text))
    # Sentences end at blank lines, so those around the quote are enough to look at; one that goes on beyond
    # MOST_QUOTE would be too long anyway.
    low, high = _around(text, grounded.start, grounded.end, start, stop)
    first, last = grounded.start, grounded.end
    for begin, finish in sentences(text[low:high]):
        if low + begin < grounded.end and low + finish > grounded.start:
            first, last = min(first, low + begin), max(last, low + finish)
    if last - first > MOST_QUOTE:
        return grounded
    return replace(grounded, start=first, end=last, quote=text[first:last])


def paragraph_of(text: str, start: int, end: int) -> str:
    """Return the paragraph(s) around `text[start:end]`, split at blank lines, at most MOST_QUOTE to either side."""
    low, high = _around(text, start, end, 0, len(text))
    return text[low:high].strip()


def _around(text: str, start: int, end: int, least: int, most: int) -> tuple[int, int]:
    """Return the span from the blank line before `start` to the one after `end`, within bounds."""
    low, high = max(least, start - MOST_QUOTE, 0), min(most, end + MOST_QUOTE)
    for match in _BREAK.finditer(text, low, start):
        low = match.end()
    after = _BREAK.search(text, end, high)
    return low, after.start() if after else high


def _reason(missed: Missed) -> str:
    reason = f"the quote is not the text's: {missed.reason}" if missed.reason else "the text does not contain the quote"
    return f"{reason}; the closest passage is: {missed.closest}" if missed.closest else reason


def _find(text: str, sought: str) -> tuple[int, int] | None:
    """Return the original span of `sought` in `text`, exact after folding, then without regard to case."""
    for casefold in (False, True):
        folded = fold(text, casefold=casefold)
        for needle in _needles(fold(sought, casefold=casefold).text):
            span = _first(text, folded, needle)
            if span is not None:
                return span
    return None


def _needles(folded: str) -> Iterator[str]:
    """Yield what to look for: the quote as it is, then without what was put around it, then without its full stop."""
    whole = folded.strip()
    bare = whole.strip("'… ")
    seen = {""}
    for needle in (whole, bare, bare.rstrip("'… .,;:!?。、，\u060c\u061b\u061f\u0964")):
        if needle not in seen:
            seen.add(needle)
            yield needle


def _first(text: str, folded: Folded, needle: str) -> tuple[int, int] | None:
    inside: tuple[int, int] | None = None
    at, left = folded.text.find(needle), 50 + _MOST_WORK // len(needle)
    while at >= 0 and left > 0:
        left -= 1
        span = folded.original(at, at + len(needle))
        if span is not None:
            whole = _widened(text, *span)
            if whole == span:
                return span
            inside = inside or whole
        at = folded.text.find(needle, at + 1)
    return inside


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span grown to whole words; unchanged where words are not set apart by spaces."""
    left, right = start, end
    while left > 0 and _joined(text[left - 1], text[left]) and start - left < _WIDEN:
        left -= 1
    while right < len(text) and _joined(text[right - 1], text[right]) and right - end < _WIDEN:
        right += 1
    return left, right


def _joined(before: str, after: str) -> bool:
    return _spaced(before) and _spaced(after)


def _spaced(character: str) -> bool:
    """Whether it is a letter or digit (or a mark on one) of a script that puts spaces between words."""
    if character.isascii():
        return character.isalnum()
    return character < "\u0e00" and (character.isalnum() or character in "\u00ad\u200d" or _is_mark(character))


def _is_mark(character: str) -> bool:
    return "\u0300" <= character <= "\u036f"
