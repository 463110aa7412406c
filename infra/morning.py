"""The morning: what moved since the last brief, whether it is worth saying, and the brief that says it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from infra.settings import BriefSettings
from schemas.events import Brief
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader


class Morning:
    """Composes and remembers briefs of one generation."""

    def __init__(self, store: Store, settings: BriefSettings, generation: str) -> None:
        self._store, self._settings = store, settings
        self._reader = Reader(store, generation)
