"""What a reading of a page writes down: every line with its role, and warnings, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from producers.signal_page.shown_lines import Line
from schemas.errors import BadInput
from schemas.stated import LineRole, StatedLine

T = TypeVar("T")
_MOST_DOUBTS: Final = 20  # told one by one; a page of nothing else is another thing


class Transcript:
    """Lines in the page's order."""

    def __init__(self) -> None:
        self.lines: list[StatedLine] = []
        self.warnings: list[str] = []
        self._doubts = 0

    def put(self, role: LineRole, text: str, source: int = -1) -> None:
        """Write down a line."""
        self.lines.append(StatedLine(role, text, source))

    def warn(self, words: str) -> None:
        """Remember a warning."""
        if words not in self.warnings:
            self.warnings.append(words)

    def doubt(self, line: Line, doubts: Iterable[str]) -> None:
        """Warn of what a line states and cannot be so, with its number; beyond the twentieth they are counted."""
        for words in doubts:
            self._doubts += 1
            if self._doubts <= _MOST_DOUBTS:
                self.warn(f"line {line.number}: {words}")

    def closed(self) -> tuple[str, ...]:
        """Return all warnings."""
        if self._doubts > _MOST_DOUBTS:
            self.warn(f"{self._doubts - _MOST_DOUBTS} more facts cannot be as they are stated; all are kept")
        return tuple(self.warnings)


def on_line(line: Line, read: Callable[[], T]) -> T:
    """Return what `read` returns; what it refuses is refused with the number of the line."""
    try:
        return read()
    except BadInput as error:
        raise BadInput(f"line {line.number}: {error}") from error


def cut(text: str, most: int = 60) -> str:
    """Return a text in quote marks, cut to `most` characters."""
    return f"“{text if len(text) <= most else text[: most - 1] + '…'}”"
