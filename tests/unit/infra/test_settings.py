"""Settings: precedence, origins, masks, and errors that begin with the setting's name."""

from __future__ import annotations

import re
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


def test_an_empty_variable_is_an_empty_value(tmp_path: Path) -> None:
    loaded = load(environment={"BELLWETHER_KAFKA__BOOTSTRAP": "", "BELLWETHER_FEEDS__URLS": ""}, folder=tmp_path)
    assert (loaded.settings.kafka.bootstrap, loaded.settings.feeds.urls) == ("", ())


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


LLM = {"OPENAI_API_KEY": "sk-of-the-standard"}
NOWHERE = Path("/nonexistent")


def test_a_key_or_an_address_switches_the_language_model_on_unless_told_otherwise() -> None:
    assert not load(environment={}, folder=NOWHERE).settings.uses_llm
    assert not load(environment={"OPENAI_API_KEY": "  "}, folder=NOWHERE).settings.uses_llm
    assert load(environment=LLM, folder=NOWHERE).settings.uses_llm
    assert load(environment={"OPENAI_BASE_URL": "http://localhost:1/v1"}, folder=NOWHERE).settings.uses_llm
    assert not load(environment=LLM | {"BELLWETHER_ANALYST__KIND": "lexical"}, folder=NOWHERE).settings.uses_llm


def test_the_standard_variables_come_after_our_own_settings(tmp_path: Path) -> None:
    folder = file_in(tmp_path, '[llm]\nbase_url = "http://from.the.file/v1"\n')
    environment = {**LLM, "OPENAI_BASE_URL": "http://standard/v1", "BELLWETHER_LLM__API_KEY": "sk-ours"}
    loaded = load(environment=environment, folder=folder)
    assert loaded.settings.llm.base_url == "http://from.the.file/v1"
    assert loaded.settings.llm.api_key.get_secret_value() == "sk-ours"
    rows = {row["name"]: row for row in load(environment=LLM, folder=NOWHERE).rows()}
    assert rows["llm.api_key"] == {"name": "llm.api_key", "value": "********", "origin": "environment OPENAI_API_KEY"}


def test_a_limit_holds_even_when_nobody_set_one() -> None:
    def limits(**given: str) -> tuple[object, ...]:
        environment = LLM | {f"BELLWETHER_LLM__{name.upper()}": value for name, value in given.items()}
        llm = load(environment=environment, folder=NOWHERE).settings.llm
        return llm.tokens_per_day, llm.money_per_day

    priced = {"prices": '{ "gpt-4.1-mini" = { input = 0.4, output = 1.6 } }'}
    assert limits() == (2_000_000, None)
    assert limits(tokens_per_day="5") == (5, None)
    assert limits(tokens_per_day="none") == (None, None)
    assert limits(money_per_day="1.5", **priced) == (None, 1.5)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("analyst.kind", {"ANALYST__KIND": "llm"}, "OPENAI_API_KEY"),
        ("analyst.kind", {"ANALYST__KIND": "oracle"}, "lexical"),
        ("llm.base_url", {"LLM__BASE_URL": "ftp://files.example/SECRET"}, "http"),
        ("llm.base_url", {"LLM__BASE_URL": "localhost:11434/v1"}, "http"),
        ("llm.base_url", {"LLM__BASE_URL": "http://me:SECRET@models.example/v1"}, "llm.api_key"),
        ("llm.api_key", {"LLM__API_KEY": "SECRET\nX-Other: header"}, "not a key"),
        ("llm.api_key", {"LLM__API_KEY": "[SECRET with spaces]"}, "not a key"),
        ("llm.money_per_day", {"LLM__MONEY_PER_DAY": "-1"}, "greater"),
        ("llm.money_per_run", {"LLM__MONEY_PER_RUN": "nan"}, "finite"),
        ("llm.tokens_per_day", {"LLM__TOKENS_PER_DAY": "-5"}, "greater"),
        ("llm.concurrency", {"LLM__CONCURRENCY": "0"}, "greater"),
        ("llm.deadline", {"LLM__DEADLINE": "0"}, "greater"),
        ("llm.prices.m.input", {"LLM__PRICES": "{ m = { input = -1 } }"}, "greater"),
        ("llm.prices", {"LLM__API_KEY": "SECRET", "LLM__MONEY_PER_DAY": "1"}, "for gpt-4.1-mini, so llm.money_per_day"),
        (
            "llm.prices",
            {
                "LLM__API_KEY": "SECRET", "LLM__MONEY_PER_RUN": "1", "LLM__EMBEDDING_MODEL": "e",
                "LLM__PRICES": '{ "gpt-4.1-mini" = { input = 1 } }',
            },
            "no price for e, so llm.money_per_run",
        ),
    ],
)  # fmt: skip
def test_a_bad_setting_of_the_model_names_itself_and_never_the_key(name: str, given: dict[str, str], said: str) -> None:
    environment = {f"BELLWETHER_{key}": value for key, value in given.items()}
    with pytest.raises(BadSetting, match=rf"^{re.escape(name)}") as caught:
        load(environment=environment, folder=NOWHERE)
    assert said in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_money_limit_asks_only_for_prices_of_models_in_use() -> None:
    environment = LLM | {
        "BELLWETHER_LLM__MONEY_PER_DAY": "1",
        "BELLWETHER_LLM__BRIEF_MODEL": "dear",
        "BELLWETHER_LLM__PROSE": "false",
        "BELLWETHER_LLM__PRICES": '{ "gpt-4.1-mini" = { input = 0.4, output = 1.6 } }',
    }
    assert load(environment=environment, folder=NOWHERE).settings.llm.money_per_day == 1.0
    with pytest.raises(BadSetting, match=r"^llm\.prices: no price for dear"):
        load(environment=environment | {"BELLWETHER_LLM__PROSE": "true"}, folder=NOWHERE)
