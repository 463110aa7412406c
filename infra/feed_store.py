"""Feed states between the producers' record and the store's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from infra.settings import Settings
from producers.ports import FeedState
from producers.settings import ProducerSettings
from sinks.clickhouse.connect import Store
from sinks.clickhouse.feeds import FeedRows

_NAMES = tuple(field.name for field in fields(FeedState))


class StoredFeeds:
    """Implements producers.ports.FeedStore on the store."""

    def __init__(self, store: Store) -> None:
        self._rows = FeedRows(store)

    def load(self) -> Mapping[str, FeedState]:
        """Return every remembered state by URL."""
        return {url: FeedState(**{name: row[name] for name in _NAMES}) for url, row in self._rows.load().items()}

    def save(self, state: FeedState) -> None:
        """Remember `state` durably before returning."""
        self._rows.save(asdict(state))

    def rows(self) -> list[dict[str, Any]]:
        """Return the feed list as readers see it, by URL."""
        shown = ("url", "title", "ok", "error", "articles", "last_success", "next_poll")
        return [{name: getattr(state, name) for name in shown} for _, state in sorted(self.load().items())]


def producer_settings(settings: Settings) -> ProducerSettings:
    """Return what the producers are told."""
    feeds = settings.feeds
    return ProducerSettings(
        user_agent=feeds.user_agent,
        backlog_days=feeds.backlog_days,
        backlog_items=feeds.backlog_items,
        poll_interval_min=feeds.poll_interval,
        poll_interval_max=max(feeds.poll_interval, feeds.poll_interval_most),
        total_deadline=feeds.deadline,
        per_host_delay=feeds.per_host_delay,
        full_text=feeds.full_text,
        obey_robots=feeds.obey_robots,
        allow_hosts=frozenset(feeds.allow_hosts),
        families=feeds.families,
    )
