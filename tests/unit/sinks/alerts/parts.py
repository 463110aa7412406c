"""Parts of an alert loop without a store: events in a list, and rules in a line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.events import SignalEvent
from sinks.alerts.book import Cursor
from sinks.alerts.decide import Deciding
from sinks.alerts.quiet import quiet_hours
from sinks.alerts.rules import Rule
from sinks.where import Where
from tests.builders import event, minutes

NOW = minutes(10)


def crossing(number: int = 1, **given: Any) -> SignalEvent:
    """An event by which a published signal of three families rises over 5."""
    made: dict[str, Any] = {
        "seq": 2, "strength_before": 4.9, "strength_after": 5.1, "families": 3, "state": "published",
        "kind": "reinforced",
    }  # fmt: skip
    return event(number, **(made | given))


def rule(when: str = "crossed(5.0)", name: str = "crossing", **given: Any) -> Rule:
    if isinstance(given.get("quiet"), str):
        given["quiet"] = quiet_hours(given["quiet"])
    return Rule(name, Where(when, name), **given)


def deciding(*rules: Rule, channels: tuple[str, ...] = ("hook",), **given: Any) -> Deciding:
    return Deciding(rules or (rule(),), channels, ZoneInfo("Europe/Berlin"), **given)


class Listed:
    """Events as a store would give them: the i-th is the only one of commit i + 1."""

    def __init__(self, *events: SignalEvent) -> None:
        self.events = list(events)

    def after(self, cursor: Cursor, now: datetime, limit: int) -> list[tuple[Cursor, SignalEvent]]:
        found = [((n, 0), one) for n, one in enumerate(self.events, 1) if (n, 0) > cursor]
        return [(at, one) for at, one in found if abs(now - one.at) <= timedelta(days=1)][:limit]
