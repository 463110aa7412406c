"""Which briefs went out, where to, and what went wrong on the way: kept so that running twice sends once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from schemas.events import Brief
from sinks.clickhouse.connect import Row, Store
from sinks.clickhouse.latest import LatestRows

ATTEMPTS: Final = 12  # of one content, after which only a person tries again


@dataclass(frozen=True, slots=True)
class Delivery:
    """The newest state of one brief on one channel. `content` is the hash of what was sent, or tried. Times are UTC."""

    brief_id: str
    channel: str
    content: str
    delivered_at: datetime | None
    attempts: int
    error: str
    at: datetime


class Deliveries:
    """The book of deliveries. Calls raise Retryable or StoreError."""

    def __init__(self, store: Store) -> None:
        self._rows = LatestRows(store, "deliveries")

    def get(self, brief_id: str, channel: str) -> Delivery | None:
        """Return what is known, None if nothing was tried."""
        found = self._rows.load("brief_id = {b:String} AND channel = {c:String}", {"b": brief_id, "c": channel})
        return Delivery(**found[0]) if found else None

    def put(self, delivery: Delivery) -> None:
        """Keep the newest state durably."""
        row = asdict(delivery)
        for name in ("delivered_at", "at"):
            row[name] = getattr(delivery, name)
        self._rows.save([row])

    def failures(self, now: datetime, days: int = 7) -> list[Row]:
        """Return what could not be delivered in the last days, newest first."""
        since = now - timedelta(days=days)
        found = self._rows.load(
            "delivered_at IS NULL AND at >= {a:DateTime64(6, 'UTC')} ORDER BY at DESC", {"a": since}
        )
        return [{name: row[name] for name in ("brief_id", "channel", "error", "attempts", "at")} for row in found]


def content_of(brief: Brief) -> str:
    """Return a hash of what a brief says, whenever it was composed."""
    said = (brief.brief_id, brief.worth_saying, brief.reasons, brief.headline, brief.markdown)
    return sha256(msgspec.json.encode(said)).hexdigest()[:16]
