"""A Confluent-compatible schema registry: the ids of public topics, where one is configured.

Three calls of its REST interface (https://docs.confluent.io/platform/current/schema-registry/develop/api.html), with
a client of our own: confluent-kafka's needs four more packages. Private topics keep the ids of the lock file.
"""

from __future__ import annotations

import json
import struct
import threading
from typing import Any, Final, Protocol

import httpx2
from fastavro.schema import SchemaParseException, UnknownType, parse_schema

from schemas.errors import BadSetting, Poison, Retryable
from schemas.registry import Version, locked
from schemas.topics import CATALOGUE, Topic

_ID: Final = struct.Struct(">I")  # after the zero byte
_TYPE: Final = "application/vnd.schemaregistry.v1+json"


class Framing(Protocol):
    """What gives a message its schema id on the way out."""

    def __call__(self, topic: str, value: bytes) -> bytes: ...


def subject(topic: Topic) -> str:
    """Return where a topic's schemas are registered (Confluent's TopicNameStrategy)."""
    return f"{topic.name}-value"


class SchemaRegistry:
    """The client. Safe to use from several threads. `timeout` in seconds."""

    def __init__(
        self,
        url: str,
        username: str = "",
        password: str = "",
        *,
        timeout: float = 10.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._client = httpx2.Client(
            auth=(username, password) if username else None,
            headers={"accept": _TYPE},
            timeout=timeout,
            transport=transport,
        )
        self._lock = threading.Lock()
        self._registered: dict[int, int] = {}  # locked id → the registry's
        self._schemas: dict[int, tuple[str, Any]] = {}  # the registry's id → record and schema

    def register(self) -> Framing:
        """Register every version of every public record, in order, and return what frames messages with their ids.

        Harmless when they are there. Raises BadSetting when the registry refuses, Retryable when it does not answer.
        """
        for topic in CATALOGUE:
            if topic.public:
                for version in locked():
                    if version.record == topic.record.__name__:
                        self._registered[version.id] = self._register(topic, version)
        return self._framed

    def schema_of(self, schema_id: int) -> tuple[str, Any]:
        """Return record name and parsed schema of an id of the registry; asked once for each id.

        Raises Poison when there is none, Retryable when the registry does not answer.
        """
        with self._lock:
            if schema_id not in self._schemas:
                self._schemas[schema_id] = self._fetched(schema_id)
            return self._schemas[schema_id]

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def _framed(self, topic: str, value: bytes) -> bytes:
        if topic not in _PUBLIC:
            return value
        (locked_id,) = _ID.unpack_from(value, 1)
        return value[:1] + _ID.pack(self._registered[locked_id]) + value[1 + _ID.size :]

    def _register(self, topic: Topic, version: Version) -> int:
        body = {"schema": json.dumps(version.schema()), "schemaType": "AVRO"}
        answer = self._asked("POST", f"/subjects/{subject(topic)}/versions", body)
        if answer.status_code != 200:
            raise BadSetting(
                f"kafka.registry.url: {self._url} refuses {version.record} version {version.version} for "
                f"{subject(topic)}: {_reason(answer)}"
            )
        return int(self._content(answer)["id"])

    def _fetched(self, schema_id: int) -> tuple[str, Any]:
        answer = self._asked("GET", f"/schemas/ids/{schema_id}")
        if answer.status_code == 404:
            raise Poison(f"schema id {schema_id} is not in the registry {self._url}")
        if answer.status_code != 200:
            raise Retryable(f"kafka.registry.url: {self._url} does not give schema {schema_id}: {_reason(answer)}")
        try:
            schema: Any = parse_schema(json.loads(self._content(answer)["schema"]))
            return str(schema["name"]).rpartition(".")[2], schema
        except (ValueError, KeyError, TypeError, SchemaParseException, UnknownType) as error:
            raise Poison(f"schema id {schema_id} of the registry is no Avro record: {error}") from error

    def _asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        try:
            content = None if body is None else json.dumps(body).encode()
            answer = self._client.request(method, self._url + path, content=content, headers={"content-type": _TYPE})
        except httpx2.HTTPError as error:
            raise Retryable(f"kafka.registry.url: {self._url} does not answer: {type(error).__name__}") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Retryable(f"kafka.registry.url: {self._url} cannot answer now: {_reason(answer)}")
        return answer

    def _content(self, answer: httpx2.Response) -> dict[str, Any]:
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict) or not {"id", "schema"} & found.keys():
            raise BadSetting(f"kafka.registry.url: what answers at {self._url} is no schema registry")
        return found


_PUBLIC: Final = frozenset(topic.name for topic in CATALOGUE if topic.public)


def _reason(answer: httpx2.Response) -> str:
    try:
        said = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        said = answer.reason_phrase
    return f"{answer.status_code} {said[:300]}".strip()
