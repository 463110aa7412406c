"""What the producers can be told. Values arrive from outside; nothing here reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import BadSetting


@dataclass(frozen=True, slots=True)
class ProducerSettings:
    """Limits and habits of the producers. Times are seconds unless the name says days.

    `families` maps a domain or a publisher's name to a family and wins over the shipped file.
    `allow_hosts` names hosts (or `host:port`) whose private or loopback addresses may be read.
    Raises BadSetting for a value that cannot work.
    """

    user_agent: str = "Bellwether/0.1 (feed reader)"
    backlog_days: int = 7  # first contact looks back this far
    backlog_items: int = 50  # … and takes at most so many, the newest
    poll_interval_min: float = 300.0
    poll_interval_max: float = 3600.0
    failure_interval_max: float = 21_600.0
    total_deadline: float = 20.0  # for one fetch with all its redirects
    connect_timeout: float = 8.0
    max_feed_bytes: int = 10_000_000  # after decompression
    max_page_bytes: int = 5_000_000
    max_redirects: int = 5
    per_host_delay: float = 1.0
    max_concurrency: int = 8
    max_pages_per_poll: int = 50
    obey_robots: bool = True
    full_text: bool = True  # read the page when a feed has only a teaser
    copies_window_days: int = 7
    ingest_batch: int = 500
    ingest_line_bytes: int = 2_000_000
    ingest_error_cap: int = 100  # so many errors are kept in words; all are counted
    allow_hosts: frozenset[str] = frozenset()
    families: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (
            "backlog_items", "poll_interval_min", "total_deadline", "connect_timeout", "max_feed_bytes",
            "max_page_bytes", "max_concurrency", "copies_window_days", "ingest_batch", "ingest_line_bytes",
        ):  # fmt: skip
            if getattr(self, name) <= 0:
                raise BadSetting(f"{name}: must be more than 0, not {getattr(self, name)}")
        for name in (
            "backlog_days",
            "per_host_delay",
            "max_redirects",
            "max_pages_per_poll",
            "ingest_error_cap",
        ):
            if getattr(self, name) < 0:
                raise BadSetting(f"{name}: must not be negative, not {getattr(self, name)}")
        if self.poll_interval_max < self.poll_interval_min:
            raise BadSetting("poll_interval_max: must not be less than poll_interval_min")
