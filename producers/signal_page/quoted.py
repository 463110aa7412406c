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
    if len(line) < 4 or line[0] not in _OPENING or line[-1] != "]":
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
    if last is None:
        return None
    return Quoted(True, line[1 : last[0]].strip(), line[last[1] : -1].strip())


def joined(lines: Sequence[str], at: int, end: int) -> tuple[str, int] | None:
    """Return the evidence that begins at `lines[at]` and ends before `end`: as one line, and how many lines it takes.

    None if there is none. A quote may be broken over lines; each of them but the first is no evidence line by itself.
    """
    if quoted(lines[at]) is not None:
        return lines[at], 1
    if lines[at][:1] not in tuple(_OPENING):
        return None
    for last in range(at + 1, min(at + _MOST_LINES, end)):
        if lines[last][-1] not in "])":  # neither an end nor an evidence line; asked first, as most are
            continue
        if quoted(lines[last]) is not None:
            return None
        if lines[last][-1] == "]":
            whole = " ".join(lines[at : last + 1])
            if quoted(whole) is not None:
                return whole, last + 1 - at
    return None
