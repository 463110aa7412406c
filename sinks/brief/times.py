"""Times as readers see them: always UTC, always saying so where there is a clock time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

# Not strftime: its names follow the process's locale.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day(at: datetime | date) -> str:
    """Return "15 Apr 2026", the UTC day of `at` (aware)."""
    at = at.astimezone(UTC) if isinstance(at, datetime) else at
    return f"{at.day} {_MONTHS[at.month - 1][:3]} {at.year}"


def minute(at: datetime) -> str:
    """Return "15 Apr 2026, 08:30 UTC"."""
    return f"{day(at)}, {at.astimezone(UTC):%H:%M} UTC"


def iso(at: datetime) -> str:
    """Return "2026-04-15T08:30:00Z", for `datetime` attributes and JSON."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def long_date(text: str) -> str:
    """Return "Wednesday, 15 April 2026" for "2026-04-15"; a text that is no date comes back unchanged."""
    try:
        at = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{_WEEKDAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year}"
