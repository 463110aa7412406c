"""Whole tables as bytes in ClickHouse's own format (Native): what backups, restores and moves are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sinks.clickhouse.connect import Store

# What refers to others goes first, what is referred to after it: a copy that is made while others write then has every
# commit that its projections show, and every article that its commits speak of.
_LAST: Final = ("commits", "articles")
_RECORD: Final = "schema_migrations"


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table's name and its columns, in order."""

    name: str
    columns: tuple[str, ...]


def data_tables(store: Store) -> list[TableShape]:
    """Return every table that holds data, in the order in which they are to be copied; no views.

    The record of migrations is not among them: whoever makes the tables writes it.
    """
    rows = store.query(
        "SELECT t.name AS name, groupArray(c.name) AS columns FROM system.tables AS t INNER JOIN "
        "(SELECT table, name, position FROM system.columns WHERE database = currentDatabase() "
        " AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY table, position) AS c ON c.table = t.name "
        "WHERE t.database = currentDatabase() AND endsWith(t.engine, 'MergeTree') AND t.name != {r:String} "
        "GROUP BY t.name ORDER BY t.name",
        {"r": _RECORD},
    )
    shapes = {row["name"]: TableShape(row["name"], tuple(row["columns"])) for row in rows}
    last = [shapes.pop(name) for name in _LAST if name in shapes]
    return [*(shapes[name] for name in sorted(shapes, key=_projected_first)), *last]


def copied(store: Store, table: TableShape) -> Iterator[bytes]:
    """Yield a table's rows, of every version that is stored. Read it to its end."""
    return store.copy_out(table.name, table.columns)


def paste(store: Store, table: TableShape, pieces: Iterable[bytes]) -> None:
    """Add rows that `copied` gave, durably. Repeating it repeats them where the table keeps every version."""
    store.copy_in(table.name, table.columns, pieces)


def rows_in(store: Store, table: str) -> int:
    """Return how many rows are stored, every version counted."""
    return int(store.scalar(f"SELECT count() FROM {table}") or 0)  # noqa: S608


def _projected_first(name: str) -> tuple[bool, str]:
    """What says how far the projections are comes before them: they may be ahead of it, never behind."""
    return name != "projected", name
