"""Grounding: where an analyst's quote stands in the stored text, in the article's own characters.

A quote is found when it equals a stretch of the text after folding (`text.folding`): other quote marks,
dashes, spaces, ligatures and invisible characters do not matter. When that fails letter case is folded too,
because a quote often begins in mid-sentence with a capital. What is returned is always cut from the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from processors.decisions.text.folding import Folded, fold

MOST_QUOTE = 4000
MOST_ANCHOR = 300
# A quote cut inside a word ("likely" out of "unlikely") is widened to the word, at most this many characters.
_WIDEN = 40


@dataclass(frozen=True, slots=True)
class Grounded:
    """A quote that the text contains: `text[start:end] == quote` and `anchor in quote`, in code points."""

    start: int
    end: int
    quote: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a quote cannot be evidence, in words that can be shown to the one who gave it."""

    reason: str


def ground(text: str, quote: str, anchor: str, *, start: int = 0, end: int | None = None) -> Grounded | Refused:
    """Find `quote` in `text[start:end]` and `anchor` in the quote.

    The first place at word borders wins, else the first place at all, widened to whole words. Never raises.
    """
    window = text[start:end]
    if not quote.strip():
        return Refused("the quote is empty")
    if not anchor.strip():
        return Refused("the anchor is empty")
    span = _find(window, quote)
    if span is None:
        return Refused("the text does not contain the quote")
    begin, stop = start + span[0], start + span[1]
    found = text[begin:stop]
    if len(found) > MOST_QUOTE:
        return Refused(f"the quote is longer than {MOST_QUOTE} characters")
    inner = _find(found, anchor)
    if inner is None:
        return Refused("the anchor does not lie inside the quote")
    phrase = found[inner[0] : inner[1]]
    if len(phrase) > MOST_ANCHOR:
        return Refused(f"the anchor is longer than {MOST_ANCHOR} characters")
    return Grounded(begin, stop, found, phrase)


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
    """Yield what to look for: the quote as it is, then without the marks and ellipses put around it."""
    whole = folded.strip()
    bare = whole.strip("'… ")
    if whole:
        yield whole
    if bare and bare != whole:
        yield bare


def _first(text: str, folded: Folded, needle: str) -> tuple[int, int] | None:
    inside: tuple[int, int] | None = None
    at = folded.text.find(needle)
    while at >= 0:
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
