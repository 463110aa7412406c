"""What the pages read from. infra binds these to the store, the clock and the strength of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from schemas.events import Brief

Row = dict[str, Any]


class SignalReader(Protocol):
    """The read side of one generation; see sinks/clickhouse/queries.py for the rows. Strengths are as of `at`."""

    def signals(self, *, published_only: bool = True, limit: int = 1000, at: datetime | None = None) -> list[Row]: ...
    def signal(self, signal_id: str, at: datetime) -> Row | None: ...


class BriefReader(Protocol):
    """Stored briefs by date ("2026-04-15")."""

    def get(self, date: str) -> Brief | None: ...
    def latest(self, before_date: str | None = None) -> Brief | None: ...
    def list(self, limit: int = 30) -> Sequence[Brief]: ...


class ImportedReader(Protocol):
    """Imported pages with what became of their quotes; see sinks/clickhouse/stated_status.py for the rows."""

    def all(self, at: datetime) -> list[Row]: ...
    def one(self, import_id: str, at: datetime) -> Row | None: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything the pages need. All may block and are called from several threads.

    `now` is the ledger's time. `feeds` returns the states of the feeds (url, title, ok, error, articles, last_success,
    next_poll), `status` the counts of the stream.
    """

    reader: SignalReader
    briefs: BriefReader
    feeds: Callable[[], list[Row]]
    now: Callable[[], datetime]
    status: Callable[[], Row]
