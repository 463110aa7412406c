"""The readers' password: made once, kept where only its user reads it; and the settings around it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from infra.exposed.password import FILE, reader_password
from infra.settings import load
from schemas.errors import BadSetting


def test_made_once_and_kept(tmp_path: Path) -> None:
    password, path = reader_password(tmp_path, "")
    assert path == tmp_path / FILE
    assert len(password) >= 24
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert reader_password(tmp_path, "") == (password, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600, "others have no business with it"


def test_an_empty_file_is_no_password(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    assert len(reader_password(tmp_path, "")[0]) >= 24


def test_a_configured_one_is_not_written_down(tmp_path: Path) -> None:
    assert reader_password(tmp_path, "a long enough word") == ("a long enough word", None)
    assert os.listdir(tmp_path) == []


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(BadSetting, match=r"expose\.password: .*reader-password cannot be used"):
        reader_password(tmp_path, "")


def test_settings(tmp_path: Path) -> None:
    loaded = load({"expose.enabled": True}, environment={"BELLWETHER_EXPOSE__HOSTS": "a.example, B.example"})
    expose = loaded.settings.expose
    assert (expose.enabled, expose.kafka_port, expose.clickhouse_port) == (True, 9092, 8123)
    assert expose.answers_to() == {"localhost", "127.0.0.1", "[::1]", "a.example", "b.example"}
    assert not load(environment={}, folder=tmp_path).settings.expose.enabled


@pytest.mark.parametrize(
    ("name", "value"),
    [("PASSWORD", "short"), ("USER", "a b"), ("KAFKA_PORT", "70000"), ("CLICKHOUSE_PORT", "x"), ("MAX_SECONDS", "0")],
)
def test_wrong_settings_are_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=f"^expose.{name.lower()}: ") as error:
        load(environment={f"BELLWETHER_EXPOSE__{name}": value}, folder=tmp_path)
    assert name != "PASSWORD" or value not in str(error.value).replace("too short", "")


def test_the_password_is_never_shown(tmp_path: Path) -> None:
    loaded = load(environment={"BELLWETHER_EXPOSE__PASSWORD": "a long enough word"}, folder=tmp_path)
    assert "a long enough word" not in str(loaded.rows())
