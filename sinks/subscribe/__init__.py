"""A typed client for programs that follow signals: `from sinks.subscribe import subscribe`. See docs/events.md."""

from sinks.subscribe.client import subscribe
from sinks.subscribe.gaps import Gap
from sinks.subscribe.topic import Subscription

__all__ = ["Gap", "Subscription", "subscribe"]
