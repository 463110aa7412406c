"""Settings: precedence, origins, masks, and errors that begin with the setting's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.policy import policy_from
from infra.settings import load
from processors.decisions.policy import Policy
from schemas.errors import BadSetting


def file_in(folder: Path, text: str) -> Path:
    (folder / "bellwether.toml").write_text(text, "utf-8")
    return folder


def test_command_line_over_environment_over_file_over_default(tmp_path: Path) -> None:
    folder = file_in(tmp_path, '[site]\nport = 1111\nhost = "127.0.0.2"\n[brief]\nitems = 3\n')
    environment = {"BELLWETHER_SITE__PORT": "2222", "BELLWETHER_BRIEF__ITEMS": "4"}
    loaded = load({"site.port": 3333, "data": None}, environment=environment, folder=folder)
    assert loaded.settings.site.port == 3333
    assert loaded.settings.brief.items == 4
    assert loaded.settings.site.host == "127.0.0.2"
    assert loaded.settings.data == "bellwether-data"
    origins = {row["name"]: row["origin"] for row in loaded.rows()}
    assert origins["site.port"] == "command line"
    assert origins["brief.items"] == "environment BELLWETHER_BRIEF__ITEMS"
    assert origins["site.host"] == "bellwether.toml"
    assert origins["data"] == "default"


def test_secrets_are_masked() -> None:
    environment = {"BELLWETHER_ALERTS__WEBHOOK": "https://hooks.example/T0KEN"}
    loaded = load(environment=environment, folder=Path("/nonexistent"))
    shown = {row["name"]: row["value"] for row in loaded.rows()}
    assert shown["alerts.webhook"] == "********"
    assert shown["store.dsn"] == ""
    assert "T0KEN" not in repr(loaded.settings)


def test_lists_and_tables_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "BELLWETHER_FEEDS__URLS": "https://a.example/f, https://b.example/f",
        "BELLWETHER_FEEDS__FAMILIES": '{ "The Post" = "Group" }',
    }
    feeds = load(environment=environment, folder=tmp_path).settings.feeds
    assert feeds.urls == ("https://a.example/f", "https://b.example/f")
    assert feeds.families == {"The Post": "Group"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[site]\nport = 70000\n", "site.port"),
        ("[site]\nprot = 1\n", "site.prot"),
        ("[nonsense]\na = 1\n", "nonsense"),
        ("[stream]\nworkers = 'many'\n", "stream.workers"),
        ("[site\n", "bellwether.toml"),
    ],
)
def test_a_bad_setting_names_itself(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(BadSetting, match=rf"^{name}"):
        load(environment={}, folder=file_in(tmp_path, text))


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"^BELLWETHER_CONFIG"):
        load(environment={"BELLWETHER_CONFIG": str(tmp_path / "none.toml")})


def test_a_changed_policy_says_so_in_its_version(tmp_path: Path) -> None:
    assert policy_from(load(environment={}, folder=tmp_path).settings.policy) == Policy()
    folder = file_in(tmp_path, "[policy]\npublish_families = 3\nhalf_life_structural = 90.0\n")
    policy = policy_from(load(environment={}, folder=folder).settings.policy)
    assert policy.publish_families == 3
    assert policy.half_life["structural"] == 90.0
    assert policy.half_life["event"] == Policy().half_life["event"]
    assert policy.version != Policy().version
    assert "publish_families=3" in policy.version
