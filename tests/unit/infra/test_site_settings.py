"""`[site]`: bad values stop the start by name, secrets are never shown, and who can reach the pages is told."""

from __future__ import annotations

import pytest

from infra.pages import exposed
from infra.settings import load
from infra.site_settings import Site
from schemas.errors import BadSetting

TOKEN, PASSWORD = "correct horse battery", "open sesame"


def loaded(**given: str) -> Site:
    return load(environment={f"BELLWETHER_SITE__{name.upper()}": value for name, value in given.items()}).settings.site


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("analyst_token", "elevenchars", "12 characters"),
        ("password", "seven77", "8 characters"),
        ("hosts", "http://a.example", "without http:// and port"),
        ("hosts", "a.example:8711", "without http:// and port"),
        ("hosts", "a b", "write a name"),
    ],
)
def test_bad_values_stop_the_start_by_name(name: str, value: str, words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        loaded(**{name: value})
    assert str(caught.value).startswith(f"site.{name}: ")
    assert words in str(caught.value)
    assert (value in str(caught.value)) is (name == "hosts")


def test_the_token_is_no_readers_password() -> None:
    with pytest.raises(BadSetting, match=r"^site\.password: .*same as site\.analyst_token") as caught:
        loaded(analyst_token=TOKEN, password=TOKEN)
    assert TOKEN not in str(caught.value)


def test_secrets_are_masked() -> None:
    given = {"BELLWETHER_SITE__ANALYST_TOKEN": TOKEN, "BELLWETHER_SITE__PASSWORD": f"[{PASSWORD}"}
    rows = load(environment=given).rows()
    shown = {row["name"]: row["value"] for row in rows}
    assert (shown["site.analyst_token"], shown["site.password"]) == ("********", "********")
    assert TOKEN not in str(rows)
    assert loaded(analyst_token=" ").analyst_token.get_secret_value() == ""


def test_the_names_it_answers_to() -> None:
    own = {"localhost", "127.0.0.1", "[::1]"}
    assert loaded().answers_to() == own
    assert loaded(hosts="Signals.Example., b").answers_to() == own | {"signals.example", "b"}
    assert loaded(host="0.0.0.0").answers_to() == frozenset()
    assert "signals.example" in loaded(host="0.0.0.0", hosts="signals.example").answers_to()
    assert loaded(host="::1").on_loopback


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, []),
        ({"analyst_token": TOKEN}, []),
        ({"host": "0.0.0.0"}, ["ask nobody for a password"]),
        ({"host": "::", "password": PASSWORD}, ["travel as they are"]),
        ({"host": "10.0.0.1", "analyst_token": TOKEN}, ["ask nobody for a password", "travel as they are"]),
    ],
)
def test_whoever_opens_the_pages_to_others_is_told(given: dict[str, str], names: list[str]) -> None:
    warnings = list(exposed(loaded(**given)))
    assert len(warnings) == len(names)
    for warning, words in zip(warnings, names, strict=True):
        assert warning.startswith("site.host: ")
        assert words in warning
        assert TOKEN not in warning
