"""Dates that lie: an article's event time is brought into bounds and flagged. All times are aware and UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.vocabulary import DateFlag

FUTURE_SLACK = timedelta(minutes=15)  # clocks differ; more than this ahead is a lie
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: an epoch of zero or a broken form


@dataclass(frozen=True, slots=True)
class Dated:
    """An event time within bounds, and what was wrong with the one given."""

    at: datetime
    flag: DateFlag


def as_utc(moment: datetime) -> datetime:
    """Return `moment` in UTC; a naive one is UTC. Raises OverflowError at the ends of the calendar."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def clamp(published: datetime | None, fetched_at: datetime, *, ancient_at: datetime | None = None) -> Dated:
    """Return the event time to use for an article fetched at `fetched_at`.

    A missing time becomes `fetched_at`, and so does one more than 15 minutes ahead of it, and one before
    1990, unless `ancient_at` names the moment for those.
    """
    if published is None:
        return Dated(fetched_at, "missing")
    published = as_utc(published)
    if published > fetched_at + FUTURE_SLACK:
        return Dated(fetched_at, "future")
    if published < OLDEST:
        return Dated(ancient_at or fetched_at, "ancient")
    return Dated(published, "ok")
