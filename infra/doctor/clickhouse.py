"""The store: in the folder, or a ClickHouse server with its tables, rights and clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from infra.doctor.finding import Finding, fault, ok, warning
from infra.settings import Settings
from schemas.errors import BellwetherError
from sinks.clickhouse.connect import Store, open_store
from sinks.clickhouse.migrate import shipped

_RIGHTS: Final = ("SELECT", "INSERT", "CREATE TABLE", "CREATE VIEW", "ALTER TABLE")
_SKEW: Final = 5.0  # seconds


def clickhouse(settings: Settings) -> Iterator[Finding]:
    """Look at the configured store. An embedded one is left closed: the process that holds it has it open."""
    if not settings.on_server:
        yield ok("store", "embedded, in the data folder" if not settings.store.dsn.get_secret_value() else "embedded")
        return
    try:
        store = open_store(settings.store.dsn.get_secret_value())
    except BellwetherError as error:
        yield fault("ClickHouse", str(error), "start the server, or mend store.dsn; empty: the embedded store")
        return
    try:
        yield ok("ClickHouse", f"answers, version {store.scalar('SELECT version()')}")
        yield from _tables(store)
        yield from _rights(store)
        yield _clock(store)
    finally:
        store.close()


def _tables(store: Store) -> Iterator[Finding]:
    known = {migration.version: migration for migration in shipped()}
    if not store.scalar("SELECT count() FROM system.tables WHERE database = currentDatabase() AND "
                        "name = 'schema_migrations'"):  # fmt: skip
        yield warning("tables", "none yet", "the first start of `sinks` makes them")
        return
    applied = {
        int(row["version"]): row["checksum"]
        for row in store.query("SELECT version, checksum FROM schema_migrations FINAL")
    }
    if newer := sorted(applied.keys() - known.keys()):
        yield fault("tables", f"made by a newer version (migration {newer[-1]})", "use that version of Bellwether")
    if changed := [known[v].name for v, checksum in applied.items() if v in known and known[v].checksum != checksum]:
        yield fault("tables", f"migrations changed after they were applied: {', '.join(changed)}", "use their version")
    if pending := [known[v].name for v in sorted(known.keys() - applied.keys())]:
        yield warning("tables", f"not migrated yet: {', '.join(pending)}", "the next start of a role with a store does")
    if not (newer or changed or pending):
        yield ok("tables", f"at migration {max(applied)}")


def _rights(store: Store) -> Iterator[Finding]:
    lacking = []
    for right in _RIGHTS:
        try:
            if not store.scalar(f"CHECK GRANT {right} ON {store.scalar('SELECT currentDatabase()')}.*"):
                lacking.append(right)
        except BellwetherError as error:
            yield warning("rights", f"cannot be asked for: {error}", "ClickHouse 24.11 or newer knows CHECK GRANT")
            return
    if lacking:
        names = ", ".join(lacking)
        yield fault("rights", f"the user of store.dsn lacks {names}", f"GRANT {names} ON the database TO it")
    else:
        yield ok("rights", f"{', '.join(_RIGHTS)} are granted")


def _clock(store: Store) -> Finding:
    before = time.time()
    theirs = float(store.scalar("SELECT toFloat64(now64(3))"))
    skew = theirs - (before + time.time()) / 2
    return clock_finding("ClickHouse", skew)


def clock_finding(whose: str, skew: float) -> Finding:
    """Return what a clock that is `skew` seconds ahead of ours means."""
    if abs(skew) > _SKEW:
        ours = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return warning(
            "clock", f"{whose} is {skew:+.0f} s from this machine ({ours})", "let both follow a time server (NTP)"
        )
    return ok("clock", f"{whose} and this machine agree within {max(1.0, abs(skew)):.0f} s")
