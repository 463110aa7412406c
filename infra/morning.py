"""The morning: what moved since the last brief, whether it is worth saying, and the brief that says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from infra.settings import BriefSettings
from processors.decisions.worthiness import Day, Moved, Thresholds, Worthiness, worthiness
from schemas.events import Brief
from sinks.brief.compose import compose
from sinks.brief.prose import Prose
from sinks.brief.store import BriefStore
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader
from sinks.profile import Profile


class Morning:
    """Composes and remembers briefs of the live generation. All times are event time (the ledger's), UTC."""

    def __init__(
        self,
        store: Store,
        settings: BriefSettings,
        generation: str,
        publish: Callable[[Brief], None] | None = None,
        prose: Prose | None = None,
        profile: Profile | None = None,
    ) -> None:
        self.briefs = BriefStore(store)
        self._reader = Reader(store, generation)
        self._settings = settings
        self._publish = publish
        self._prose = prose
        self._profile = profile or Profile()

    def on(self, day: date) -> Brief | None:
        """Return the recorded brief of a day, None if there is none."""
        return self.briefs.get(day.isoformat())

    def compose(self, day: date, until: datetime) -> Brief:
        """Compose the brief of `day` from all that happened since the last one, record it and return it.

        Composing a day again when nothing has come since gives the same brief and sends nothing.
        """
        earlier = self.briefs.latest(day.isoformat())
        since = earlier.composed_at if earlier else until - timedelta(days=1)
        since_n = earlier.until_n if earlier else self._reader.commit_at(since)
        until_n = self._reader.commit_at(until)
        inputs = self._reader.brief_inputs(min(since, until), until, since_n, until_n)
        verdict = self._verdict(inputs)
        brief = compose(
            inputs, verdict, date=day.isoformat(), composed_at=until, prose=self._prose, times=self._profile.times
        )
        if self.briefs.save(brief) and self._publish is not None:
            self._publish(brief)
        return brief

    def _verdict(self, inputs: Mapping[str, Any]) -> Worthiness:
        outcomes = inputs["outcomes"]
        day = Day(
            articles=sum(outcomes.values()), deferred=outcomes.get("deferred", 0), candidates=inputs["candidates"]
        )
        thresholds = Thresholds(move=self._settings.move, score=self._settings.threshold, items=self._settings.items)
        return worthiness([moved(row) for row in inputs["signals"]], day, thresholds)


def moved(row: Mapping[str, Any]) -> Moved:
    """Return what worthiness asks of one signal's window."""
    kinds = tuple(event["kind"] for event in row["window"])
    return Moved(
        signal_id=row["signal_id"],
        state=row["state"],
        kind_of_events=kinds,
        strength_before=0.0 if "published" in kinds else row["strength_before"],
        strength_after=row["strength_after"],
        families=row["family_count"],
        stories=row["story_count"],
        first_published="published" in kinds,
    )


def end_of(day: date) -> datetime:
    """Return the last microsecond of a UTC day."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)
