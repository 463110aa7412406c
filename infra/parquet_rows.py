"""Rows of a Parquet file as JSON lines, read by chDB's own reader in a process of its own.

chDB is a process's only one, and the data folder's store has it; and what a damaged file does to a native reader
ends the child alone. Memory follows the file's row groups, not its size.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from schemas.errors import BadInput

COLUMNS = ("title", "text", "url", "id", "published", "publisher", "language")
_REFUSED = 3
_SETTINGS = (
    "max_threads = 1, max_block_size = 2000, input_format_parquet_max_block_size = 2000, session_timezone = 'UTC', "
    "input_format_parquet_preserve_order = 1, date_time_output_format = 'iso', "
    "output_format_json_quote_64bit_integers = 0, schema_inference_make_columns_nullable = 1"
)


def parquet_rows(path: Path) -> Iterator[bytes]:
    """Yield every row as a JSON object with those of COLUMNS that the file has.

    Raises BadInput for a file that is no Parquet, that lacks a column, or that breaks off; the message says which.
    """
    command = [sys.executable, "-m", "infra.parquet_rows", str(path)]
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as child:
        try:
            assert child.stdout is not None
            for line in child.stdout:
                if line.strip():
                    yield line.strip()
            if child.wait() != 0:
                said.seek(0)
                words = said.read()[-4_000:].decode("utf-8", "replace").strip()
                if child.returncode != _REFUSED:
                    words = f"the Parquet reader ended with {child.returncode} ({words.splitlines()[-1:] or 'no word'})"
                raise BadInput(words)
        finally:
            if child.poll() is None:
                child.kill()


def missing(columns: Mapping[str, str]) -> str:
    """Return in words what a file with these columns (name → type) lacks, "" when it has enough."""
    lacks = []
    if "published" not in columns:
        lacks.append("published")
    if not columns.keys() & {"title", "text"}:
        lacks.append("title or text")
    if not columns.keys() & {"url", "id"}:
        lacks.append("url or id")
    if not lacks:
        return ""
    there = ", ".join(list(columns)[:40]) or "none"
    return f"the column {' and '.join(lacks)} is missing; the columns are {there}"


def _main(path: str) -> int:
    chdb: Any = import_module("chdb")

    with tempfile.TemporaryDirectory(prefix="bellwether-") as folder:
        # Under a plain name: in a name, the reader takes * ? { } for patterns of many files.
        plain = Path(folder) / "archive.parquet"
        plain.symlink_to(Path(path).absolute())
        connection = chdb.connect(":memory:")
        try:
            table = f"file('{plain}', Parquet)"
            described = connection.query(f"DESCRIBE {table} SETTINGS {_SETTINGS}", "JSONEachRow").bytes()
            columns = {row["name"]: row["type"] for row in map(msgspec.json.decode, described.splitlines())}
            lacks = missing(columns)
            if lacks:
                sys.stderr.write(lacks)
                return _REFUSED
            wanted = ", ".join(f"`{name}`" for name in COLUMNS if name in columns)
            sql = f"SELECT {wanted} FROM {table} SETTINGS {_SETTINGS}"  # noqa: S608 (names are ours)
            for chunk in connection.send_query(sql, "JSONEachRow"):
                sys.stdout.buffer.write(chunk.bytes())
            sys.stdout.buffer.flush()
        except RuntimeError as error:  # what chDB raises for all that the engine refuses
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            sys.stderr.write(f"the Parquet file cannot be read ({first[:500]})")
            return _REFUSED
        finally:
            connection.close()
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
