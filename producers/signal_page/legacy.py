"""Legacy reasoning: one long text, divided at its dated markers "[2026-04-24]". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from schemas.stated import LegacyPart

MARKER: Final = re.compile(r"\[(\d{4}-\d{2}-\d{2})\]")


def divided(paragraphs: Iterable[str]) -> tuple[LegacyPart, ...]:
    """Return the parts of a text: each begins at a marker; what stands before the first is a part without a day.

    A paragraph without a marker goes on with the part before it. What only looks like a date is no marker.
    """
    parts: list[LegacyPart] = []
    for paragraph in paragraphs:
        at = 0
        day: date | None = None
        opened = False  # whether the text from `at` on belongs to a part that a marker of this paragraph opened
        for found in MARKER.finditer(paragraph):
            marked = _day(found[1])
            if marked is None:
                continue
            _add(parts, day, paragraph[at : found.start()], opened=opened)
            at, day, opened = found.end(), marked, True
        _add(parts, day, paragraph[at:], opened=opened)
    return tuple(parts)


def _add(parts: list[LegacyPart], day: date | None, text: str, *, opened: bool) -> None:
    text = text.strip()
    if opened or (text and not parts):
        parts.append(LegacyPart(day, text))
    elif text:
        last = parts[-1]
        parts[-1] = LegacyPart(last.day, f"{last.text}\n\n{text}" if last.text else text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
