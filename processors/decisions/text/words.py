"""Words with their places: what an alignment compares. Scripts without spaces give one word a character."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from processors.decisions.text.folding import fold

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"  # vowel signs, not in \w
_LETTER = rf"(?:[^\W_{_UNSPACED}]|[{_MARKS}])"
_WORD = re.compile(rf"[{_UNSPACED}]|\d+(?:[.,]\d+)+|{_LETTER}+(?:'{_LETTER}+)*|[%‰$€£¥₹]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `key` to compare by (case folded, no possessive), `shown` with its case, its span in the original."""

    key: str
    shown: str
    start: int
    end: int
    opens: bool  # at the beginning of a sentence or quotation, where a capital says nothing


def words(text: str) -> list[Word]:
    """Return the words of `text` after folding, in order. Linear time; never fails."""
    folded = fold(text)
    found: list[Word] = []
    last = 0
    for match in _WORD.finditer(folded.text):
        shown = match.group()
        first_piece = bisect_right(folded.at, match.start()) - 1
        last_piece = bisect_right(folded.at, match.end() - 1) - 1
        start, end = folded.begin[first_piece], folded.end[last_piece]
        if folded.verbatim[first_piece]:
            start += match.start() - folded.at[first_piece]
        if folded.verbatim[last_piece]:
            end = folded.begin[last_piece] + match.end() - folded.at[last_piece]
        between = folded.text[last : match.start()]
        # A line break is folded to a space, so it is looked for in the original.
        opens = not found or any(c in between for c in ".!?…:'(•|") or "\n" in text[found[-1].end : start]
        found.append(Word(shown.casefold().removesuffix("'s"), shown, start, end, opens))
        last = match.end()
    return found
