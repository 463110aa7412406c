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
    parts: list[tuple[date | None, list[str]]] = []
    for paragraph in paragraphs:
        at = 0
        for found in MARKER.finditer(paragraph):
            day = _day(found[1])
            if day is None:
                continue
            _go_on(parts, paragraph[at : found.start()])
            parts.append((day, []))
            at = found.end()
        _go_on(parts, paragraph[at:])
    return tuple(LegacyPart(day, "\n\n".join(texts)) for day, texts in parts)


def _go_on(parts: list[tuple[date | None, list[str]]], text: str) -> None:
    """Add a text to the part that stands last; the first text of all opens one without a day."""
    if text := text.strip():
        if not parts:
            parts.append((None, []))
        parts[-1][1].append(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
