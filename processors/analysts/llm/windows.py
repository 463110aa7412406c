"""Parts and windows: what of an article is shown to the model at a time, as spans of its text.

A *part* is what an evidence may quote from: the whole text, or one item of a round-up. A part that is too long for one
call is shown in windows that overlap a little, cut where a paragraph, a sentence or at least a word ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from processors.analysts.lexical import roundup
from processors.analysts.lexical.extractor import clean_title
from processors.decisions.text import sentences
from schemas.article import Article

MOST, OVERLAP = 12_000, 600  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """`text[start:end]` of the article. `number` counts a round-up's items from 1; it is 0 for the whole text."""

    number: int
    start: int
    end: int
    heading: str


def parts(article: Article) -> list[Part]:
    """Return the items of a round-up in order, or the whole text as the only part."""
    items = roundup.split(article.title, article.text)
    found = [Part(number, item.start, item.end, item.heading) for number, item in enumerate(items, start=1)]
    return found or [Part(0, 0, len(article.text), clean_title(article.title, article.publisher))]


def windows(text: str, start: int, end: int, *, most: int = MOST, overlap: int = OVERLAP) -> list[tuple[int, int]]:
    """Return spans that cover `[start, end)` in order, each of at most `most` characters.

    Neighbours share the last whole sentences of the former, at most `overlap` (< most / 2) characters of them.
    """
    spans: list[tuple[int, int]] = []
    at = start
    while end - at > most:
        stop = _last_border(text, at + most // 2, at + most)
        spans.append((at, stop))
        at = _sentence_start(text, stop - overlap, stop)
    spans.append((at, end))
    return spans


def _last_border(text: str, low: int, high: int) -> int:
    """Return where to cut in `(low, high]`: behind the last paragraph, else line, sentence or word, else at `high`."""
    for mark in ("\n\n", "\n"):
        found = text.rfind(mark, low, high)
        if found > low:
            return found + len(mark)
    whole = sentences(text[low:high])[:-1]  # the last one may go on behind `high`
    if whole:
        return low + whole[-1][1]
    space = max(text.rfind(" ", low, high), text.rfind("\t", low, high))
    return space + 1 if space > low else high


def _sentence_start(text: str, low: int, stop: int) -> int:
    """Return where the first sentence that begins in `(low, stop)` begins, `stop` when none does."""
    later = sentences(text[low:stop])[1:]  # the first one may have begun before `low`
    return low + later[0][0] if later else stop
