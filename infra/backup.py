"""`bellwether backup`: everything that a data folder knows, as of one moment, also while a process works with it.

chDB cannot BACKUP (it has no path that is allowed), so tables are copied out. While the projections stand still each
table agrees with the others; commits and articles that come meanwhile are copied after them, and a restored folder
folds and reads what is new as after a crash.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from infra.alerting import book_path
from infra.backup_files import ALERTS, BOOKS, SETTINGS, TableFile, manifest_of, packing, seal, write_pieces
from infra.llm import books_path
from infra.settings import Loaded
from schemas.topics import LIVE
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store
from sinks.clickhouse.transfer import copied, data_tables, rows_in

Row = dict[str, Any]


def backup(store: Store, loaded: Loaded, target: Path, still: AbstractContextManager[None]) -> Row:
    """Write a backup to `target`, a new folder or a new file that ends in .tar; return what it holds.

    While `still` is entered nobody may write projections. Raises BadInput when `target` is there or cannot be written.
    """
    with packing(target) as folder:
        tables = []
        with still:
            last = ChdbCommitLog(store, LIVE).last()  # there are at least these
            for table in data_tables(store):
                file = f"tables/{table.name}.native.gz"
                tables.append(TableFile(table.name, table.columns, rows_in(store, table.name), file))
                write_pieces(folder / file, copied(store, table))
            migrations = store.query("SELECT version, name, checksum FROM schema_migrations FINAL ORDER BY version")
        copy_books(books_path(loaded.settings), folder / BOOKS)
        copy_books(book_path(loaded.settings), folder / ALERTS)
        rows = [row | {"value": msgspec.to_builtins(row["value"])} for row in loaded.rows()]
        (folder / SETTINGS).write_text(json.dumps(rows, indent=1, default=str), "utf-8")
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        seal(
            folder,
            manifest_of(
                version("bellwether"), made_at, last, tables=tables,
                migrations=[[row["version"], row["name"], row["checksum"]] for row in migrations],
            ),
        )  # fmt: skip
    return {
        "file": str(target),
        "made_at": made_at,
        "last_commit": last,
        "tables": {table.name: table.rows for table in tables if table.rows},
    }


def copy_books(source: Path, target: Path) -> bool:
    """Copy a file of SQLite as of one moment, while others write it; False when there is none."""
    if not source.exists():
        return False
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as books,
        closing(sqlite3.connect(target)) as copy,
    ):
        books.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
    return True
