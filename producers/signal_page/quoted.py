"""The line of a source article's evidence: `"quote" [anchor]`, `"" []` or `(no evidence)`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_OPENING: Final = '"“„«”'
_CLOSING: Final = '"”“»'
_BORDER: Final = re.compile(rf"[{_CLOSING}]\s*\[")
_NOTHING: Final = re.compile(r"\(\s*no evidence\s*\)", re.IGNORECASE)
_MOST_LINES: Final = 20
_MOST_TRIED: Final = 100  # places where a quote could end


@dataclass(frozen=True, slots=True)
class Quoted:
    """What the line states; `given` is False for "(no evidence)"."""

    given: bool
    quote: str = ""
    anchor: str = ""


def quoted(line: str) -> Quoted | None:
    """Return what an evidence line states, None for another line.

    Quote and anchor may hold brackets and quote marks themselves. Outermost marks and the closing bracket are the
    line's; of the places where a quote could end, the first whose anchor lies in its quote is taken, else the last.
    """
    line = line.strip()
    if _NOTHING.fullmatch(line):
        return Quoted(False)
    if not _is_evidence(line):
        return None
    tried, last = 0, None
    for found in _BORDER.finditer(line, 1, len(line) - 1):
        start, end = last = found.span()
        length = len(line) - 1 - end
        if 0 < length < start and tried < _MOST_TRIED:
            tried += 1
            anchor = line[end:-1]
            if anchor.strip() and anchor in line[1:start]:
                return Quoted(True, line[1:start].strip(), anchor.strip())
    assert last is not None
    return Quoted(True, line[1 : last[0]].strip(), line[last[1] : -1].strip())


def _is_evidence(line: str) -> bool:
    if _NOTHING.fullmatch(line):
        return True
    if len(line) < 4 or line[0] not in _OPENING or line[-1] != "]":
        return False
    return _BORDER.search(line, 1, len(line) - 1) is not None


def widths(lines: Sequence[str], begin: int, end: int) -> dict[int, int]:
    """Return where in `lines[begin:end]` evidence begins, and over how many lines each goes. No line is blank.

    A quote may be broken over up to twenty lines; each of them but the first is no evidence line by itself. Every line
    is looked at once, from the last to the first.
    """
    found: dict[int, int] = {}
    evidence = end  # the next line that is evidence by itself
    border = end  # the next line in which a quote could have ended and its anchor begun
    brackets = [end] * (end - begin + 1)  # from each line on, the next that ends in "]"
    following = ""
    for at in range(end - 1, begin - 1, -1):
        line = lines[at]
        after = brackets[at - begin + 1]
        if _is_evidence(line):
            found[at], evidence = 1, at
        elif line[0] in _OPENING:
            ends = _bordered(line[1:], following, at, border)
            last = brackets[max(ends, at + 1) - begin]
            if last < min(at + _MOST_LINES, evidence, end):
                found[at] = last + 1 - at
        brackets[at - begin] = at if line[-1] == "]" else after
        border = _bordered(line, following, at, border)
        following = line
    return found


def _bordered(line: str, following: str, at: int, otherwise: int) -> int:
    """Return the place of the line in which the first border from `at` on is whole: it may go over a line's end."""
    if _BORDER.search(line):
        return at
    return at + 1 if line[-1:] and line[-1] in _CLOSING and following[:1] == "[" else otherwise
