"""Briefs in the store: one a date, the newest writing wins."""

from __future__ import annotations

import json
from typing import Any, Final

from schemas.events import Brief
from sinks.clickhouse.connect import Store
from sinks.clickhouse.latest import LatestRecords
from sinks.clickhouse.tables import BRIEFS

_ALL: Final = "~"  # sorts after every date


class BriefStore:
    """Keeps and finds briefs. Safe to use from several threads. Raises Retryable or StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = LatestRecords(store, BRIEFS)

    def save(self, brief: Brief) -> bool:
        """Keep `brief` durably; return False when the same brief of that date is there already.

        Time that passed without news does not make another brief: running the job twice sends it once. Nor does prose
        that could be written the first time and cannot now.
        """
        known = self.get(brief.date)
        if known is not None and (_said(brief) == _said(known) or _lacks_only_prose(brief, known)):
            return False
        self._records.save([brief])
        return True

    def get(self, date: str) -> Brief | None:
        """Return the brief of `date` ("2026-04-15"), or None."""
        return next(iter(self._records.load("date = {d:String}", {"d": date})[-1:]), None)

    def latest(self, before_date: str | None = None) -> Brief | None:
        """Return the newest brief, of those before `before_date` if given, or None."""
        return next(iter(self._newest(1, before_date or _ALL)), None)

    def list(self, limit: int = 30, before_date: str | None = None) -> tuple[Brief, ...]:
        """Return the newest briefs, of those before `before_date` if given, newest first."""
        return self._newest(limit, before_date or _ALL)

    def _newest(self, limit: int, before: str) -> tuple[Brief, ...]:
        sql = BRIEFS.select(
            "WHERE date < {before:String} ORDER BY date DESC, version DESC LIMIT 1 BY date LIMIT {limit:UInt32}",
            final=True,
        )
        found = self._store.query(sql, {"before": before, "limit": limit})
        return tuple(BRIEFS.read(row) for row in found)


def _said(brief: Brief) -> tuple[Any, ...]:
    """Return what a brief says, without the moment up to which it was read."""
    return _without(brief, "until")


def _lacks_only_prose(brief: Brief, known: Brief) -> bool:
    prose = ("until", "note", "prose", "written_by", "lead")
    return bool(json.loads(brief.body).get("note")) and _without(brief, *prose) == _without(known, *prose)


def _without(brief: Brief, *names: str) -> tuple[Any, ...]:
    body = _bare(json.loads(brief.body), names)
    return (brief.brief_id, brief.since, brief.worth_saying, brief.reasons, brief.headline, body)


def _bare(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {name: _bare(one, names) for name, one in value.items() if name not in names}
    return [_bare(one, names) for one in value] if isinstance(value, list) else value
