"""A typed client for programs that follow signals: `from sinks.subscribe import subscribe`. See docs/events.md."""

from sinks.subscribe.client import subscribe
from sinks.subscribe.gaps import Gap, Lost
from sinks.subscribe.topic import Subscription

__all__ = ["Gap", "Lost", "Subscription", "subscribe"]
