"""Feed states as plain rows; infra turns them into the producers' FeedState and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.latest import LatestRows


class FeedRows:
    """Durable feed states, keyed by `url`. A row has exactly FeedState's fields; times are aware or None."""

    def __init__(self, store: Store) -> None:
        self._rows = LatestRows(store, "feeds")

    def load(self) -> dict[str, Row]:
        """Return every remembered state by URL."""
        return {row["url"]: row for row in self._rows.load()}

    def save(self, state: Mapping[str, Any]) -> None:
        """Remember `state` durably before returning. Raises Retryable or StoreError."""
        self._rows.save([state])
