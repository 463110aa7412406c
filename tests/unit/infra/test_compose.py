"""docker-compose.yml keeps its promises: pinned, healthy, limited, loopback only, no default passwords."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from infra.alerting import book_path
from infra.compose_env import WANTED, write_env
from infra.kafka.roles import REAL_ROLES
from infra.llm import BOOKS as LLM_BOOKS
from infra.llm import books_path
from infra.llm_settings import STANDARD, LlmSettings
from infra.settings import PREFIX, load

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KEEPER = "keeper"  # for commands: it runs only as long as one
ROLES = {name: service for name, service in SERVICES.items() if service.get("build") and name != KEEPER}


def test_everything_is_there() -> None:
    assert {"kafka", "clickhouse", "grafana", "registry", KEEPER} | set(REAL_ROLES) == set(SERVICES)


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {KEEPER}))
def test_a_service_is_pinned_checked_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)*(@sha256:[0-9a-f]{64})?", service["image"])
    assert service["healthcheck"]["test"]
    assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"])
    assert service["restart"] == "unless-stopped"
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
    for needed in service.get("depends_on", {}):
        assert needed in SERVICES


@pytest.mark.parametrize("name", ROLES)
def test_a_role_runs_what_exists_with_settings_that_exist(name: str) -> None:
    service = ROLES[name]
    assert service["command"] == ["worker", name]
    # A name without a value is passed through from the shell or .env.
    given = {
        key: value for key, value in service["environment"].items() if key.startswith(PREFIX) and value is not None
    }
    loaded = load(environment=given, folder=Path("/nonexistent"))
    assert loaded.settings.kafka.bootstrap == "kafka:9092"
    assert (loaded.settings.metrics.host, loaded.settings.metrics.port) == ("0.0.0.0", 9464)
    assert not any("9464" in port for port in service.get("ports", [])), "metrics stay inside the network"
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]


def test_the_keeper_has_every_book_that_a_role_writes() -> None:
    keeper = SERVICES[KEEPER]
    given = {key: value for key, value in keeper["environment"].items() if key.startswith(PREFIX) and value is not None}
    settings = load(environment=given, folder=Path("/nonexistent")).settings
    mounted = dict(volume.split(":") for volume in keeper["volumes"])
    written = {volume.split(":")[0] for role in ROLES.values() for volume in role.get("volumes", [])}
    assert written == set(mounted)
    assert str(books_path(settings)) == f"{mounted['llm-books']}/{LLM_BOOKS}"
    assert str(book_path(settings)) == f"{mounted['alerts-book']}/alerts.sqlite"
    assert (keeper["restart"], keeper["profiles"], settings.on_server) == ("no", [KEEPER], True)


def test_no_password_has_a_default() -> None:
    named = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT)
    assert {name for name, _ in named} == {*WANTED, "BELLWETHER_FEEDS__URLS"}
    assert all(rest.startswith(":?") for _, rest in named)
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or value is None or value.startswith("${"), f"{name}: {key}"
            assert "TOKEN" not in key or value is None, f"{name}: {key} is passed through, never written here"
            assert "API_KEY" not in key or value is None, f"{name}: {key} is passed through, never written here"


@pytest.mark.parametrize("name", ["extract", "ledger", "judge", "revise", "site"])
def test_a_role_with_a_model_gets_all_its_settings_and_shares_the_books(name: str) -> None:
    environment = ROLES[name]["environment"]
    assert {f"{PREFIX}LLM__{field.upper()}" for field in LlmSettings.model_fields} | set(STANDARD) <= set(environment)
    folder, _, file = environment[f"{PREFIX}LLM__BOOKS"].rpartition("/")
    assert file
    assert f"llm-books:{folder}" in ROLES[name]["volumes"]
    assert f"install -d -o bellwether -g bellwether {folder}" in (ROOT / "Dockerfile").read_text("utf-8")


def _users() -> dict[str, ElementTree.Element]:
    trees = [
        ElementTree.parse(ROOT / volume.split(":")[0]).getroot()
        for volume in SERVICES["clickhouse"]["volumes"]
        if "/users.d/" in volume
    ]
    found = {user.tag: user for tree in trees for user in tree.find("users") or ()}
    profiles = {profile.tag: profile for tree in trees for profile in tree.find("profiles") or ()}
    for user in found.values():
        user.append(profiles[str(user.findtext("profile"))])
    return found


def test_each_store_user_may_do_what_it_must_and_no_more() -> None:
    users = _users()
    assert set(users) == {"bellwether", "bellwether_reader", "grafana"}
    for name, user in users.items():
        variable = user.find("password").get("from_env")  # type: ignore[union-attr]
        assert SERVICES["clickhouse"]["environment"][variable].startswith(f"${{{variable}:?"), name
        (grant,) = [query.text or "" for query in user.iterfind("grants/query")]
        assert grant.endswith(" ON bellwether.*")
        rights = set(grant.removeprefix("GRANT ").removesuffix(" ON bellwether.*").split(", "))
        if name == "bellwether":
            assert rights == {
                "SELECT", "INSERT", "ALTER", "CREATE DATABASE", "CREATE TABLE", "CREATE VIEW", "OPTIMIZE",
            }  # fmt: skip
        else:
            assert rights == {"SELECT"}
            assert user.findtext("*/readonly") in ("1", "2")
            assert int(user.findtext("*/max_execution_time") or 0) <= 60
    # What Grafana's plugin sends with every query may be changed, and nothing else.
    assert users["grafana"].findtext("*/readonly") == "1"
    (changeable,) = [
        constraint.tag
        for constraint in users["grafana"].iterfind("*/constraints/*")
        if constraint.find("changeable_in_readonly") is not None
    ]
    assert changeable == "max_execution_time"


@pytest.mark.parametrize("name", ROLES)
def test_a_role_that_only_looks_comes_as_the_reader(name: str) -> None:
    dsn = ROLES[name]["environment"].get(f"{PREFIX}STORE__DSN", "")
    variable = {"bellwether": "BELLWETHER_STORE_PASSWORD", "bellwether_reader": "BELLWETHER_STORE_READER_PASSWORD"}
    user = re.match(r"clickhouse://(\w+):\$\{(\w+):\?[^}]*\}@clickhouse:8123/bellwether$", dsn)
    assert (user is None) == (name in ("ledger", "extract", "publish", "judge"))
    if user is not None:
        assert user[2] == variable[user[1]]
        assert (user[1] == "bellwether_reader") == (name in ("site", "revise"))


def test_growing_needs_nothing_but_a_number() -> None:
    # `--scale` fails on a fixed name or a published port, and a role that is scaled shares no file but the books.
    for name in ("extract", "judge", "revise"):
        assert not {"container_name", "ports", "hostname"} & set(ROLES[name])
        assert ROLES[name]["volumes"] == ["llm-books:/var/lib/bellwether"]


def test_roles_that_need_a_model_start_only_when_wanted() -> None:
    assert {name for name, role in ROLES.items() if role.get("profiles")} == {"judge", "revise"}


def test_the_image_is_built_from_what_is_sent() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {
        word
        for line in dockerfile.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert copied == sent
    assert "USER bellwether" in dockerfile
    assert "--require-hashes" in dockerfile


def test_env_is_written_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("GRAFANA_ADMIN_PASSWORD=mine\nBELLWETHER_STORE_PASSWORD=\n", "utf-8")
    assert "GRAFANA_ADMIN_PASSWORD" not in write_env(path)
    first = path.read_text("utf-8")
    assert write_env(path) == []
    assert path.read_text("utf-8") == first
    assert path.stat().st_mode & 0o777 == 0o600
    values = dict(line.split("=", 1) for line in first.splitlines() if not line.startswith("#"))
    assert values["GRAFANA_ADMIN_PASSWORD"] == "mine"
    assert all(re.fullmatch(r"[\w-]{4,}", values[name]) for name in WANTED)
    assert len(values["BELLWETHER_CLUSTER_ID"]) == 22
