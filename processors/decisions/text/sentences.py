"""Sentences as spans of the original text: `text[start:end]` is one sentence, headline or list entry."""

from __future__ import annotations

import re

_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*(?=\s|$)|[。！？｡\u061f\u06d4\u0964\u0965]+[」』”’）»\"]*|\n\s*\n\s*|\n"
)
_LAST_WORD = re.compile(r"([^\W\d_]+(?:\.[^\W\d_]+)*)\.$")
_NEXT = re.compile(r"\s*[\"'“‘«(\[]*(\S)([^\W\d_]*)")
_BULLET = re.compile(r"[ \t]*(?:[•‣◦▪●*–—-]\s|\d{1,2}[.)]\s|#)")
_CLOSED = re.compile(r"[.!?…:;。！？｡\u061f\u06d4\u0964\u0965][\"'”’»)\]]*[ \t]*$")

# Before a name or a number: never the end of a sentence.
_TITLES_LIST = """
mr mrs ms mx dr prof rev hon st mt ft gov sen rep gen lt col capt cmdr sgt maj adm pres vs v nos vol fig
art e.g i.e cf ca approx z.b u.a d.h bzw sog mme mlle dña sr sra hr fr nr ph.d no pp
"""
_TITLES = frozenset(_TITLES_LIST.split())
# May end a sentence, when what follows looks like the start of one.
_MAYBE_LIST = """
inc corp co ltd llc plc bros jr etc u.s u.k u.n e.u u.s.a d.c a.m p.m jan feb mar apr jun jul aug sep
sept oct nov dec mon tue wed thu fri sat sun dept est ave blvd rd bn mn tn
"""
_MAYBE = frozenset(_MAYBE_LIST.split())
_STARTERS_LIST = """
the a an it its he she they we you i this that these those there in on at by for from with as if when
while after before since but and or yet so however still meanwhile although though because to of under
over one two some many most all no not his her their our my what who why how where which according der
die das ein eine es er sie wir im in auf le la les un une il elle ils el los las una en
"""
_STARTERS = frozenset(_STARTERS_LIST.split())
# A line this long in characters without a stop is taken as wrapped by a mailer, not as a heading.
_WRAPPED = range(50, 101)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return `(start, end)` of every sentence, in order, without white space at either side, never empty.

    Stops after abbreviations, initials and inside numbers do not count. A blank line always ends a sentence,
    a single line break does unless the line looks wrapped.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        mark = match.group()
        if mark[0] == "\n":
            if len(mark) == 1 and _wrapped(text, start, match.start()):
                continue
        elif "." in mark and not _stops(text, start, match.start(), match.end(), mark):
            continue
        elif mark[0] in "!?…" and text[match.end() : match.end() + 2].strip()[:1].islower():
            continue  # a question or a cry inside the sentence, as in a quoted title
        _add(spans, text, start, match.end())
        start = match.end()
    _add(spans, text, start, len(text))
    return spans


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def _stops(text: str, start: int, mark_start: int, mark_end: int, mark: str) -> bool:
    """Whether the full stop at `mark_start` ends the sentence that began at `start`."""
    following = _NEXT.match(text, mark_end)
    if following is None:
        return True
    letter, rest = following.groups()
    if letter.islower():
        return False
    word = _LAST_WORD.search(text, max(start, mark_start - 20), mark_start + 1) if mark[0] == "." else None
    if word is None:
        # "1." or "12." alone at the beginning of a line numbers a list entry
        return not text[start:mark_start].strip().isdigit()
    last = word.group(1).lower()
    if last in _TITLES:
        return last in ("no", "fig", "art", "v", "fr", "sr") and not letter.isdigit()
    if last in _MAYBE:
        return not letter.isdigit() and (letter + rest).lower() in _STARTERS
    if (len(last) == 1 and word.group(1).isupper()) or re.fullmatch(r"(?:[a-z]\.)+[a-z]", last):
        return (letter + rest).lower() in _STARTERS
    return True


def _wrapped(text: str, start: int, at: int) -> bool:
    """Whether the line break at `at` only wraps a line."""
    line_start = max(text.rfind("\n", 0, at) + 1, start)
    line = text[line_start:at]
    if len(line.strip()) not in _WRAPPED or _CLOSED.search(line):
        return False
    return _BULLET.match(text, at + 1) is None and text[at + 1 : at + 2].isalnum()
