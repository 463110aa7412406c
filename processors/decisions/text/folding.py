"""Folding: the same words in another typographic dress become the same string, with a way back by offset.

Folded away: Unicode compatibility forms (NFKC, https://unicode.org/reports/tr15/), invisible characters
(category Cf, controls, variation selectors), runs of white space, the many quote marks, dashes with or
without space around them, and ellipses.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

# Characters a reader cannot see: category Cf, the controls that are no white space, variation selectors.
INVISIBLE = (
    r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    r"\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0001-\U000e007f\U000e0100-\U000e01ef"
)
QUOTES = (
    r"\"'`\u00b4\u00ab\u00bb\u02b9-\u02bd\u02ca\u02cb\u2018-\u201f\u2032-\u2037\u2039\u203a"
    r"\u300c-\u300f\u301d-\u301f\uff02\uff07"
)
DASHES = r"\-\u058a\u05be\u2010-\u2015\u2e3a\u2e3b\u2e40\u2212\u2043\ufe31\ufe32\ufe58\ufe63\uff0d"
_BLANK = rf"[\s{INVISIBLE}]"
_DASH = rf"[{DASHES}][\s{INVISIBLE}{DASHES}]*+"
_DOTS = rf"(?:[\u2025\u2026\ufe19]|\.(?:{_BLANK}*+\.)++)(?:{_BLANK}*+[.\u2025\u2026\ufe19])*+"
# A run of blanks is taken whole and once, so that hostile white space costs linear time.
_ODD = re.compile(
    rf"{_BLANK}++(?:(?P<dash1>{_DASH})|(?P<dots1>{_DOTS}))?|(?P<dash>{_DASH})|(?P<dots>{_DOTS})|(?P<quote>[{QUOTES}])"
)
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded string and the way back.

    `text` is made of pieces. Piece k covers `text[at[k]:at[k+1]]` and stands for the original characters
    `[begin[k], end[k])`. When `verbatim[k]` the two are equal character by character; otherwise the piece is
    one replacement and cannot be cut.
    """

    text: str
    at: tuple[int, ...]
    begin: tuple[int, ...]
    end: tuple[int, ...]
    verbatim: tuple[bool, ...]

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the original span of `text[start:end]` (0 <= start < end <= len(text)).

        None when a border falls inside a replacement, as between the letters of an unfolded ligature.
        """
        first = bisect_right(self.at, start) - 1
        last = bisect_right(self.at, end - 1) - 1
        if self.verbatim[first]:
            begin = self.begin[first] + start - self.at[first]
        elif start == self.at[first]:
            begin = self.begin[first]
        else:
            return None
        if self.verbatim[last]:
            return begin, self.begin[last] + end - self.at[last]
        following = self.at[last + 1] if last + 1 < len(self.at) else len(self.text)
        return (begin, self.end[last]) if end == following else None


def fold(text: str, *, casefold: bool = False) -> Folded:
    """Fold `text`; with `casefold`, letter case as well. Linear time; never fails."""
    parts: list[str] = []
    at: list[int] = []
    begin: list[int] = []
    end: list[int] = []
    verbatim: list[bool] = []
    length = 0
    for start, stop, piece, same in _pieces(text, casefold):
        parts.append(piece)
        at.append(length)
        begin.append(start)
        end.append(stop)
        verbatim.append(same)
        length += len(piece)
    return Folded("".join(parts), tuple(at), tuple(begin), tuple(end), tuple(verbatim))


def _pieces(text: str, casefold: bool) -> Iterator[tuple[int, int, str, bool]]:
    position = 0
    for match in _ODD.finditer(text):
        start, stop = match.span()
        piece = _plain(match)
        if piece == match.group():
            continue  # already folded: leave it inside the verbatim stretch around it
        if position < start:
            yield from _stretch(text, position, start, casefold)
        yield start, stop, piece, False
        position = stop
    if position < len(text):
        yield from _stretch(text, position, len(text), casefold)


def _stretch(text: str, start: int, stop: int, casefold: bool) -> Iterator[tuple[int, int, str, bool]]:
    stretch = text[start:stop]
    if stretch.isascii() or unicodedata.is_normalized("NFKC", stretch):
        lowered = stretch.casefold() if casefold else stretch
        if len(lowered) == len(stretch):
            yield start, stop, lowered, True
            return
    first = 0
    for index in range(1, len(stretch) + 1):
        if index < len(stretch) and _continues(stretch[index]):
            continue
        cluster = stretch[first:index]
        # A compatibility form may bring typography of its own (a superscript minus, a wide quote).
        piece = _ODD.sub(_plain, unicodedata.normalize("NFKC", cluster))
        if casefold:
            piece = piece.casefold()
        yield start + first, start + index, piece, piece == cluster
        first = index


def _plain(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind is None:
        return " " if _SPACE.search(match.group()) else ""
    return "'" if kind == "quote" else "-" if kind.startswith("dash") else "…"


def _continues(character: str) -> bool:
    """Whether NFKC may join `character` to the one before it: combining marks, later Hangul letters."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
