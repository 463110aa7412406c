"""What a reading of a page writes down: every line with its role, and warnings, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from producers.signal_page.shown_lines import Line
from schemas.errors import BadInput
from schemas.stated import LineRole, StatedLine

T = TypeVar("T")


class Transcript:
    """Lines in the page's order."""

    def __init__(self) -> None:
        self.lines: list[StatedLine] = []
        self.warnings: list[str] = []

    def put(self, role: LineRole, text: str, source: int = -1) -> None:
        """Write down a line."""
        self.lines.append(StatedLine(role, text, source))

    def warn(self, words: str) -> None:
        """Remember a warning."""
        if words not in self.warnings:
            self.warnings.append(words)


def on_line(line: Line, read: Callable[[], T]) -> T:
    """Return what `read` returns; what it refuses is refused with the number of the line."""
    try:
        return read()
    except BadInput as error:
        raise BadInput(f"line {line.number}: {error}") from error


def cut(text: str, most: int = 60) -> str:
    """Return a text in quote marks, cut to `most` characters."""
    return f"“{text if len(text) <= most else text[: most - 1] + '…'}”"
