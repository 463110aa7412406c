"""`[reader]`: what makes no sense stops the start with the setting's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import load
from schemas.errors import BadSetting


def test_a_reader_with_interests(tmp_path: Path) -> None:
    loaded = load(
        environment={
            "BELLWETHER_READER__NAME": "Ines",
            "BELLWETHER_READER__ZONE": "Europe/Berlin",
            "BELLWETHER_READER__LOCALE": "de_DE",
            "BELLWETHER_READER__SECTORS": "ai, Metals",
            "BELLWETHER_READER__GEOGRAPHIES": "cn,US",
        },
        folder=tmp_path,
    )
    profile = loaded.settings.reader.profile()
    assert (profile.name, profile.times.zone, profile.times.locale) == ("Ines", "Europe/Berlin", "de-DE")
    assert profile.interests.sectors == ("AI", "metals")
    assert profile.interests.geographies == ("CN", "US")
    assert profile.interests


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ZONE", "Mars/Base", "reader.zone"),
        ("LOCALE", "xx-YY", "reader.locale"),
        ("SECTORS", "unicorns", "unicorns: no such sector; there are AI"),
        ("GEOGRAPHIES", "XX", "XX: no country code"),
    ],
)
def test_what_makes_no_sense(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        load(environment={f"BELLWETHER_READER__{name}": value}, folder=tmp_path)


def test_the_old_name_of_the_zone_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"brief\.zone: there is no such setting; it is reader\.zone now"):
        load(environment={"BELLWETHER_BRIEF__ZONE": "Europe/Berlin"}, folder=tmp_path)
