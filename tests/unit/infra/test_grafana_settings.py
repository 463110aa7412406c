"""`[grafana]`: secrets are shown nowhere, and what cannot work is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Loaded, load
from schemas.errors import BadSetting

NOWHERE = Path("/nonexistent")


def loaded(**given: str) -> Loaded:
    return load(
        environment={f"BELLWETHER_GRAFANA__{name.upper()}": text for name, text in given.items()}, folder=NOWHERE
    )


def test_secrets_are_masked_and_taken_as_they_are() -> None:
    found = loaded(token="[glsa", clickhouse_password="{sesame")
    shown = {row["name"]: row["value"] for row in found.rows()}
    assert (shown["grafana.token"], shown["grafana.clickhouse_password"]) == ("********", "********")
    assert (shown["grafana.password"], shown["grafana.url"]) == ("", "http://localhost:3000")
    assert found.settings.grafana.token.get_secret_value() == "[glsa"
    assert "glsa" not in repr(found.settings)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "localhost:3000"}, r"^grafana.*http or https address"),
        ({"url": "http://admin:hunter2@localhost"}, r"^grafana.*must not hold a password"),
        ({"token": "hunter2", "user": "admin"}, r"^grafana.*either a token, or user and password"),
        ({"clickhouse_port": "0", "token": "hunter2"}, r"^grafana\.clickhouse_port"),
        ({"folder": ""}, r"^grafana\.folder"),
    ],
)
def test_what_cannot_work_is_refused_and_no_secret_repeated(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadSetting, match=said) as raised:
        loaded(**given)
    assert "hunter2" not in str(raised.value)
