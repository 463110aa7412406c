"""Records to bytes and back: Confluent-framed Avro, validated after decoding.

A random byte string often decodes to "valid" Avro, so types, lengths, ranges and vocabularies are checked
on every decoded record. Whatever is wrong raises Poison, and nothing else.
"""

from __future__ import annotations

import io
import struct
import threading
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

import msgspec
from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import parse_schema

from schemas.errors import Poison
from schemas.registry import latest, locked

T = TypeVar("T")
SchemaOf = Callable[[int], tuple[str, Any]]  # id → record name and parsed schema; raises Poison
_HEADER = struct.Struct(">bI")
_learnt: set[type] = set()
_learning = threading.Lock()


@lru_cache(maxsize=256)
def locked_schema(schema_id: int) -> tuple[str, Any]:
    """Return record name and parsed schema of an id of the lock file. Raises Poison."""
    for version in locked():
        if version.id == schema_id:
            return version.record, parse_schema(version.schema())
    raise Poison(f"schema id {schema_id} is not in the lock file")


@cache
def _writer(name: str) -> tuple[bytes, Any]:
    version = latest(name)
    return _HEADER.pack(0, version.id), locked_schema(version.id)[1]


def learn(record: type) -> None:
    """Let msgspec get to know a type before threads use it: call this before decoding it in any way.

    msgspec does so when it first meets one, and two threads that meet it at once end the process by a segmentation
    fault: the one finds what the other has half done.
    """
    if record not in _learnt:
        with _learning:
            msgspec.json.Decoder(record)
            _learnt.add(record)


def encode(value: Any) -> bytes:
    """Return the framed Avro bytes of a record dataclass, in the newest locked version of its schema."""
    header, schema = _writer(type(value).__name__)
    out = io.BytesIO()
    out.write(header)
    try:
        schemaless_writer(out, schema, msgspec.to_builtins(value, builtin_types=(bytes, datetime)))
    except (ValueError, TypeError, OverflowError, UnicodeEncodeError, KeyError) as error:
        raise Poison(f"cannot encode {type(value).__name__}: {error}", stage="encode") from error
    return out.getvalue()


def decode(data: bytes | None, record: type[T], schema_of: SchemaOf = locked_schema) -> T:
    """Return the record in `data`, resolved from the writer's version and validated. Raises Poison.

    `schema_of` knows the ids: those of the lock file, or of a registry, which may raise Retryable.
    """
    if data is None or len(data) < _HEADER.size:
        raise Poison("shorter than a schema header")
    magic, schema_id = _HEADER.unpack_from(data)
    if magic != 0:
        raise Poison(f"first byte is {magic}, not 0: not Confluent-framed Avro")
    name, schema = schema_of(schema_id)
    if name != record.__name__:
        raise Poison(f"holds a {name}, expected a {record.__name__}")
    reader = _writer(record.__name__)[1]
    body = io.BytesIO(data)
    body.seek(_HEADER.size)
    learn(record)
    try:
        raw = schemaless_reader(body, schema, None if schema is reader else reader)
        if body.tell() != len(data):
            raise Poison(f"{len(data) - body.tell()} bytes left over after the record")
        return msgspec.convert(raw, type=record, strict=True)
    except Poison:
        raise
    except msgspec.ValidationError as error:
        raise Poison(f"not a valid {name}: {error}", stage="validate") from error
    except Exception as error:  # fastavro raises EOFError, IndexError, OverflowError, UnicodeDecodeError, …
        raise Poison(f"not decodable as {name}: {type(error).__name__}: {error}") from error
