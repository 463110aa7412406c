"""Brings the tables of a store to the version of this code: numbered SQL files, forward only, checksummed.

A crash between a file's statements and its record is harmless: every statement may be run again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from schemas.errors import Retryable
from sinks.clickhouse.connect import Store
from sinks.clickhouse.failures import StoreError
from sinks.clickhouse.rows import micros

_FILE: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_RECORD: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version UInt32, name String, checksum String, applied_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree ORDER BY version
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step. `checksum` is the SHA-256 of `sql`."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self) -> list[str]:
        """Return its statements; a semicolon at the end of a line ends one."""
        code = "\n".join(line for line in self.sql.splitlines() if not line.lstrip().startswith("--"))
        return [part.strip() for part in re.split(r";\s*(?:\n|$)", code) if part.strip()]


def shipped() -> tuple[Migration, ...]:
    """Return the migrations of this package, in order."""
    found = [
        Migration(int(match[1]), entry.name, entry.read_text(encoding="utf-8"))
        for entry in files("sinks.clickhouse.migrations").iterdir()
        if (match := _FILE.fullmatch(entry.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.version))


def migrate(store: Store, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing; return the names applied.

    Raises StoreError, before anything is changed, when an applied file has been changed since, when the
    database is newer than this code, or when versions are not 1, 2, 3 …
    """
    wanted = shipped() if migrations is None else tuple(migrations)
    if [migration.version for migration in wanted] != list(range(1, len(wanted) + 1)):
        raise StoreError("migrations are not numbered 1, 2, 3 …: " + ", ".join(m.name for m in wanted))
    store.command(_RECORD)
    applied = {
        row["version"]: row
        for row in store.query("SELECT version, name, checksum FROM schema_migrations FINAL ORDER BY version")
    }
    _check(wanted, {version: (row["name"], row["checksum"]) for version, row in applied.items()})
    done = []
    for migration in wanted:
        if migration.version in applied:
            continue
        for statement in migration.statements():
            store.command(statement)
        store.insert(
            "schema_migrations",
            ("version", "name", "checksum", "applied_at"),
            [(migration.version, migration.name, migration.checksum, micros(datetime.now(UTC)))],
        )
        done.append(migration.name)
    return done


def must_be_current(store: Store) -> None:
    """For those that may only read. Raises Retryable while a table lacks a migration, StoreError as `migrate` does."""
    wanted = shipped()
    if not store.scalar("SELECT count() FROM system.tables WHERE database = currentDatabase() "
                        "AND name = 'schema_migrations'"):  # fmt: skip
        raise Retryable("store.dsn: the tables are not made yet; the role `sinks` makes them")
    rows = store.query("SELECT version, name, checksum FROM schema_migrations FINAL")
    applied = {row["version"]: (row["name"], row["checksum"]) for row in rows}
    _check(wanted, applied)
    if missing := [migration.name for migration in wanted if migration.version not in applied]:
        raise Retryable(f"store.dsn: the tables lack {', '.join(missing)}; the role `sinks` brings them up to date")


def _check(wanted: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> None:
    known = {migration.version: migration for migration in wanted}
    for version, (name, checksum) in applied.items():
        if version not in known:
            raise StoreError(
                f"the database has migration {name}, which this version of Bellwether does not know: "
                "it was written by a newer version; use that one"
            )
        if known[version].checksum != checksum:
            raise StoreError(f"migration {name} was changed after it was applied; add a new file instead")
