"""Alerts to people by what they use already: mail, Slack, Telegram, ntfy and a hundred others, by apprise."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import apprise

from schemas.errors import BadSetting
from schemas.events import Alert
from sinks.alerts.channel import Acknowledged, Delivery
from sinks.alerts.words import headline, text

# It logs addresses, and those hold secrets; what went wrong is told without them.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Notifier:
    """One address in apprise's notation. Raises BadSetting, beginning with `name`, for one that it does not know."""

    name: str
    url: str = field(repr=False)

    def __post_init__(self) -> None:
        if apprise.Apprise.instantiate(self.url) is None:
            scheme = self.url.partition("://")[0][:20]
            raise BadSetting(f"{self.name}: {scheme}://… is no address of a service that apprise knows")

    def deliver(self, alert: Alert, acknowledged: Acknowledged) -> Delivery:
        """Send it as text; the services' own time-outs apply (about four seconds to connect, four to read)."""
        try:
            asset = apprise.AppriseAsset(app_id="Bellwether", app_desc="Bellwether", async_mode=False)
            sender = apprise.Apprise(asset=asset)
            sender.add(self.url)
            sent = sender.notify(title=headline(alert), body=text(alert), body_format=apprise.NotifyFormat.TEXT)
        except Exception as error:  # whatever a plug-in or a service does, the loop goes on
            return Delivery(False, type(error).__name__, answered=False)
        if not sent:
            return Delivery(False, "the service did not take it", answered=False)
        acknowledged()
        return Delivery(True)

    def close(self) -> None:
        """Nothing is kept."""
