"""Both halves of `bellwether migrate`: a data folder, or a server's store, to Kafka."""

from __future__ import annotations

import shutil
from typing import Any

from infra.kafka.refill import refill
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
    if not target:
        if not configured or configured.startswith("chdb:"):
            raise BadInput(
                "--to-store: name the ClickHouse server that takes the store, clickhouse://user:password@host/db"
            )
        store = open_store(configured)
        try:
            must_be_current(store)
            return {"store": "as it was", **refill(bootstrap, store)}
        finally:
            store.close()
    if configured:
        raise BadInput("store.dsn: --to-store moves the data folder's own store; unset store.dsn for this command")
    moving = begun(loaded, target)
    if moving.finished:
        return {"store": "moved before", **moving.notes["finished"]}
    store = filled(loaded, moving, target)
    try:
        done = refill(bootstrap, store)
    finally:
        store.close()
    done |= {"signals": len(moving.expected["signals"]), "tables": moving.expected["tables"]}
    moving.note(finished=done)
    shutil.rmtree(moving.folder / "backup", ignore_errors=True)
    return {"store": "moved", **done}
