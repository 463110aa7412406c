"""Writes exported rows as JSON lines (times ISO 8601 in UTC with Z) or Parquet, in bounded memory."""

from __future__ import annotations

import os
import types
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import BadInput
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.exported import EXPORTS, ExportKind, exported
from sinks.clickhouse.rows import Rows

Format = Literal["jsonl", "parquet"]
_PAGE: Final = 2000  # rows held in memory at a time
_EXTRA: Final[Mapping[str, Any]] = {
    "seq": pa.int64(),
    "n": pa.int64(),
    "i": pa.int64(),
    "admitted_at": pa.timestamp("us", "UTC"),
    "generation": pa.string(),
}


def export(store: Store, generation: str, kind: ExportKind, out: Path | BinaryIO, form: Format = "jsonl") -> int:
    """Write every row of `kind` to a file, which appears whole or not at all, or to an open binary stream.

    Returns the number of rows. Raises BadInput when the file cannot be written.
    """
    rows = exported(store, generation, kind)
    write = _jsonl if form == "jsonl" else _parquet
    if not isinstance(out, Path):
        return write(rows, out, EXPORTS[kind])
    try:
        with _whole(out) as file:
            return write(rows, file, EXPORTS[kind])
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror or error}") from error


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _pages(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while page := list(islice(rows, _PAGE)):
        yield page


def _jsonl(rows: Iterable[Row], out: BinaryIO, _: Rows[Any]) -> int:
    encode = msgspec.json.Encoder().encode_lines
    count = 0
    for page in _pages(rows):
        out.write(encode(page))
        count += len(page)
    out.flush()
    return count


def _parquet(rows: Iterable[Row], out: BinaryIO, kind: Rows[Any]) -> int:
    schema = arrow_schema(kind)
    maps = [field.name for field in schema if pa.types.is_map(field.type)]
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for page in _pages(rows):
            for row in page:
                for name in maps:
                    row[name] = list(row[name].items())
            writer.write_table(pa.Table.from_pylist(page, schema=schema))
            count += len(page)
    return count


def arrow_schema(rows: Rows[Any]) -> Any:
    """Return the Arrow schema of a record's columns."""
    hints = get_type_hints(rows.record)
    return pa.schema([(name, _EXTRA.get(name) or _arrow(hints[name])) for name in rows.columns])


def _arrow(hint: Any) -> Any:
    simple = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), bytes: pa.binary()}
    if hint is datetime:
        return pa.timestamp("us", "UTC")
    if hint in simple:
        return simple[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return pa.string()
    if origin is tuple:
        return pa.list_(_arrow(args[0]))
    if origin is dict:
        return pa.map_(_arrow(args[0]), _arrow(args[1]))
    if origin in (Union, types.UnionType):
        return _arrow(next(arg for arg in args if arg is not type(None)))
    if is_dataclass(hint):
        inner = get_type_hints(hint)
        return pa.struct([(f.name, _arrow(inner[f.name])) for f in fields(hint)])
    raise TypeError(f"no Arrow type for {hint}")
