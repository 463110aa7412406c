"""`bellwether restore`: a backup into a data folder, which is then as it was when the backup was made."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.alerting import book_path
from infra.backup_files import ALERTS, BOOKS, Manifest, read_pieces, unpacked, unsealed
from infra.embedded.folder import DataFolder
from infra.llm import books_path
from infra.settings import Loaded
from schemas.errors import BadInput
from schemas.topics import LIVE
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import migrate, shipped
from sinks.clickhouse.transfer import TableShape, paste, rows_in

Row = dict[str, Any]


def restore(loaded: Loaded, source: Path, *, force: bool = False) -> Row:
    """Fill the configured folder from a backup; return what it holds.

    A folder that has a store is refused unless `force` says that it may be put aside: it is renamed, never deleted.
    Raises BadInput when the backup is damaged, of a newer version, or the folder is not empty; FolderBusy.
    """
    if loaded.settings.store.dsn.get_secret_value():
        raise BadInput("store.dsn: a restore fills a data folder; unset it, or use the server's own RESTORE")
    folder = DataFolder(Path(loaded.settings.data))
    folder.hold()
    try:
        with unpacked(source, folder.path) as backup:
            manifest = unsealed(backup)
            _must_be_known(manifest, source)
            books = {BOOKS: books_path(loaded.settings), ALERTS: book_path(loaded.settings)}
            aside = _make_room(folder, books.values(), force=force)
            folder.begin_restore()
            store = open_store(folder.store_dsn)
            try:
                fill(store, manifest, backup)
            finally:
                store.close()
            for name, path in books.items():
                if (backup / name).exists():
                    shutil.copyfile(backup / name, path)
                    path.chmod(0o600)
            folder.end_restore()
    finally:
        folder.release()
    return {
        "data": str(folder.path),
        "made_at": manifest.made_at,
        "last_commit": manifest.last_commit,
        "tables": {table.name: table.rows for table in manifest.tables if table.rows},
        "put_aside": [str(path) for path in aside],
    }


def fill(store: Store, manifest: Manifest, backup: Path) -> None:
    """Make the tables as they were, fill them, then bring them to this version. The store must be empty."""
    migrate(store, shipped()[: len(manifest.migrations)])
    for table in manifest.tables:
        paste(store, TableShape(table.name, table.columns), read_pieces(backup / table.file))
        if table.rows and not rows_in(store, table.name):
            raise BadInput(f"{backup}: nothing came out of {table.file}; take another backup")
    if (last := ChdbCommitLog(store, LIVE).last()) < manifest.last_commit:
        raise BadInput(f"{backup}: its commits end at {last}, not at {manifest.last_commit}; take another backup")
    migrate(store)


def _must_be_known(manifest: Manifest, source: Path) -> None:
    known = [(migration.version, migration.name, migration.checksum) for migration in shipped()]
    if list(manifest.migrations) != known[: len(manifest.migrations)]:
        raise BadInput(
            f"{source}: was made by Bellwether {manifest.bellwether} with tables that this version does not know; "
            "restore it with that version"
        )


def _make_room(folder: DataFolder, books: Iterable[Path], *, force: bool) -> list[Path]:
    """Put what is there aside. Raises BadInput when it may not be."""
    there = [path for path in (folder.path / "store", *books) if path.exists()]
    interrupted = folder.restoring()
    if there and not force and not interrupted:
        raise BadInput(
            f"{folder.path}: holds a store already; restore into another folder (--data), or put it aside with --force"
        )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = []
    for path in there:
        if interrupted and path.name == "store":
            shutil.rmtree(path)  # half of a backup that is at hand
            continue
        parts = (path, *(path.with_name(path.name + more) for more in ("-wal", "-shm")))
        aside += [part.rename(part.with_name(f"{part.name}.before-{stamp}")) for part in parts if part.exists()]
    return aside
