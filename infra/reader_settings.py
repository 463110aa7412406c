"""`[reader]`: who reads, where, in which language's habits, and what they care about."""

from __future__ import annotations

from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import field_validator

from infra.section import Section
from schemas.vocabulary import COUNTRIES, SECTORS
from sinks.brief.times import DEFAULT_LOCALE, Times
from sinks.profile import Interests, Profile


class ReaderSettings(Section):
    """`zone` and `locale` shape every time on pages and in briefs; the brief's schedule is in `zone`, too."""

    name: str = ""
    zone: str = "UTC"
    locale: str = DEFAULT_LOCALE
    sectors: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("is not the name of a time zone, such as Europe/Berlin")
        return zone

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, locale: str) -> str:
        tag = locale.replace("_", "-")
        try:
            Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError("is not a known locale, such as en-US, en-GB or de-DE") from error
        return tag

    @field_validator("sectors")
    @classmethod
    def _known_sectors(cls, sectors: tuple[str, ...]) -> tuple[str, ...]:
        by_name = {sector.casefold(): sector for sector in SECTORS}
        if unknown := [sector for sector in sectors if sector.casefold() not in by_name]:
            raise ValueError(f"{', '.join(unknown)}: no such sector; there are {', '.join(SECTORS)}")
        return tuple(by_name[sector.casefold()] for sector in sectors)

    @field_validator("geographies")
    @classmethod
    def _known_geographies(cls, geographies: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [code for code in geographies if code.upper() not in COUNTRIES]:
            raise ValueError(f"{', '.join(unknown)}: no country code of two letters (ISO 3166-1), nor EU")
        return tuple(code.upper() for code in geographies)

    def profile(self) -> Profile:
        """Return the reader as pages and briefs know them."""
        return Profile(
            self.name.strip(),
            Times(self.zone, self.locale),
            Interests(self.sectors, self.geographies, self.actors, self.signals),
        )
