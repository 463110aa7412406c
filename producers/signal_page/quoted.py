"""The line of a source article's evidence: `"quote" [anchor]`, `"" []` or `(no evidence)`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_OPENING: Final = '"“„«”'
_CLOSING: Final = '"”“»'
_BORDER: Final = re.compile(rf"[{_CLOSING}]\s*\[")
_NOTHING: Final = re.compile(r"\(\s*no evidence\s*\)", re.IGNORECASE)
_MOST_LINES: Final = 20


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
    borders = [(found.start(), found.end()) for found in _BORDER.finditer(line, 1)]
    if not borders:
        return None
    splits = [(line[1:start], line[end:-1]) for start, end in borders if end <= len(line) - 1]
    if not splits:
        return None
    quote, anchor = next((s for s in splits if s[1].strip() and s[1] in s[0]), splits[-1])
    return Quoted(True, quote.strip(), anchor.strip())


def joined(lines: list[str], at: int) -> tuple[str, int] | None:
    """Return the evidence that begins at `lines[at]` as one line, and how many lines it takes; None if none does.

    A quote may be broken over lines; each of them but the first is no evidence line by itself.
    """
    if quoted(lines[at]) is not None:
        return lines[at], 1
    if lines[at][:1] not in tuple(_OPENING):
        return None
    whole = lines[at]
    for taken, line in enumerate(lines[at + 1 : at + _MOST_LINES], start=2):
        if quoted(line) is not None:
            return None
        whole = f"{whole} {line}"
        if quoted(whole) is not None:
            return whole, taken
    return None
