"""Dates and times as a browser writes them in a locale. Pure but for the time zone database.

The order of day, month and year, and the names of the halves of the day, are CLDR's (https://cldr.unicode.org), by
Babel. ISO 8601 dates are understood in every locale. What cannot be meant, or could mean two things, is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError

from schemas.errors import BadInput

_DAY: Final = r"(\d{1,4})\s?[./\-‐年]\s?(\d{1,2})\s?[./\-‐月]\s?(\d{1,4})[.日]?"
_WHOLE_DAY: Final = re.compile(_DAY)
_TIME: Final = re.compile(
    rf"{_DAY}(?:,|\s+at)?\s+(\d{{1,2}})[:.](\d{{2}})(?:[:.](\d{{2}})(?:[.,]\d+)?)?(?:\s*([^\W\d_][^\d,]{{0,15}}))?"
)


class NoDate(BadInput):
    """A text that looks like a date and is none, or could mean two. The message says why and what to do."""


def looks_like_day(text: str) -> bool:
    """Say whether a line is nothing but a day."""
    return _WHOLE_DAY.fullmatch(text.strip()) is not None


def looks_like_time(text: str) -> bool:
    """Say whether a line is nothing but a day with a time."""
    return _TIME.fullmatch(text.strip()) is not None


@dataclass(frozen=True)
class Dates:
    """Reads dates of one locale (BCP 47) and zone (IANA). Raises BadInput when there is no such one."""

    locale: str
    zone: str

    def __post_init__(self) -> None:
        try:
            Locale.parse(self.locale.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError, TypeError) as error:
            raise BadInput(f"--locale {self.locale!r}: is not a known locale, such as en-US, en-GB or de-DE") from error
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise BadInput(f"--zone {self.zone!r}: is not the name of a time zone, such as America/New_York") from error

    def day(self, text: str) -> date:
        """Return the day that `text` is. Raises NoDate."""
        found = _WHOLE_DAY.fullmatch(text.strip())
        if found is None:
            raise NoDate(f"{text.strip()!r} is no date; in {self.locale} one is written {self._example}")
        return self._day(found[1], found[2], found[3], text.strip())

    def time(self, text: str) -> datetime:
        """Return the time that `text` is, in UTC. Raises NoDate."""
        text = text.strip()
        found = _TIME.fullmatch(text)
        if found is None:
            raise NoDate(f"{text!r} is no date with a time")
        day = self._day(found[1], found[2], found[3], text)
        hour, minute, second = int(found[4]), int(found[5]), int(found[6] or 0)
        hour = self._hour(hour, found[7], text)
        if hour > 23 or minute > 59 or second > 59:
            raise NoDate(f"{text!r}: there is no such time of day")
        local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZoneInfo(self.zone))
        return self._in_utc(local, text)

    def _in_utc(self, local: datetime, text: str) -> datetime:
        """Refuse the hour that is skipped and the one that comes twice when clocks change."""
        try:
            earlier, later = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
        except (OverflowError, ValueError) as error:
            raise NoDate(f"{text!r}: lies outside of the calendar") from error
        if earlier == later:
            return earlier
        exists = earlier.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)
        why = "came twice" if exists else "did not exist"
        offset = -((local.utcoffset() or timedelta()) // timedelta(hours=1))
        raise NoDate(
            f"{text!r}: {why} in {self.zone}, since clocks changed; name a zone of fixed offset, "
            f"such as --zone Etc/GMT{offset:+d}"
        )

    def _hour(self, hour: int, half: str | None, text: str) -> int:
        if not half:
            return hour
        half = _folded(half)
        if "H" in self._known.time_formats["short"].pattern:
            raise NoDate(
                f"{text!r}: {self.locale} counts 24 hours; if the page is of another country, name it with --locale"
            )
        if half not in self._halves:
            raise NoDate(f"{text!r}: {half!r} is no half of the day in {self.locale}")
        if not 1 <= hour <= 12:
            raise NoDate(f"{text!r}: there is no hour {hour} {half}")
        return hour % 12 + (12 if self._halves[half] else 0)

    def _day(self, first: str, second: str, third: str, text: str) -> date:
        if len(first) >= 3:
            year, month, day = first, second, third
        else:
            year = third
            in_order = [sign for sign in self._order if sign != "y"]
            month, day = (first, second) if in_order == ["M", "d"] else (second, first)
            if self._order[0] == "y" and first != second and max(int(first), int(second)) <= 12:
                raise NoDate(f"{text!r}: could be two days; in {self.locale} a date is written {self._example}")
        if len(year) != 4:
            raise NoDate(f"{text!r}: is ambiguous; write the year with four digits")
        try:
            return date(int(year), int(month), int(day))
        except ValueError as error:
            raise NoDate(
                f"{text!r} is no day of the calendar in {self.locale}, where one is written {self._example}; "
                "if the page is of another country, name it with --locale"
            ) from error

    @cached_property
    def _order(self) -> tuple[str, ...]:
        pattern = self._known.date_formats["short"].pattern
        places = {sign: pattern.find(sign) for sign in "dMy"}
        if min(places.values()) < 0:
            return ("y", "M", "d")
        return tuple(sorted(places, key=lambda sign: places[sign]))

    @property
    def _example(self) -> str:
        words = {"d": "day", "M": "month", "y": "year"}
        return "/".join(words[sign] for sign in self._order)

    @cached_property
    def _halves(self) -> dict[str, bool]:
        """Return the words for the halves of the day; True for the second. English ones are known everywhere."""
        words = {"am": False, "pm": True}
        for width in ("abbreviated", "narrow", "wide"):
            names = self._known.day_periods.get("format", {}).get(width, {})
            for key, second in (("am", False), ("pm", True)):
                if key in names and len(_folded(names[key])) > 1:
                    words.setdefault(_folded(names[key]), second)
        return words

    @cached_property
    def _known(self) -> Locale:
        return Locale.parse(self.locale.replace("_", "-"), sep="-")


def _folded(word: str) -> str:
    return "".join(word.casefold().replace(".", "").split())
