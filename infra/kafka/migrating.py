"""Both halves of `bellwether migrate`: a data folder, or a server's store, to Kafka."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from infra.embedded.folder import DataFolder
from infra.kafka.commit_log import KafkaCommitLog
from infra.kafka.refill import refill
from infra.kafka.topics import cluster_id
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
        must_be_there(moving.notes, cluster_id(kafka.connection), kafka.bootstrap, moving.folder)
        last = KafkaCommitLog(kafka.connection).last()
        must_still_hold(moving.notes["finished"], last, kafka.bootstrap)
        return {"store": "moved before", **moving.notes["finished"]}
    store = filled(loaded, moving, target)
    try:
        cluster = cluster_id(kafka.connection)
        done = refill(kafka, store)
    finally:
        store.close()
    done |= {"signals": len(moving.expected["signals"]), "tables": moving.expected["tables"]}
    moving.note(finished=done, cluster=cluster)
    shutil.rmtree(moving.backup, ignore_errors=True)
    return {"store": "moved", **done}


def must_be_there(notes: Row, cluster: str, bootstrap: str, folder: Path) -> None:
    """Raise BadInput unless a finished move went to this cluster, known by the id that it gives itself."""
    if notes.get("cluster") != cluster:
        raise BadInput(
            f"--to-kafka: this folder was moved before, but not to the Kafka at {bootstrap} (cluster {cluster}; it was "
            f"{notes.get('cluster', 'not noted')}). To fill another Kafka from the moved store give the command with "
            f"store.dsn naming that store and without --to-store; to move the folder anew, to empty services, delete "
            f"{folder}"
        )


def must_still_hold(finished: Row, last: int, bootstrap: str) -> None:
    """Raise BadInput when the topics, whose last commit is number `last`, have lost some since the move."""
    if last < finished["commits"]:
        raise BadInput(
            f"--to-kafka: this folder was moved before, with {finished['commits']} commits, but the Kafka at "
            f"{bootstrap} has {last}; fill it from the moved store: store.dsn naming that store, and no --to-store"
        )


def in_words(found: Row) -> str:
    """Return what a move says at its end; of one that was finished before it claims no more than it has looked at."""
    counts = f"{found['commits']} commits and {found['articles']} articles"
    if found["store"] == "moved before":
        return f"store moved before, with {counts}, to this Kafka; it has these commits. Nothing was changed"
    return f"store {found['store']}; {counts} on Kafka, equal to it"
