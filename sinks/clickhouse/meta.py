"""Small facts that outlive the process: key to text."""

from __future__ import annotations

from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRows


class Meta:
    """Durable key-value pairs."""

    def __init__(self, store: Store) -> None:
        self._rows = LatestRows(store, "meta")

    def get(self, key: str, default: str = "") -> str:
        """Return the value last put under `key`."""
        rows = self._rows.load("key = {key:String}", {"key": key})
        return str(rows[0]["value"]) if rows else default

    def put(self, key: str, value: str) -> None:
        """Remember `value` durably before returning."""
        self._rows.save([{"key": key, "value": value}])
