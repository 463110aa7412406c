"""What a running host offers beside the stream: pages, alerts, the scheduled brief."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from infra.host import Host
from infra.http_server import HttpServer
from infra.settings import Loaded
from processors.ports import Now
from schemas.errors import BadInput, BadSetting
from schemas.events import Alert
from schemas.ledger import Commit
from sinks.alerts.loop import AlertLoop
from sinks.alerts.rules import Crossing

log = logging.getLogger("bellwether.services")


class Services:
    """Started after the host, stopped before it. `now` is the clock that alerts compare event times with."""

    def __init__(self, loaded: Loaded, now: Now) -> None:
        self._settings = loaded.settings
        self._now = now
        self._host: Host | None = None
        self._site: HttpServer | None = None
        self._alerts: AlertLoop | None = None
        self._scheduler: BackgroundScheduler | None = None
        self.crossing = loaded.settings.alerts.crossing
        self.tell: Callable[[Alert], None] = lambda alert: None

    @property
    def url(self) -> str:
        """Where the pages are, "" when there are none."""
        return self._site.url if self._site else ""

    def offer(self, commits: Sequence[Commit]) -> None:
        """Take projected commits; called from the sink's thread."""
        if self._alerts is not None:
            self._alerts.offer([event for commit in commits for event in commit.events])

    def cross_at(self, strength: float) -> None:
        """Let alerts fire on crossing another strength from now on."""
        self.crossing = strength
        if self._alerts is not None and self._host is not None:
            self._alerts.stop()
            self._start_alerts(self._host)

    def start(self, host: Host) -> None:
        """Start everything. Raises BadSetting when a setting cannot work."""
        self._schedule(host)
        self._host = host
        self._start_alerts(host)
        if self._settings.site.enabled:
            try:
                from infra.pages import pages

                self._site = HttpServer(pages(host.desk), self._settings.site.host, self._settings.site.port)
            except BadInput as error:
                raise BadSetting(f"site.port: {error}") from error
            self._site.start()

    def stop(self) -> None:
        """Stop everything."""
        for service in (self._site, self._alerts):
            if service is not None:
                service.stop()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)

    def _start_alerts(self, host: Host) -> None:
        settings = self._settings.alerts
        rule = Crossing(crossing=self.crossing, min_families=settings.min_families)
        url = settings.webhook.get_secret_value()
        generation = host.stream.generation
        self._alerts = AlertLoop(host.store, rule, url, self._now, self._tell, generation=generation)
        self._alerts.start()

    def _tell(self, alert: Alert) -> None:
        self.tell(alert)

    def _schedule(self, host: Host) -> None:
        brief, zone = self._settings.brief, self._settings.reader.zone
        if not brief.schedule:
            return
        try:
            trigger = CronTrigger.from_crontab(brief.schedule, timezone=zone)
        except (ValueError, LookupError) as error:
            raise BadSetting(f"brief.schedule: {brief.schedule!r} in zone {zone!r}: {error}") from error
        self._scheduler = BackgroundScheduler(timezone=zone)
        self._scheduler.add_job(
            lambda: host.desk.answer("brief", {}), trigger, coalesce=True, misfire_grace_time=3600, id="brief"
        )
        self._scheduler.start()
