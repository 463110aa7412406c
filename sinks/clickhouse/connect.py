"""The store: one door to ClickHouse, embedded (chDB) or a server, for any number of threads.

Every call borrows a client of its own from a small pool, so a long read never blocks an insert. Values are
always bound parameters (`{name:Type}`). DateTime64 columns come back as aware datetimes in UTC.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.datatypes.registry import get_from_name
from clickhouse_connect.driver.exceptions import Error

from schemas.errors import BadSetting, FolderBusy
from sinks.clickhouse.failures import translated

Row = dict[str, Any]
_DATABASE: Final = "bellwether"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_PIECE: Final = 1 << 20
_IDLE: Final = 8  # clients kept for reuse


class Store:
    """A thread-safe client of one database. Build it with `open_store`. `folder`: of an embedded engine, else None."""

    def __init__(self, connect: Callable[[], Any], first: Any, *, folder: Path | None) -> None:
        self.folder = folder
        self.embedded = folder is not None
        self._connect = connect
        self._first = first  # held open: an embedded engine lives as long as it has a client
        self._idle: list[Any] = []
        self._types: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._closed = False

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, token: str = "") -> None:
        """Insert rows; they are durable and visible on return. Raises Retryable or StoreError."""
        if rows:
            data = [list(column) for column in zip(*rows, strict=True)]
            self.insert_columns(table, columns, data, token=token)

    def insert_columns(
        self, table: str, columns: Sequence[str], data: Sequence[Sequence[Any]], *, token: str = ""
    ) -> None:
        """Insert column by column: `data[i]` holds the values of `columns[i]`.

        `token` names the block, so that a repeat is dropped where the table keeps a deduplication window.
        """
        if not data or not data[0]:
            return
        with self._client() as client, translated(f"inserting into {table}"):
            client.insert(
                table,
                data,
                column_names=columns,
                column_types=self._column_types(client, table, columns),
                column_oriented=True,
                settings={"insert_deduplication_token": token} if token else {},
            )

    def query(self, sql: str, params: Mapping[str, Any] | None = None, *, binary: Sequence[str] = ()) -> list[Row]:
        """Return all rows as dicts. String columns named in `binary` come back as bytes."""
        with self._client() as client, translated("reading"):
            result = client.query(
                sql, parameters=dict(params or {}), column_formats=dict.fromkeys(binary, "bytes") or None
            )
            names = result.column_names
            return [dict(zip(names, row, strict=True)) for row in result.result_rows]

    def scalar(self, sql: str, params: Mapping[str, Any] | None = None) -> Any:
        """Return the first column of the first row, or None if there is no row."""
        rows = self.query(sql, params)
        return next(iter(rows[0].values())) if rows else None

    def stream(self, sql: str, params: Mapping[str, Any] | None = None, *, binary: Sequence[str] = ()) -> Iterator[Row]:
        """Yield rows as dicts, block by block, in bounded memory. Close the iterator if you stop early."""
        with self._client() as client, translated("reading"):
            blocks = client.query_row_block_stream(
                sql, parameters=dict(params or {}), column_formats=dict.fromkeys(binary, "bytes") or None
            )
            with blocks:
                names = blocks.source.column_names
                for block in blocks:
                    for row in block:
                        yield dict(zip(names, row, strict=True))

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns no rows."""
        with self._client() as client, translated(sql.split("(", 1)[0].strip()[:80]):
            client.command(sql, parameters=dict(params or {}))

    def copy_out(self, table: str, columns: Sequence[str]) -> Iterator[bytes]:
        """Yield all rows of a table in the format Native, piece by piece. Read it to its end, or close it."""
        with self._client() as client, translated(f"copying {table}"):
            # Names of tables and columns come from the store itself.
            source = client.raw_stream(f"SELECT {_quoted(columns)} FROM {table}", fmt="Native")  # noqa: S608
            try:
                while piece := source.read(_PIECE):
                    yield piece
            finally:
                source.close()

    def copy_in(self, table: str, columns: Sequence[str], pieces: Iterable[bytes]) -> None:
        """Insert rows in the format Native; they are durable and visible on return."""
        with self._client() as client, translated(f"filling {table}"):
            # A table that remembers its blocks would take what was there before, and is gone, for a repeat.
            token = {"insert_deduplication_token": secrets.token_hex(12)}
            client.raw_insert(table, list(columns), iter(pieces), fmt="Native", settings=token)

    def close(self) -> None:
        """Close every client; a borrowed one is closed when it comes back. May be called twice."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for client in (*idle, self._first):
            client.close()

    def _column_types(self, client: Any, table: str, columns: Sequence[str]) -> list[Any]:
        if any((table, column) not in self._types for column in columns):
            described = client.query("SELECT name, type FROM system.columns "
                                     "WHERE database = currentDatabase() AND table = {t:String}",
                                     parameters={"t": table})  # fmt: skip
            found = {(table, name): get_from_name(kind) for name, kind in described.result_rows}
            missing = [column for column in columns if (table, column) not in found]
            if missing:
                raise TypeError(f"table {table} has no column {', '.join(missing)}")
            self._types = {**self._types, **found}
        return [self._types[table, column] for column in columns]

    @contextmanager
    def _client(self) -> Iterator[Any]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the store is closed")
            client = self._idle.pop() if self._idle else None
        if client is None:
            with translated("connecting to the store"):
                client = self._connect()
        try:
            yield client
        finally:
            with self._lock:
                keep = not self._closed and len(self._idle) < _IDLE
                if keep:
                    self._idle.append(client)
            if not keep:
                client.close()


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def open_store(dsn: str) -> Store:
    """Open `chdb:///folder` or `clickhouse://user:password@host:port/database` (`clickhouses` for TLS).

    The database is made if it is missing; its tables are `migrate`'s work. Raises BadSetting for a DSN that
    cannot be meant, FolderBusy when another process has the folder, Retryable when a server does not answer.
    """
    parts = urlsplit(dsn)
    if parts.scheme == "chdb":
        return _embedded(unquote(parts.path), parts.netloc)
    if parts.scheme in ("clickhouse", "clickhouses"):
        return _server(dsn)
    raise BadSetting("store.dsn: must start with chdb:/// or clickhouse://")


def _embedded(folder: str, host: str) -> Store:
    if host or not folder.startswith("/"):
        raise BadSetting("store.dsn: write chdb:/// and an absolute path, three slashes in all")
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(f"store.dsn: cannot make the folder {path}: {error}") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise BadSetting(f"store.dsn: the folder {path} is not writable")

    def connect(database: str | None = _DATABASE) -> Any:
        return clickhouse_connect.get_client(interface="chdb", path=str(path), database=database, tz_mode="aware")

    try:
        first = connect(None)
    except Error as error:
        if "already initialized with path" in str(error):
            raise BadSetting(
                f"store.dsn: this process has another chDB folder open than {path}; one process, one folder"
            ) from error
        raise FolderBusy(f"the store in {path} cannot be opened: another process seems to hold it ({error})") from error
    return _opened(first, connect, _DATABASE, path)


def _server(dsn: str) -> Store:
    parts = urlsplit(dsn)
    database = parts.path.strip("/") or _DATABASE
    try:
        port = parts.port
    except ValueError as error:
        raise BadSetting(f"store.dsn: {error}") from error
    if not parts.hostname:
        raise BadSetting("store.dsn: names no host; write clickhouse://user:password@host:8123/database")
    secure = parts.scheme == "clickhouses"

    def connect(use: str | None = database) -> Any:
        return clickhouse_connect.get_client(
            host=parts.hostname,
            port=port or (8443 if secure else 8123),
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            database=use,
            secure=secure,
            tz_mode="aware",
            autogenerate_session_id=False,  # a session would refuse concurrent queries
            form_encode_query_params=True,  # long lists of ids do not fit a URL
        )

    if not _NAME.fullmatch(database):
        raise BadSetting(f"store.dsn: {database!r} is no usable name of a database")
    with translated(f"connecting to {parts.hostname}"):
        first = connect(None)
    return _opened(first, connect, database, None)


def _opened(first: Any, connect: Callable[[], Any], database: str, folder: Path | None) -> Store:
    try:
        with translated(f"making the database {database}"):
            # Asked first: a user that may only read may not make what is there already, either.
            there = first.query(
                "SELECT 1 FROM system.databases WHERE name = {d:String}", parameters={"d": database}
            ).result_rows
            if not there:
                first.command(f"CREATE DATABASE IF NOT EXISTS {database} ENGINE = Atomic")
    except BaseException:
        first.close()
        raise
    return Store(connect, first, folder=folder)
