"""What is known of generations: what each was made of, and how much the tables hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from schemas.errors import BadInput
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRows

ReplayStage = Literal["articles", "extractions", "proposals"]


@dataclass(frozen=True, slots=True)
class Generation:
    """One run over history. Times are aware, UTC."""

    name: str
    source: str  # the generation whose history it runs
    stage: ReplayStage
    start: datetime  # articles published from here on …
    end: datetime  # … to before this
    made_by: str  # analyst and version of the policy
    made_at: datetime
    settings: Mapping[str, str] = field(default_factory=dict)  # given by --set
    upto: int = 0  # the source's commit up to which it has come
    complete: bool = False  # False: stopped on its way, or on it now
    runs: tuple[str, ...] | None = None  # in the model's books, one a start; None: made before they were noted


class Generations:
    """The records, one a name. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = LatestRows(store, "generations")

    def put(self, one: Generation) -> None:
        """Keep the record durably; the newest of a name counts."""
        self._rows.save([{"name": one.name, "body": msgspec.json.encode(one).decode()}])

    def get(self, name: str) -> Generation | None:
        """Return the record, None if there is none."""
        rows = self._rows.load("name = {name:String}", {"name": name})
        return _read(rows[0]["body"]) if rows and rows[0]["body"] else None

    def all(self) -> list[Generation]:
        """Return every record, oldest first."""
        found = [_read(row["body"]) for row in self._rows.load("body != ''")]
        return sorted(found, key=lambda one: (one.made_at, one.name))

    def commits(self) -> dict[str, int]:
        """Return the number of commits of each generation that has any."""
        rows = self._store.query("SELECT generation, max(n) AS last FROM commits GROUP BY generation")
        return {row["generation"]: int(row["last"]) for row in rows}

    def sizes(self) -> dict[str, int]:
        """Return about how many bytes each generation takes: its share of every table's bytes on disk, by rows."""
        found: dict[str, int] = {}
        for table, size in self._tables():
            rows = self._store.query(f"SELECT generation, count() AS rows FROM {table} GROUP BY generation")  # noqa: S608
            total = sum(row["rows"] for row in rows)
            for row in rows:
                found[row["generation"]] = found.get(row["generation"], 0) + size * row["rows"] // total
        return found

    def drop(self, name: str) -> None:
        """Delete every row of a generation, its record last: a drop that was broken off is ended by another.

        Raises BadInput when there is nothing of that name.
        """
        if self.get(name) is None and name not in self.commits():
            raise BadInput(f"{name}: there is no such generation")
        for table, _ in self._tables():
            self._store.command(
                f"ALTER TABLE {table} DELETE WHERE generation = {{name:String}} SETTINGS mutations_sync = 2",
                {"name": name},
            )
        self._rows.save([{"name": name, "body": ""}])

    def _tables(self) -> list[tuple[str, int]]:
        rows = self._store.query(
            "SELECT t.name AS name, ifNull(t.total_bytes, 0) AS size FROM system.tables AS t "
            "WHERE t.database = currentDatabase() AND endsWith(t.engine, 'MergeTree') AND t.name IN "
            "(SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'generation') "
            "ORDER BY t.name"
        )
        return [(row["name"], int(row["size"])) for row in rows]


def _read(body: str) -> Generation:
    return msgspec.json.decode(body, type=Generation)
