"""Clocks: the wall's, and one that a demo moves."""

from __future__ import annotations

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """Return the present in UTC, aware."""
    return datetime.now(UTC)


class SimulatedClock:
    """A clock that stands still until it is moved. It never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Return the simulated present in UTC."""
        return self._now

    def move(self, to: datetime) -> None:
        """Set the present; an earlier time is ignored."""
        self._now = max(self._now, to)
