"""The morning call: composes the brief at its hour in the reader's zone and brings it to the readers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
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
        self._due: Callable[[datetime], bool] | None = None
        self._fault = ""

    def plan(self) -> CronTrigger | None:
        """Read the schedule, None when it is switched off. Raises BadSetting when it cannot work."""
        settings = self._desk.settings
        if not settings.brief.schedule:
            return None
        zone = settings.reader.zone
        try:
            trigger = CronTrigger.from_crontab(settings.brief.schedule, timezone=zone)
        except (ValueError, LookupError) as error:
            raise BadSetting(f"brief.schedule: {settings.brief.schedule!r} in zone {zone!r}: {error}") from error
        self._due = partial(missed, trigger, zone, stands=self._desk.briefing.stands)
        return trigger

    def start(self) -> None:
        """Begin, unless the schedule is switched off. Raises BadSetting when it cannot work."""
        trigger = self.plan()
        if trigger is None:
            return
        self._scheduler = BackgroundScheduler(timezone=self._desk.settings.reader.zone)
        self._scheduler.add_job(self.call, trigger, coalesce=True, misfire_grace_time=None, max_instances=1, id="brief")
        self._scheduler.add_job(
            self.retry, "interval", seconds=RETRY.total_seconds(), next_run_time=self._now() + SETTLING,
            coalesce=True, misfire_grace_time=None, max_instances=1, id="retry",
        )  # fmt: skip
        self._scheduler.start()

    def stop(self) -> None:
        """Stop; what is being sent goes on."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)

    def call(self) -> None:
        """Compose and deliver. A fault is logged, and tried again at the next retry."""
        self._ask("deliver")

    def retry(self) -> None:
        """Call again when today's hour has passed and no brief of today stands; offer again what did not arrive."""
        if self._due is not None and self._due(self._now()):
            self.call()
        self._ask("redeliver")

    def _ask(self, what: str) -> None:
        try:
            self._desk.answer(what, {})
            self._fault = ""
        except BellwetherError as error:
            if str(error) != self._fault:  # it may stay the same for hours
                log.warning("the brief could not be composed or delivered: %s", error)
            self._fault = str(error)


def missed(trigger: CronTrigger, zone: str, now: datetime, stands: Callable[[str], bool]) -> bool:
    """Say whether today's first hour, in `zone`, has passed and no brief of today stands."""
    here = now.astimezone(ZoneInfo(zone))
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    first = trigger.get_next_fire_time(None, midnight)
    return first is not None and first.astimezone(UTC) <= now and not stands(here.date().isoformat())
