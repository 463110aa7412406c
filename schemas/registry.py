"""Schema ids from the append-only lock file `ids.lock.json`, one `.avsc` a version beside it.

The framing is Confluent's: a zero byte, the schema id as a big-endian 32-bit integer, the Avro body
(https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format).
`python -m schemas.lock` appends a version when a record's schema has changed compatibly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form

from schemas.derive import avro_schema
from schemas.topics import CATALOGUE

HERE: Final = Path(__file__).parent
LOCK: Final = HERE / "ids.lock.json"


@dataclass(frozen=True, slots=True)
class Version:
    """One locked version of one record's schema."""

    id: int
    record: str
    version: int
    fingerprint: str  # SHA-256 of the parsing canonical form, so without docs, defaults and logical types

    @property
    def path(self) -> Path:
        """Where the schema is kept."""
        return HERE / "avsc" / f"{self.record}.v{self.version}.avsc"

    def schema(self) -> dict[str, Any]:
        """Return the schema as JSON data."""
        loaded: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return loaded


@lru_cache(maxsize=1)
def locked() -> tuple[Version, ...]:
    """Return every locked version, in order of id."""
    return tuple(Version(**entry) for entry in json.loads(LOCK.read_text("utf-8"))["schemas"])


def latest(record: str) -> Version:
    """Return the newest version of a record; KeyError if it was never locked."""
    versions = [v for v in locked() if v.record == record]
    if not versions:
        raise KeyError(f"{record} has no locked schema; run `python -m schemas.lock`")
    return max(versions, key=lambda v: v.version)


def schema_fingerprint(schema: dict[str, Any]) -> str:
    """Return the SHA-256 of a schema's parsing canonical form."""
    canonical = to_parsing_canonical_form(parse_schema(schema, _write_hint=False))
    return str(fingerprint(canonical, "SHA-256"))


def current(record: type) -> dict[str, Any]:
    """Return the schema that the code of today asks for."""
    return avro_schema(record)


def records() -> tuple[type, ...]:
    """Return every record that travels on a topic, in catalogue order."""
    return tuple(dict.fromkeys(topic.record for topic in CATALOGUE))
