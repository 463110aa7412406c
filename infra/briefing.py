"""Everything that is asked about briefs: read one, bring one to its readers, show the sums behind one.

A brief *stands* once it was brought to its readers: from then on it is what they were told, and no later reading of the
same day changes it. What comes after it is the next brief's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from threading import RLock
from typing import Any

from infra.morning import Morning, end_of
from infra.post import Post, TopicCourier, mail_couriers
from infra.settings import Settings
from infra.sums import worthiness_row
from processors.decisions.state import EPOCH
from processors.emit import Emitter
from schemas.errors import BadInput
from schemas.events import Brief
from sinks.brief.deliveries import Deliveries
from sinks.brief.prose import Prose
from sinks.clickhouse.connect import Store
from sinks.profile import Profile

Row = dict[str, Any]


class Briefing:
    """Safe to use from several threads. `clock` is the wall clock, `now` the ledger's time, both UTC."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        generation: str,
        profile: Profile,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], datetime],
        prose: Prose | None = None,
        emitter: Emitter | None = None,
    ) -> None:
        """`prose` writes for briefs, `emitter` publishes them."""
        topic = [TopicCourier(emitter)] if emitter is not None else []
        self._post = Post(Deliveries(store), [*topic, *mail_couriers(settings.brief.mail, clock)], clock)
        self.morning = Morning(
            store, settings.brief, generation, self._published, prose=prose, profile=profile, site=settings.site.url
        )
        self._settings, self._times, self._now, self._clock = settings.brief, profile.times, now, clock
        self._composing = RLock()

    def brief(self, day: str = "") -> Row:
        """Return the brief of a day of the reader (YYYY-MM-DD; today in ledger time unless given).

        Today's is composed and kept, anew as long as none stands. A past day that has none gets one as of its end,
        which is not kept (`recorded` is False): reading does not change what readers were told. Raises BadInput.
        """
        wanted, today, now = self._day(day)
        with self._composing:
            known = self.morning.on(wanted)
            if known is not None and (day or known.composed_at >= now or self._post.stands(known)):
                return _row(known)
            if wanted < today:
                return _row(self.morning.drafted(wanted, end_of(wanted, self._times))[0], recorded=False)
            return _row(self.morning.compose(wanted, now))

    def deliver(self, day: str = "", only: str = "", again: bool = False) -> list[Row]:
        """Bring the brief of a day to its readers; return what became of it on each channel (see infra/post.py).

        The day is the reader's today by the wall clock unless given. Its brief is composed first, unless one that says
        something stands, or the day is over and has one. Raises BadInput.
        """
        wanted, today, now = self._day(day or self._calendar_day(), ahead=True)
        with self._composing:
            brief = self.morning.on(wanted)
            if brief is None or (wanted >= today and not (brief.worth_saying and self._post.stands(brief))):
                brief = self.morning.compose(wanted, now if wanted >= today else end_of(wanted, self._times))
            self._post.let_stand(brief)
            return self._post.offer(brief, only, again=again)

    def redeliver(self) -> list[Row]:
        """Offer again what could not be delivered in the last days, and today's brief if it stands."""
        days = {row["brief_id"].removeprefix("brief-") for row in self.undelivered()} | {self._calendar_day()}
        briefs = [brief for day in sorted(days) if (brief := self.morning.briefs.get(day)) is not None]
        return [row for brief in briefs if self._post.stands(brief) for row in self._post.offer(brief)]

    def undelivered(self) -> list[Row]:
        """Return which briefs could not be delivered in the last days."""
        return self._post.failures()

    def stands(self, day: str) -> bool:
        """Say whether the brief of that day (YYYY-MM-DD) was brought to its readers."""
        brief = self.morning.briefs.get(day)
        return brief is not None and self._post.stands(brief)

    def worthiness(self, day: str = "") -> Row:
        """Return the sums behind the brief of a day, or behind the one that it would get; nothing is recorded.

        Those of a brief that is recorded, and not to be composed anew, are of the moment when it was. Raises BadInput.
        """
        wanted, today, now = self._day(day)
        known = self.morning.on(wanted)
        if known is not None and (wanted < today or self._post.stands(known)):
            brief, verdict = self.morning.drafted(wanted, known.composed_at, until_n=known.until_n)
        else:
            until = now if wanted == today else end_of(wanted, self._times)
            brief, verdict = self.morning.drafted(wanted, until)
        return worthiness_row(brief, verdict, self._settings)

    def _published(self, brief: Brief) -> None:
        self._post.offer(brief, TopicCourier.channel)

    def _calendar_day(self) -> str:
        return self._times.date_of(self._clock()).isoformat()

    def _day(self, day: str, *, ahead: bool = False) -> tuple[date, date, datetime]:
        """Return the day that is meant, which may lie `ahead` of today, then today and now in ledger time."""
        try:
            wanted = date.fromisoformat(day) if day else None
        except ValueError as error:
            raise BadInput(f"--date {day!r}: write it as YYYY-MM-DD") from error
        now = self._now()
        if now == EPOCH:
            raise BadInput("there is no brief yet: no article has been read")
        today = self._times.date_of(now)
        if wanted is not None and wanted > today and not ahead:
            raise BadInput(f"--date {day}: lies after the newest article, of {today.isoformat()}")
        if wanted is not None and wanted < (first := self._times.date_of(self.morning.began())):
            raise BadInput(f"--date {day}: lies before the first article, of {first.isoformat()}")
        return wanted or today, today, now


def _row(brief: Brief, *, recorded: bool = True) -> Row:
    return {name: getattr(brief, name) for name in type(brief).__dataclass_fields__} | {"recorded": recorded}
