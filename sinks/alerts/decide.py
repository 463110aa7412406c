"""Decides on events, rule by rule. Pure but for what it is given: what fired before, and where faults are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.errors import BadInput
from schemas.events import SignalEvent
from sinks.alerts.book import Fired
from sinks.alerts.rules import Rule, alert_of, fires, recent, ruling

LastFired = Callable[[str, str], datetime | None]
Fault = Callable[[str, BadInput], None]


class Deciding:
    """The rules, in the reader's `zone`. Remembers what fired since it was made or `begin` was called; for one thread.

    `channels` are all that there are: a rule that names none sends on each. `site` is the address of the pages.
    `history`: events of any age, as a dry run asks for; their own times are the clock then.
    """

    def __init__(
        self, rules: Sequence[Rule], channels: Sequence[str], zone: ZoneInfo, site: str = "", *, history: bool = False
    ) -> None:
        self.rules, self._channels, self._zone, self._site = tuple(rules), tuple(channels), zone, site
        self._history = history
        self._fired: dict[tuple[str, str], datetime] = {}

    def begin(self) -> None:
        """Forget what fired: from here on `last_fired` knows of it, or it was not noted and is decided on again."""
        self._fired.clear()

    def on(self, event: SignalEvent, now: datetime, last_fired: LastFired, fault: Fault) -> list[Fired]:
        """Return what fires for one event, those left out or held back too. `now` is aware."""
        if self._history:
            now = event.at
        elif not recent(event, now):
            return []
        found = []
        for rule in self.rules:
            try:
                if not fires(event, rule):
                    continue
            except BadInput as error:
                fault(rule.name, error)
                continue
            key = (rule.name, event.signal_id)
            last = (self._fired.get(key) or last_fired(*key)) if rule.cooldown else None
            decided = ruling(rule, now, last, self._zone)
            if decided.what != "suppress":
                self._fired[key] = now
            found.append(Fired(alert_of(event, rule, now, self._site), decided, rule.channels or self._channels))
        return found
