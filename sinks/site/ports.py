"""What the pages read from. infra binds these to the store, the clock and the strength of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from schemas.events import Brief, SignalEvent

Row = dict[str, Any]


class ListedSignals(Protocol):
    """See sinks.clickhouse.listing.Listing."""

    @property
    def as_of(self) -> datetime: ...
    @property
    def rows(self) -> Mapping[str, Row]: ...


class SignalReader(Protocol):
    """The read side of one generation; see sinks/clickhouse/queries.py for the rows. Strengths are as of `at`."""

    def listing(self, now: datetime) -> ListedSignals: ...
    def sparklines(self, signal_ids: Sequence[str], since: datetime) -> Mapping[str, list[tuple[datetime, float]]]: ...
    def signal(self, signal_id: str, at: datetime, *, most: int | None = None) -> Row | None: ...
    def article(self, article_id: str) -> Row | None: ...
    def position(self) -> int: ...
    def events(
        self, after: tuple[int, int] = (0, 0), *, limit: int = 500, published_only: bool = False
    ) -> list[Row]: ...


class PublicEvents(Protocol):
    """Whole signal events, each with its place (commit number and number in it); see sinks/clickhouse/events.py."""

    def read(
        self, cursor: tuple[int, int], limit: int, *, published_only: bool
    ) -> list[tuple[tuple[int, int], SignalEvent]]: ...
    def position(self) -> int: ...


class BriefReader(Protocol):
    """Stored briefs by date ("2026-04-15")."""

    def get(self, date: str) -> Brief | None: ...
    def latest(self, before_date: str | None = None) -> Brief | None: ...
    def list(self, limit: int = 30) -> Sequence[Brief]: ...


class ImportedReader(Protocol):
    """Imported pages with what became of their quotes; see sinks/clickhouse/stated_status.py for the rows."""

    def count(self) -> int: ...
    def all(self, at: datetime) -> list[Row]: ...
    def one(self, import_id: str, at: datetime) -> Row | None: ...


class GivenCommands(Protocol):
    """What was asked of the ledger and what became of it, newest first; see sinks/clickhouse/given.py for the rows."""

    def __call__(self, *, command_id: str = "", signal_id: str = "", limit: int = 200) -> list[Row]: ...


class Commander(Protocol):
    """Carries an analyst's command to the ledger.

    Returns the command's row (see sinks/clickhouse/given.py) once it is committed and shown by the reader, with
    `repeated` (the same key and fields were given before) and `pending` (it takes longer; only the id is certain).
    `given` are fields of schemas.proposal.Command, `parts` pairs of a title and evidence ids. Raises BadInput for what
    cannot be asked, Retryable when the ledger cannot be reached.
    """

    def give(self, action: str, *, by: str, reason: str = "", key: str = "", **given: Any) -> Row: ...


class Compared(Protocol):
    """Two generations side by side; see infra/generations/comparing.py. Rows are as in docs/replay.md."""

    @property
    def summary(self) -> Row: ...
    @property
    def pairs(self) -> Sequence[Row]: ...
    @property
    def opened(self) -> Sequence[Row]: ...
    @property
    def missing(self) -> Sequence[Row]: ...
    @property
    def divided(self) -> Sequence[Row]: ...
    @property
    def joined(self) -> Sequence[Row]: ...


class Comparer(Protocol):
    """Compares generations. An answer may be up to `stale` seconds old. Raises BadInput for what is not there."""

    def generations(self) -> list[Row]: ...
    def of(self, a: str, b: str, *, stale: float = 0.0) -> Compared: ...
    def signal(self, a: str, b: str, signal_id: str, *, stale: float = 0.0) -> Row: ...
    def other_outcomes(self, a: str, b: str, limit: int, offset: int) -> list[Row]: ...
    def curves(self, generation: str, ids: list[str]) -> Mapping[str, list[tuple[datetime, float]]]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything the pages need. All may block and are called from several threads.

    `now` is the ledger's time. `feeds` returns the states of the feeds (url, title, ok, error, articles, last_success,
    next_poll), `status` the counts of the stream, `costs` what the language model cost (see infra/costs_page.py), `why`
    where a signal's strength came from at a time (see infra/why.py).
    """

    reader: SignalReader
    briefs: BriefReader
    feeds: Callable[[], list[Row]]
    now: Callable[[], datetime]
    status: Callable[[], Row]
    costs: Callable[[], Row]
    why: Callable[[str, datetime], Row]
    imported: ImportedReader | None = None  # None: there are no imported pages
    commands: GivenCommands | None = None
    events: PublicEvents | None = None  # None: programs are not told of events here
    metrics: Callable[[str], tuple[bytes, str]] | None = None  # see sinks/site/metrics_page.py; None: there are none
    comparer: Comparer | None = None  # None: nobody looks at other generations here
    commander: Commander | None = None  # None: nobody can give commands on pages
