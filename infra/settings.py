"""Settings: the only reader of the environment and of `bellwether.toml`.

Precedence: command line, then `BELLWETHER_<SECTION>__<NAME>` variables, then the file, then (for key and address of
the language model) the standard `OPENAI_API_KEY` and `OPENAI_BASE_URL`, then the defaults below.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from apscheduler.triggers.cron import CronTrigger
from pydantic import Field, SecretStr, ValidationError, field_validator

from infra.alert_settings import AlertSettings
from infra.expose_settings import ExposeSettings
from infra.grafana_settings import GrafanaSettings
from infra.kafka_settings import Kafka
from infra.llm_settings import STANDARD, AnalystSettings, LlmSettings
from infra.mail_settings import MailSettings
from infra.metrics_settings import MetricsSettings
from infra.reader_settings import ReaderSettings
from infra.section import Section as _Section
from infra.setting_values import SECRET, from_file, leaves, merge, nested, parsed, shown
from infra.site_settings import Site
from processors.analysts.sentences import MINILM
from schemas.errors import BadSetting
from sinks.brief.budget import WORDS

PREFIX: Final = "BELLWETHER_"
FILE: Final = "bellwether.toml"
_NAMED: Final = re.compile(r"([a-z_]+(?:\.[\w-]+)*): ")  # how an error of a whole section begins
_MOVED: Final = {"brief.zone": "reader.zone"}  # settings that have another name now


class Feeds(_Section):
    """Which feeds, and how they are read. Times in seconds unless named otherwise."""

    urls: tuple[str, ...] = ()
    opml: str = ""
    backlog_days: int = Field(7, ge=0)
    backlog_items: int = Field(50, ge=1)
    poll_interval: float = Field(300.0, ge=1)
    poll_interval_most: float = Field(3600.0, ge=1)
    deadline: float = Field(20.0, gt=0)
    per_host_delay: float = Field(1.0, ge=0)
    full_text: bool = True
    obey_robots: bool = True
    allow_hosts: tuple[str, ...] = ()
    user_agent: str = "Bellwether/0.1 (feed reader)"
    families: dict[str, str] = Field(default_factory=dict)


class Store(_Section):
    """`dsn` empty: chDB in the data folder. Otherwise chdb:///path or clickhouse://user:password@host:port/db."""

    dsn: SecretStr = SecretStr("")


class Stream(_Section):
    """The pipeline's sizes. `workers` 0 runs the extractor inside the main process."""

    workers: int = Field(1, ge=0, le=64)
    window: int = Field(64, ge=1)
    window_articles: int = Field(800, ge=1)
    window_bytes: int = Field(3_000_000, ge=100_000)
    sweep_seconds: float = Field(120.0, gt=0)
    attempts: int = Field(4, ge=1)
    deferred_seconds: float = Field(300.0, gt=0)
    tick_seconds: float = Field(60.0, gt=0)


class PolicyOverrides(_Section):
    """What a user may change of the policy; everything else is fixed by its version."""

    join_at: float | None = Field(None, gt=0, lt=1)
    publish_families: int | None = Field(None, ge=1)
    half_life_structural: float | None = Field(None, gt=0)
    half_life_cyclical: float | None = Field(None, gt=0)
    half_life_event: float | None = Field(None, gt=0)


class BriefSettings(_Section):
    """`schedule` is a cron line in the reader's zone; empty switches the scheduled brief off. `words`: its length."""

    schedule: str = "0 7 * * *"
    threshold: float = Field(1.0, ge=0)
    move: float = Field(0.5, ge=0)
    items: int = Field(7, ge=1)
    words: int = Field(WORDS, ge=50)
    mail: MailSettings = MailSettings()

    @field_validator("schedule")
    @classmethod
    def _cron_line(cls, schedule: str) -> str:
        if schedule:
            CronTrigger.from_crontab(schedule)  # says itself what is wrong
        return schedule


class Settings(_Section):
    """All settings, by section."""

    data: str = "bellwether-data"
    log: Literal["debug", "info", "warning", "error"] = "warning"
    log_format: Literal["auto", "text", "json"] = "auto"
    feeds: Feeds = Feeds()
    kafka: Kafka = Kafka()
    store: Store = Store()
    stream: Stream = Stream()
    policy: PolicyOverrides = PolicyOverrides()
    reader: ReaderSettings = ReaderSettings()
    brief: BriefSettings = BriefSettings()
    alerts: AlertSettings = AlertSettings()
    site: Site = Site()
    expose: ExposeSettings = ExposeSettings()
    analyst: AnalystSettings = AnalystSettings()
    llm: LlmSettings = LlmSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    metrics: MetricsSettings = MetricsSettings()

    @property
    def uses_llm(self) -> bool:
        """Say whether a language model reads the articles."""
        if self.analyst.kind == "auto":
            return bool(self.llm.base_url or self.llm.api_key.get_secret_value())
        return self.analyst.kind == "llm"

    @property
    def on_server(self) -> bool:
        """Say whether the store is a ClickHouse server, which the roles of `bellwether worker` share."""
        dsn = self.store.dsn.get_secret_value()
        return bool(dsn) and not dsn.startswith("chdb:")

    @property
    def embedding_model(self) -> str:
        """Return the model that makes the vectors of evidence, "" for none."""
        if self.uses_llm:
            return self.llm.embedding_model
        return {"minilm": MINILM}.get(self.analyst.embeddings, "")


