"""Times as one reader sees them: in the reader's zone and locale, and a clock time never without its zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton

DEFAULT_LOCALE: Final = "en-GB"


@dataclass(frozen=True)
class Times:
    """`zone` is a name of the IANA time zone database, `locale` a BCP 47 tag that CLDR knows ("en-US", "de").

    Raises ZoneInfoNotFoundError, babel.UnknownLocaleError or ValueError at the first use when they are none.
    """

    zone: str = "UTC"
    locale: str = DEFAULT_LOCALE

    def day(self, at: datetime | date) -> str:
        """Return "15 Apr 2026": of a time (aware) the day in the zone."""
        return format_skeleton("yMMMd", self._day(at), locale=self._locale)

    def minute(self, at: datetime) -> str:
        """Return "15 Apr 2026, 08:30 UTC"."""
        local = at.astimezone(self._zone)
        clock = format_skeleton("hm" if self._twelve_hours else "Hm", local, tzinfo=self._zone, locale=self._locale)
        return f"{self.day(at)}, {clock} {_name_of_zone(local)}".replace("\u202f", " ")

    def long_date(self, text: str) -> str:
        """Return "Wednesday 15 April 2026" for "2026-04-15"; a text that is no date comes back unchanged."""
        try:
            at = date.fromisoformat(text)
        except ValueError:
            return text
        return format_date(at, "full", locale=self._locale)

    def short_date(self, text: str) -> str:
        """Return "15 Apr 2026" for "2026-04-15"; a text that is no date comes back unchanged."""
        try:
            return self.day(date.fromisoformat(text))
        except ValueError:
            return text

    def date_of(self, at: datetime) -> date:
        """Return the day of `at` (aware) in the zone."""
        return at.astimezone(self._zone).date()

    @property
    def tzinfo(self) -> ZoneInfo:
        """The zone itself."""
        return self._zone

    @property
    def territories(self) -> dict[str, str]:
        """The names of countries by their codes of two letters, in the locale's language."""
        return dict(self._locale.territories)

    def _day(self, at: datetime | date) -> date:
        return self.date_of(at) if isinstance(at, datetime) else at

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.locale, sep="-")

    @cached_property
    def _twelve_hours(self) -> bool:
        return "h" in self._locale.time_formats["short"].pattern


def iso(at: datetime) -> str:
    """Return "2026-04-15T08:30:00Z", for `datetime` attributes and JSON."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def _name_of_zone(local: datetime) -> str:
    """Return "UTC", "CEST", or "UTC-03" where the database has only a number."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name
