"""The store: threads, errors in words, migrations."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import BadSetting, Retryable
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.failures import StoreError
from sinks.clickhouse.migrate import Migration, migrate, must_be_current, shipped


def test_six_threads_share_one_store(store: Store) -> None:
    errors: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for i in range(20):
                store.insert("meta", ("key", "value", "version"), [(f"{thread}-{i}", "v" * i, i)])
                key = f"{thread}-{i}"
                assert store.query("SELECT value FROM meta WHERE key = {k:String}", {"k": key}) == [{"value": "v" * i}]
                for row in store.stream("SELECT key FROM meta"):
                    assert row["key"]
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.scalar("SELECT count() FROM meta") == 120


def test_an_insert_goes_on_while_a_stream_is_read(store: Store) -> None:
    store.insert("meta", ("key", "value", "version"), [(str(i), "v", i) for i in range(1000)])
    rows = store.stream("SELECT key FROM meta")
    next(rows)
    store.insert("meta", ("key", "value", "version"), [("more", "v", 1)])
    assert store.scalar("SELECT count() FROM meta") == 1001
    rows.close()  # type: ignore[attr-defined]


def test_what_does_not_fit_is_said_in_words(store: Store) -> None:
    with pytest.raises(StoreError, match="inserting into meta"):
        store.insert("meta", ("key", "value", "version"), [(b"k", object(), 1)])
    with pytest.raises(StoreError, match="no column nope"):
        store.insert("meta", ("nope",), [("k",)])
    with pytest.raises(StoreError, match="nowhere"):
        store.query("SELECT * FROM nowhere")
    assert store.scalar("SELECT count() FROM meta") == 0


def test_bad_dsns_are_refused(session_store: Store, tmp_path: Path) -> None:
    for dsn in ("", "sqlite:///x", "chdb://here/x", "clickhouse:///db", "clickhouse://h:x/db",
                "clickhouse://h/drop;table"):  # fmt: skip
        with pytest.raises(BadSetting, match=r"^store\.dsn: "):
            open_store(dsn)
    with pytest.raises(BadSetting, match="another chDB folder"):
        open_store(f"chdb://{tmp_path}/other")
    with pytest.raises(Retryable, match=r"127\.0\.0\.1"):
        open_store("clickhouse://u:secret@127.0.0.1:1/db")


def test_a_second_process_is_told_that_the_folder_is_busy(session_store: Store) -> None:
    folder = session_store.scalar("SELECT path FROM system.disks WHERE name = 'default'")
    code = (
        "import sys\nfrom schemas.errors import FolderBusy\nfrom sinks.clickhouse.connect import open_store\n"
        "try: open_store('chdb://' + sys.argv[1].rstrip('/'))\n"
        "except FolderBusy as error: print('busy:', error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, timeout=60, check=False)
    assert "another process" in done.stdout, done


def test_migrations_are_applied_once_and_checked(store: Store) -> None:
    assert migrate(store) == []
    first, *rest = shipped()
    with pytest.raises(StoreError, match=r"0001_articles\.sql was changed"):
        migrate(store, [replace(first, sql=first.sql + "-- more"), *rest])
    with pytest.raises(StoreError, match="newer version"):
        migrate(store, [first, *rest][:-1])
    with pytest.raises(StoreError, match="not numbered"):
        migrate(store, rest)


def test_comments_and_semicolons_do_not_split_statements() -> None:
    migration = Migration(1, "x", "-- a; b;\nSELECT ';' AS x;\n\nSELECT 2\n;\n")
    assert migration.statements() == ["SELECT ';' AS x", "SELECT 2"]


def test_who_may_only_read_waits_for_the_tables(store: Store) -> None:
    must_be_current(store)
    try:
        store.command("ALTER TABLE schema_migrations DELETE WHERE version = 2 SETTINGS mutations_sync = 2")
        with pytest.raises(Retryable, match="lack 0002_commits"):
            must_be_current(store)
        store.command("DROP TABLE schema_migrations")
        with pytest.raises(Retryable, match="`sinks` makes them"):
            must_be_current(store)
    finally:
        migrate(store)  # every statement may be run again
    must_be_current(store)