class Loaded:
    """The settings in force and where each value came from."""

    def __init__(self, settings: Settings, origins: Mapping[str, str]) -> None:
        self.settings = settings
        self.origins = origins

    def rows(self) -> list[dict[str, Any]]:
        """Return name, value (secrets masked) and origin of every setting."""
        return [
            {"name": name, "value": shown(value), "origin": self.origins.get(name, "default")}
            for name, value in leaves(self.settings.model_dump())
        ]


def load(
    overrides: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Loaded:
    """Return the settings in force. Raises BadSetting, beginning with the setting's name.

    `overrides` come from the command line, dotted names to values; a value of None means not given.
    """
    environment = os.environ if environment is None else environment
    origins: dict[str, str] = {}
    values: dict[str, Any] = {}
    for variable, name in STANDARD.items():
        if environment.get(variable, "").strip():
            merge(values, nested(name, environment[variable].strip()), origins, f"environment {variable}")
    path = Path(environment.get(PREFIX + "CONFIG", "") or (folder or Path.cwd()) / FILE)
    if path.exists():
        merge(values, from_file(path), origins, str(path.name))
    elif environment.get(PREFIX + "CONFIG"):
        raise BadSetting(f"{PREFIX}CONFIG: there is no file {path}")
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX) and variable != PREFIX + "CONFIG":
            name = variable[len(PREFIX) :].lower().replace("__", ".")
            merge(values, nested(name, parsed(name, text)), origins, f"environment {variable}")
    for name, value in (overrides or {}).items():
        if value is not None:
            merge(values, nested(name, value), origins, "command line")
    return _validated(values, origins, path.name)


def changed(loaded: Loaded, given: Mapping[str, str], origin: str = "--set") -> Loaded:
    """Return the settings in force with others in their place, dotted names to texts. Raises BadSetting."""
    values, origins = loaded.settings.model_dump(), dict(loaded.origins)
    for name, text in given.items():
        merge(values, nested(name, parsed(name, text)), origins, origin)
    return _validated(values, origins, FILE)


def _validated(values: dict[str, Any], origins: dict[str, str], file: str) -> Loaded:
    try:
        loaded = Loaded(Settings.model_validate(values), origins)
    except ValidationError as error:
        first = error.errors()[0]
        full, words = ".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, ")
        if isinstance(first["input"], dict) and (named := _NAMED.match(words)):  # what does not go together
            full, words = f"{full}.{named[1]}".lstrip("."), words[named.end() :]
        where = _origin(full, origins)
        if first["type"] == "extra_forbidden":
            now = f"; it is {_MOVED[full]} now" if full in _MOVED else ""
            raise BadSetting(f"{full}: there is no such setting{now} (from {where or file})") from None
        not_this = "" if full.startswith(SECRET) or isinstance(first["input"], dict) else f", not {first['input']!r}"
        raise BadSetting(f"{full}: {words}{not_this} (from {where or 'default'})") from None
    _check_llm(loaded.settings)
    loaded.settings.kafka.connection.tls()  # reads the files that it names
    return loaded


def _origin(name: str, origins: Mapping[str, str]) -> str:
    """Return where a setting came from; one that was not given: where others of its section did, "" for nowhere."""
    while name:
        if found := origins.get(name):
            return found
        beside = {origin for other, origin in origins.items() if other.startswith(f"{name}.")}
        if beside:
            return ", ".join(sorted(beside))
        name = name.rpartition(".")[0]
    return ""


def _check_llm(settings: Settings) -> None:
    """Refuse what could only fail later, or cost what nobody allowed."""
    if not settings.uses_llm:
        return
    llm = settings.llm
    if not (llm.base_url or llm.api_key.get_secret_value()):
        raise BadSetting(
            "analyst.kind: llm needs a language model: set llm.api_key (or OPENAI_API_KEY), or llm.base_url for a "
            "server of your own"
        )
    unpriced = sorted({model for model in llm.models().values() if model not in llm.prices})
    for name in ("money_per_day", "money_per_run"):
        if getattr(llm, name) is not None and unpriced:
            raise BadSetting(f"llm.prices: no price for {', '.join(unpriced)}, so llm.{name} cannot be kept")
