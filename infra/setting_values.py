"""Values of settings as they come from files and variables, before they are checked, and as they are shown."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from schemas.errors import BadSetting

_USERINFO: Final = re.compile(r"^([a-z]+://)[^/@]+@", re.IGNORECASE)
# Values that are never repeated in an error: they are secrets, or addresses that may hold one.
SECRET: Final = (
    "alerts", "store", "llm.api_key", "llm.base_url", "brief.mail.password", "expose.password", "site.analyst_token",
    "site.password",
    "grafana", "grafana.token", "grafana.password", "grafana.clickhouse_password",
    "metrics.token", "kafka.registry.url", "kafka.registry.password",
    "kafka.security.key_password", "kafka.security.password", "kafka.security.username",
)  # fmt: skip
_TABLES: Final = ("feeds.families", "llm.prices")  # settings that are tables themselves
_LISTS: Final = (
    "feeds.urls", "feeds.allow_hosts", "reader.sectors", "reader.geographies", "reader.actors", "reader.signals",
    "brief.mail.recipients", "expose.hosts", "site.hosts",
)  # fmt: skip


def from_file(path: Path) -> dict[str, Any]:
    """Return what a TOML file holds. Raises BadSetting."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSetting(f"{path.name}: cannot be read as TOML: {error}") from error


def parsed(name: str, text: str) -> Any:
    """Read a variable: lists and tables may be TOML values; everything else is converted by the field's type.

    Raises BadSetting.
    """
    if name in SECRET:
        return text
    if text.startswith(("[", "{")):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError as error:
            raise BadSetting(f"{name}: {text!r} is not a TOML value: {error}") from error
    if name in _LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def nested(name: str, value: Any) -> dict[str, Any]:
    """Return the value under its dotted name, a dict a section."""
    for part in reversed(name.split(".")):
        value = {part: value}
    return dict(value)


def merge(into: dict[str, Any], values: Mapping[str, Any], origins: dict[str, str], origin: str, at: str = "") -> None:
    """Put `values` over those of `into`, noting where each came from. Raises BadSetting."""
    for key, value in values.items():
        name = f"{at}{key}"
        if isinstance(value, dict) and name not in _TABLES:
            inner = into.setdefault(key, {})
            if not isinstance(inner, dict):
                raise BadSetting(f"{name}: is a section, not a value")
            merge(inner, value, origins, origin, name + ".")
        else:
            into[key] = value
            origins[name] = origin


def leaves(values: Mapping[str, Any], at: str = "") -> list[tuple[str, Any]]:
    """Return every setting by its dotted name."""
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        if isinstance(value, dict) and f"{at}{key}" not in _TABLES:
            found += leaves(value, f"{at}{key}.")
        else:
            found.append((f"{at}{key}", value))
    return found


def shown(value: Any) -> Any:
    """Return a value as people may see it: secrets masked, also in addresses."""
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    if isinstance(value, tuple):
        return tuple(_USERINFO.sub(r"\1********@", part) for part in value)
    return value
