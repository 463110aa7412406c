"""The morning: what moved since the last brief, whether it is worth saying, and the brief that says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from infra.settings import BriefSettings
from processors.decisions.worthiness import Day, Moved, Thresholds, Worthiness, worthiness
from schemas.events import Brief
from sinks.brief.compose import compose
from sinks.brief.interest import touched
from sinks.brief.items import decode_body
from sinks.brief.prose import Prose
from sinks.brief.store import BriefStore
from sinks.brief.times import Times
from sinks.clickhouse.connect import Store
from sinks.clickhouse.queries import Reader
from sinks.profile import Profile

MEMORY: Final = 14  # days for which a reader remembers what a brief said
CARRY: Final = 7  # days for which what was not worth saying by itself is remembered


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
        site: str = "",
    ) -> None:
        """`site` is where readers find the pages, "" for nowhere."""
        self.briefs = BriefStore(store)
        self._reader = Reader(store, generation)
        self._settings = settings
        self._publish = publish
        self._prose = prose
        self._profile = profile or Profile()
        self._site = site

    def on(self, day: date) -> Brief | None:
        """Return the recorded brief of a day, None if there is none."""
        return self.briefs.get(day.isoformat())

    def compose(self, day: date, until: datetime) -> Brief:
        """Compose the brief of `day` from all that happened since the last one, record it and return it.

        Composing a day again when nothing has come since gives the same brief and sends nothing.
        """
        brief, _ = self.drafted(day, until, prose=self._prose)
        self.briefs.save(brief)
        kept = self.briefs.get(brief.date) or brief  # what readers have, when nothing has come since
        if self._publish is not None:
            self._publish(kept)
        return kept

    def began(self) -> datetime:
        """Return the time of the first commit."""
        return self._reader.began()

    def drafted(
        self, day: date, until: datetime, prose: Prose | None = None, until_n: int | None = None
    ) -> tuple[Brief, Worthiness]:
        """Return the brief that `day` would get, and the sums behind it; nothing is recorded or sent.

        `until_n` is the last commit that it tells of; without one the last as of `until` that the tables show.
        """
        earlier = self.briefs.list(max(MEMORY, CARRY), day.isoformat())
        since = earlier[0].composed_at if earlier else until - timedelta(days=1)
        since_n = earlier[0].until_n if earlier else self._reader.commit_at(since)
        if until_n is None:  # Not beyond what the tables show: what they lack by now is the next brief's.
            until_n = min(self._reader.commit_at(until), self._reader.position())
        until_n = max(since_n, until_n)
        untold, untold_at = untold_since(earlier, day, since_n, since)
        inputs = self._reader.brief_inputs(min(since, until), until, untold, until_n)
        inputs |= {"since_n": since_n, "outcomes": self._reader.outcomes(since_n, until_n)}
        inputs["untold_since"] = untold_at if untold < since_n else None
        self._personal(inputs["signals"], earlier, day)
        verdict = self._verdict(inputs)
        brief = compose(
            inputs,
            verdict,
            date=day.isoformat(),
            composed_at=until,
            prose=prose,
            times=self._profile.times,
            words=self._settings.words,
            site=self._site,
        )
        return brief, verdict

    def _personal(self, rows: Sequence[dict[str, Any]], earlier: Sequence[Brief], day: date) -> None:
        """Note in each row what the reader was told of it, and what of it is of interest to the reader."""
        told = told_before(earlier, day)
        interests = self._profile.interests
        for row in rows:
            row["touched"] = touched(row, interests)
            row["watched"] = row["signal_id"] in interests.signals
            if known := told.get(row["signal_id"]):
                row["told"] = known[1]
                if not earlier or known[0] != earlier[0].date:
                    row["told_on"], row["strength_before"] = known

    def _verdict(self, inputs: Mapping[str, Any]) -> Worthiness:
        outcomes = inputs["outcomes"]
        day = Day(
            articles=sum(outcomes.values()), deferred=outcomes.get("deferred", 0), candidates=inputs["candidates"]
        )
        thresholds = Thresholds(move=self._settings.move, score=self._settings.threshold, items=self._settings.items)
        return worthiness([moved(row) for row in inputs["signals"]], day, thresholds)


def untold_since(briefs: Sequence[Brief], day: date, since_n: int, since: datetime) -> tuple[int, datetime]:
    """Return the commit, and its time, since which nothing was told: those of the last of `briefs`, newest first, that
    said something.

    What happened on days with nothing worth saying is carried on for `CARRY` days, so that it can add up.
    """
    first = (day - timedelta(days=CARRY)).isoformat()
    for brief in briefs:
        if not first <= brief.date < day.isoformat():
            continue
        if brief.worth_saying:
            return max(brief.until_n, 0), brief.composed_at
        if brief.since_n <= since_n:
            since_n, since = brief.since_n, brief.since
    return since_n, since


def told_before(briefs: Sequence[Brief], day: date) -> dict[str, tuple[str, float]]:
    """Return of each signal the day and the strength with which one of `briefs`, newest first, last told of it.

    Only briefs of before `day`, and of the `MEMORY` days before it.
    """
    found: dict[str, tuple[str, float]] = {}
    first = (day - timedelta(days=MEMORY)).isoformat()
    for brief in briefs:
        if first <= brief.date < day.isoformat() and brief.worth_saying:
            body = decode_body(brief.body)
            said = [(one.signal_id, one.strength_after) for one in body.items]
            said += [(one.signal_id, one.strength_after) for one in body.lines]
            for signal_id, strength in said:
                found.setdefault(signal_id, (brief.date, strength))
    return found


def moved(row: Mapping[str, Any]) -> Moved:
    """Return what worthiness asks of one signal's window.

    What articles of long ago bring is worth saying only by the strength that it gives today.
    """
    window = row["window"]
    kinds = tuple(event["kind"] for event in window if not event.get("late"))
    published = any(event["kind"] == "published" for event in window)
    return Moved(
        signal_id=row["signal_id"],
        state=row["state"],
        kind_of_events=kinds,
        strength_before=0.0 if published else row["strength_before"],
        strength_after=row["strength_after"],
        families=row["family_count"],
        stories=row["story_count"],
        first_published="published" in kinds,
        new_families=row["family_count"] if published else max(0, window[-1]["families"] - window[0]["families"]),
        told=row.get("told"),
        interests=tuple(row.get("touched", ())),
        watched=bool(row.get("watched", False)),
        title=row["title"],
    )


def end_of(day: date, times: Times) -> datetime:
    """Return the last microsecond of a day in the reader's zone."""
    return datetime.combine(day + timedelta(days=1), time(), times.tzinfo).astimezone(UTC) - timedelta(microseconds=1)
