"""The morning call: composes the brief at its hour in the reader's zone and brings it to the readers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from infra.desk import Desk
from schemas.errors import BadSetting, BellwetherError

log = logging.getLogger("bellwether.brief")
SETTLING: Final = timedelta(seconds=120)  # that a process which starts late waits for its feeds and its clock
RETRY: Final = timedelta(minutes=5)


class MorningCall:
    """Runs in threads of its own. `now` is the wall clock in UTC."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk, self._now = desk, now
        self._scheduler: BackgroundScheduler | None = None

    def start(self) -> None:
        """Begin, unless the schedule is switched off. Raises BadSetting when it cannot work."""
        settings = self._desk.settings
        if not settings.brief.schedule:
            return
        zone = settings.reader.zone
        try:
            trigger = CronTrigger.from_crontab(settings.brief.schedule, timezone=zone)
        except (ValueError, LookupError) as error:
            raise BadSetting(f"brief.schedule: {settings.brief.schedule!r} in zone {zone!r}: {error}") from error
        self._scheduler = BackgroundScheduler(timezone=zone)
        self._scheduler.add_job(self.call, trigger, coalesce=True, misfire_grace_time=3600, max_instances=1, id="brief")
        self._scheduler.add_job(self.retry, "interval", seconds=RETRY.total_seconds(), max_instances=1, id="retry")
        if missed(trigger, zone, self._now(), self._desk.has_brief):
            self._scheduler.add_job(self.call, "date", run_date=self._now() + SETTLING, id="late")
        self._scheduler.start()

    def stop(self) -> None:
        """Stop; what is being sent goes on."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)

    def call(self) -> None:
        """Compose and deliver. A fault is logged, and tried again at the next retry."""
        try:
            self._desk.answer("deliver", {})
        except BellwetherError as error:
            log.warning("the brief could not be composed: %s", error)

    def retry(self) -> None:
        """Try again what could not be delivered."""
        try:
            if self._desk.undelivered():
                self._desk.answer("deliver", {"compose": False})
        except BellwetherError as error:
            log.warning("the brief could not be delivered: %s", error)


def missed(trigger: CronTrigger, zone: str, now: datetime, has_brief: Callable[[str], bool]) -> bool:
    """Say whether today's hour, in `zone`, has passed without a brief of today."""
    here = now.astimezone(ZoneInfo(zone))
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    first = trigger.get_next_fire_time(None, midnight)
    return first is not None and first.astimezone(UTC) <= now and not has_brief(here.date().isoformat())
