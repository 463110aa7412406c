"""What a page states and cannot be so: kept as stated, and warned of with its line and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from producers.signal_page.figures import Figures
from producers.signal_page.legacy import MARKER

STRONGEST: Final = 10.0  # strengths go from 0 to it
_SWAPPED: Final = "if day and month are swapped, name the browser's locale with --locale"


@dataclass(frozen=True, slots=True)
class Doubts:
    """Judges facts of a page that was read on `today` in its zone; None: nothing is too late."""

    today: date | None = None

    def of_figures(self, figures: Figures) -> Iterator[str]:
        """Yield what the line of figures states and cannot be so."""
        if figures.strength > STRONGEST:
            yield (
                f"strength {figures.strength:g} is outside of 0 to {STRONGEST:g}; kept as stated: "
                "compare it with the page, and import a corrected file if it is a slip"
            )
        if figures.first_day > figures.last_reinforced:
            yield (
                f"the first date, {figures.first_day}, is after the last reinforced, {figures.last_reinforced}; "
                f"kept as stated: {_SWAPPED}"
            )
        for name, day in (("the first date", figures.first_day), ("last reinforced", figures.last_reinforced)):
            yield from self.of_day(day, name)

    def of_day(self, day: date, name: str) -> Iterator[str]:
        """Yield a warning when a day has not come yet."""
        if self.today is not None and day > self.today:
            yield f"{name}, {day}, lies in the future; kept as stated: {_SWAPPED}"

    def of_markers(self, text: str) -> Iterator[str]:
        """Yield what markers such as "[2026-02-31]" in a text of legacy reasoning state and cannot be so."""
        for found in MARKER.finditer(text):
            try:
                day = date.fromisoformat(found[1])
            except ValueError:
                yield (
                    f"{found[0]} is no day of the calendar and divides nothing; kept as stated: "
                    "import a corrected file if it is a slip"
                )
                continue
            yield from self.of_day(day, f"the marker {found[0]}")
