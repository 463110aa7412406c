"""Which of a reader's interests a signal touches. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sinks.brief.class_line import tags
from sinks.profile import Interests

MAIN: Final = 5  # of a signal's most frequent tags: what is named once in passing is not what it is about


def touched(row: Mapping[str, Any], interests: Interests) -> tuple[str, ...]:
    """Return the sectors, geographies and actors of `interests` that the signal of `row` is mainly about."""
    found = [name for name in interests.sectors if name in tags(row["sectors"])[:MAIN]]
    found += [code for code in interests.geographies if code in tags(row["geographies"])[:MAIN]]
    actors = {name.casefold() for name in tags(row["actors"])[: 2 * MAIN]}
    return (*found, *(name for name in interests.actors if name.casefold() in actors))
