"""Times in the reader's zone and habits, never without a zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sinks.brief.times import Times, iso

AT = datetime(2026, 4, 15, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "locale", "minute"),
    [
        ("UTC", "en-GB", "15 Apr 2026, 22:30 UTC"),
        ("Europe/Berlin", "de", "16. Apr. 2026, 00:30 CEST"),
        ("America/New_York", "en-US", "Apr 15, 2026, 6:30 PM EDT"),
        ("America/Sao_Paulo", "pt-BR", "15 de abr. de 2026, 19:30 UTC-03"),
    ],
)
def test_a_minute(zone: str, locale: str, minute: str) -> None:
    assert Times(zone, locale).minute(AT) == minute


def test_a_day_is_the_readers_day() -> None:
    assert Times("Europe/Berlin").day(AT) == "16 Apr 2026"
    assert Times("UTC").day(AT) == "15 Apr 2026"


def test_long_dates_and_machines() -> None:
    assert Times().long_date("2026-04-15") == "Wednesday, 15 April 2026"
    assert Times("UTC", "de").long_date("2026-04-15") == "Mittwoch, 15. April 2026"
    assert Times().long_date("no date") == "no date"
    assert iso(AT) == "2026-04-15T22:30:00Z"
