"""What a running host offers beside the stream: pages, alerts, the scheduled brief."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from infra.alerting import Alerting
from infra.clock import wall_clock
from infra.exposed.exposure import Exposure
from infra.host import Host
from infra.http_server import HttpServer
from infra.metrics.alerts import alert_figures
from infra.metrics.registry import METRICS
from infra.morning_call import MorningCall
from infra.settings import Loaded
from processors.ports import Now
from schemas.errors import BadInput, BadSetting
from schemas.events import Alert
from schemas.ledger import Commit
from sinks.alerts.loop import AlertLoop

log = logging.getLogger("bellwether.services")


class Services:
    """Started after the host, stopped before it. `now` is the clock that alerts compare event times with."""

    def __init__(self, loaded: Loaded, now: Now) -> None:
        self._settings = loaded.settings
        self._now = now
        self._host: Host | None = None
        self._site: HttpServer | None = None
        self._alerts: AlertLoop | None = None
        self._alerting: Alerting | None = None
        self._morning: MorningCall | None = None
        self._exposure: Exposure | None = None
        self._asked = ExitStack()
        self.crossing = loaded.settings.alerts.crossing
        self.tell: Callable[[Alert], None] = lambda alert: None

    @property
    def url(self) -> str:
        """Where the pages are, "" when there are none."""
        return self._site.url if self._site else ""

    @property
    def exposed(self) -> list[str]:
        """What to say of the broker and the store that other programs may use; nothing unless exposed."""
        return self._exposure.lines() if self._exposure else []

    def offer(self, commits: Sequence[Commit]) -> None:
        """Take note of projected commits; called from the sink's thread."""
        if self._alerts is not None and any(commit.events for commit in commits):
            self._alerts.nudge()

    def cross_at(self, strength: float) -> None:
        """Let alerts fire on crossing another strength from now on."""
        self.crossing = strength
        if self._alerts is not None and self._host is not None:
            self._alerts.stop()
            self._start_alerts(self._host)

    def start(self, host: Host) -> None:
        """Start everything. Raises BadSetting when a setting cannot work."""
        if self._settings.expose.enabled and host.store.folder is not None:
            exposure = Exposure(self._settings.expose, host.folder, host.store.folder, host.broker.connection)
            exposure.start()
            self._exposure = exposure
        self._morning = MorningCall(host.desk, wall_clock)
        self._morning.start()
        self._host = host
        self._start_alerts(host)
        if self._settings.site.enabled:
            try:
                from infra.pages import pages

                self._site = HttpServer(pages(host.desk), self._settings.site.host, self._settings.site.port)
            except BadInput as error:
                self.stop()
                raise BadSetting(f"site.port: {error}") from error
            self._site.start()

    def stop(self) -> None:
        """Stop everything."""
        for service in (self._exposure, self._site, self._alerts, self._morning):
            if service is not None:
                service.stop()
        self._asked.close()
        if self._alerting is not None:
            self._alerting.book.close()

    def _start_alerts(self, host: Host) -> None:
        if self._alerting is None:
            self._alerting = Alerting(host.store, self._settings, host.stream.generation, self._now)
            book = self._alerting.book
            self._asked.enter_context(METRICS.asking("alerts", lambda: alert_figures(book)))
        self._alerts = self._alerting.loop(crossing=self.crossing, emitter=host.emitter, on_alert=self._tell)
        self._alerts.start()

    def _tell(self, alert: Alert) -> None:
        self.tell(alert)
