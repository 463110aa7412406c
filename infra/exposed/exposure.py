"""`--expose`: what a running embedded process offers other programs of this machine, opened and closed together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

from infra.embedded.folder import DataFolder
from infra.expose_settings import LOOPBACK, ExposeSettings
from infra.exposed.engine import DATABASE, Engine
from infra.exposed.front import Front, Readers
from infra.exposed.kafka_port import KafkaPort
from infra.exposed.password import reader_password
from infra.exposed.query_settings import Limits
from infra.http_server import HttpServer
from schemas.errors import BadInput, BadSetting
from schemas.kafka_connection import KafkaConnection

_Opened = TypeVar("_Opened", KafkaPort, HttpServer)


class Exposure:
    """Start it after the store and the broker, stop it before them."""

    def __init__(self, settings: ExposeSettings, folder: DataFolder, store: Path, kafka: KafkaConnection) -> None:
        self._settings, self._folder = settings, folder
        self._store, self._kafka = store, kafka
        self._opened = ExitStack()
        self._said: dict[str, Any] = {}

    def start(self) -> None:
        """Open both and write into the folder where they are. Raises BadSetting that names a port that is taken."""
        with ExitStack() as opening:
            kafka = self._kafka_port()
            if kafka is not None:
                opening.callback(kafka.stop)
            password, file = reader_password(self._folder.path, self._settings.password.get_secret_value())
            readers = Readers(self._settings.user, password, self._settings.answers_to(), self._settings.max_queries)
            engine = Engine(self._store, _limits(self._settings))
            front = Front(engine, readers)
            port = self._settings.clickhouse_port
            clickhouse = _named("expose.clickhouse_port", lambda: HttpServer(front.app(), LOOPBACK, port))
            opening.callback(clickhouse.stop)
            opening.callback(engine.close)
            if kafka is not None:
                kafka.start()
            clickhouse.start()
            self._said = {
                "kafka": self._kafka.bootstrap if kafka is None else kafka.address,
                "clickhouse": clickhouse.url,
                "database": DATABASE,
                "user": self._settings.user,
                "password_file": str(file.absolute()) if file else "",
            }
            self._folder.announce({**(self._folder.door() or {}), "exposed": self._said})
            self._opened = opening.pop_all()

    def _kafka_port(self) -> KafkaPort | None:
        """What speaks TLS or asks for a password cannot be read on the way: clients go to that Kafka themselves."""
        if self._kafka.protocol != "plaintext":
            return None
        return _named("expose.kafka_port", lambda: KafkaPort(self._kafka.bootstrap, self._settings.kafka_port))

    def stop(self) -> None:
        """Close both; questions under way are broken off."""
        self._opened.close()

    def lines(self) -> list[str]:
        """Return what to tell whoever started it."""
        if not self._said:
            return []
        password = (
            f"password in {self._said['password_file']}" if self._said["password_file"] else "your expose.password"
        )
        return [
            f"Kafka at {self._said['kafka']}",
            f"ClickHouse (HTTP, read-only) at {self._said['clickhouse']}, database {self._said['database']}, "
            f"user {self._said['user']}, {password}",
        ]


def _limits(settings: ExposeSettings) -> Limits:
    return Limits(settings.max_seconds, settings.max_result_bytes, memory=settings.max_memory_bytes)


def _named(setting: str, opened: Callable[[], _Opened]) -> _Opened:
    try:
        return opened()
    except BadInput as error:
        raise BadSetting(f"{setting}: {error}") from error
