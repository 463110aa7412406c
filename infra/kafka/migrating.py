"""Both halves of `bellwether migrate`: a data folder, or a server's store, to Kafka."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from infra.embedded.folder import DataFolder
from infra.kafka.refill import refill
from infra.kafka_settings import Kafka
from infra.moving import begun, filled
from infra.settings import Loaded
from schemas.errors import BadInput
from sinks.clickhouse.connect import open_store
from sinks.clickhouse.migrate import must_be_current

Row = dict[str, Any]


def move(loaded: Loaded, bootstrap: str, target: str) -> Row:
    """Move the configured folder to `target` (a DSN) and Kafka; without `target`, fill Kafka from `store.dsn`.

    Repeating it goes on where it stopped; after its end it changes nothing. Raises BadInput, FolderBusy, Retryable.
    """
    configured = loaded.settings.store.dsn.get_secret_value()
    kafka = loaded.settings.kafka.model_copy(update={"bootstrap": bootstrap})
    if not target:
        if not configured or configured.startswith("chdb:"):
            raise BadInput(
                "--to-store: name the ClickHouse server that takes the store, clickhouse://user:password@host/db"
            )
        store = open_store(configured)
        try:
            must_be_current(store)
            return {"store": "as it was", **refill(kafka, store)}
        finally:
            store.close()
    if configured:
        raise BadInput("store.dsn: --to-store moves the data folder's own store; unset store.dsn for this command")
    folder = DataFolder(Path(loaded.settings.data))
    if not folder.exists():
        raise BadInput(f"data: there is nothing in {folder.path} to move")
    folder.hold()  # to the end: what came while it is moved would stay behind
    try:
        return _move_folder(loaded, folder, kafka, target)
    finally:
        folder.release()


def _move_folder(loaded: Loaded, folder: DataFolder, kafka: Kafka, target: str) -> Row:
    moving = begun(loaded, folder, target)
    if moving.finished:
        return {"store": "moved before", **moving.notes["finished"]}
    store = filled(loaded, moving, target)
    try:
        done = refill(kafka, store)
    finally:
        store.close()
    done |= {"signals": len(moving.expected["signals"]), "tables": moving.expected["tables"]}
    moving.note(finished=done)
    shutil.rmtree(moving.backup, ignore_errors=True)
    return {"store": "moved", **done}
