"""When an alert may be sent: quiet hours hold it back, a cooldown leaves it out. Pure: the clock comes in as `now`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas.errors import BadInput

_HOURS: Final = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` by the clock on the reader's wall, over midnight when `end` is the earlier one."""

    start: time
    end: time

    def over_at(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours in which `now` (aware) lies are over, in UTC; None outside of them."""
        here = now.astimezone(zone)
        at = here.time().replace(tzinfo=None)
        over_night = self.end < self.start
        inside = (at >= self.start or at < self.end) if over_night else self.start <= at < self.end
        if not inside:
            return None
        day = here.date() + timedelta(days=1 if over_night and at >= self.start else 0)
        return datetime.combine(day, self.end, zone).astimezone(UTC)


def quiet_hours(text: str) -> QuietHours | None:
    """Read "22:00-07:00"; "" is none. Raises BadInput."""
    if not text.strip():
        return None
    found = _HOURS.fullmatch(text.replace(" ", ""))
    try:
        if found is None:
            raise ValueError(text)
        one, two, three, four = (int(part) for part in found.groups())
        made = QuietHours(time(one, two), time(three, four))
    except ValueError as error:
        raise BadInput(f"{text!r} are no hours: write them as 22:00-07:00") from error
    if made.start == made.end:
        raise BadInput(f"{text!r}: begins when it ends")
    return made


def span(text: str) -> timedelta:
    """Read "90s", "30m", "6h" or "1d"; "" and "0" are none. Raises BadInput."""
    if text.strip() in ("", "0"):
        return timedelta(0)
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{text!r} is no span of time: write 30m, 6h or 1d")
    try:
        return timedelta(**{_UNITS[found[2]]: float(found[1])})
    except OverflowError as error:
        raise BadInput(f"{text!r} is too long a span of time") from error
