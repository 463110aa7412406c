"""The policy's numbers that the SQL of strength reads (0007_strength.sql): written once, where the store is opened."""

from __future__ import annotations

from collections.abc import Mapping

from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRows


class PolicyRows:
    """The policies that were ever in force, a row a kind; the views read the newest."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = LatestRows(store, "policy")

    def put(self, policy: str, half_life: Mapping[str, float], one_family: float) -> None:
        """Make `policy` the newest one; one that is so already is not written again."""
        rows = [
            {"policy": policy, "kind": kind, "half_life_days": days, "one_family": one_family}
            for kind, days in sorted(half_life.items())
        ]
        if rows != self._store.query("SELECT * FROM policy_now ORDER BY kind"):
            self._rows.save(rows)

    def half_lives(self) -> dict[str, dict[str, float]]:
        """Return the half-life in days of each kind, by policy."""
        found: dict[str, dict[str, float]] = {}
        for row in self._rows.load():
            found.setdefault(row["policy"], {})[row["kind"]] = row["half_life_days"]
        return found
