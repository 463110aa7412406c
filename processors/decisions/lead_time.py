"""Was it early? When a signal passed its milestones, against the dates on which its articles appeared. Pure.

A milestone is the time of the signal's first event that shows it: `opened` (its first event), `published`, and `5` and
`7`, the first event after which its strength is at least that. Of each, with A the articles that count for the signal
today and t the milestone:

    articles       share of A published at or before t
    families       share of the publisher families in A of which an article was published at or before t
    before_median  days from t to the median date of publication in A (of an even number the middle of the two)
    before_last    days from t to the last date of publication in A
    before_peak    days from t to the beginning (UTC) of the day on which most of A were published, the first of equals

Days are fractions of 24 hours, negative when the milestone came later. It is hindsight: A is what is known at the end,
under the settings with which this history was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

MILESTONES: Final = ("opened", "published", "5", "7")
LIMITS: Final[Mapping[str, float]] = {"5": 5.0, "7": 7.0}
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Appeared:
    """One article of a signal: who published it, and when it first appeared (UTC)."""

    article_id: str
    family: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a signal, in order of seq."""

    kind: str
    at: datetime
    strength: float  # after it


@dataclass(frozen=True, slots=True)
class Milestone:
    """When it was passed, and how much of the signal's articles had appeared by then. See the module."""

    at: datetime
    articles: float
    families: float
    before_median: float
    before_last: float
    before_peak: float


@dataclass(frozen=True, slots=True)
class Lead:
    """A signal's milestones by name, without those that it never passed, and its articles' dates (UTC)."""

    articles: int
    families: int
    first: datetime
    median: datetime
    last: datetime
    peak: datetime  # the beginning of the day
    strongest: float  # after any of its events
    milestones: Mapping[str, Milestone]


@dataclass(frozen=True, slots=True)
class Total:
    """One milestone over many signals: how many passed it, how many never, and medians over those that did."""

    passed: int
    never: int
    articles: float | None
    before_median: float | None
    before_last: float | None
    before_peak: float | None


def lead_of(steps: Sequence[Step], articles: Iterable[Appeared]) -> Lead | None:
    """Return the lead of one signal; None without an event or an article. An article given twice counts once."""
    firsts: dict[str, Appeared] = {}
    for one in articles:
        if one.article_id not in firsts or one.at < firsts[one.article_id].at:
            firsts[one.article_id] = one
    if not steps or not firsts:
        return None
    dates = sorted(one.at for one in firsts.values())
    families: dict[str, datetime] = {}
    for one in firsts.values():
        families[one.family] = min(one.at, families.get(one.family, one.at))
    middle, peak = _median(dates), _peak(dates)

    def passed(at: datetime) -> Milestone:
        return Milestone(
            at,
            sum(date <= at for date in dates) / len(dates),
            sum(first <= at for first in families.values()) / len(families),
            (middle - at) / _DAY,
            (dates[-1] - at) / _DAY,
            (peak - at) / _DAY,
        )

    found = {name: passed(at) for name, at in _passed(steps).items()}
    strongest = max(step.strength for step in steps)
    return Lead(len(dates), len(families), dates[0], middle, dates[-1], peak, strongest, found)


def totals(leads: Sequence[Lead]) -> dict[str, Total]:
    """Return the sum over signals of each milestone."""
    found = {}
    for name in MILESTONES:
        passed = [lead.milestones[name] for lead in leads if name in lead.milestones]
        found[name] = Total(
            len(passed),
            len(leads) - len(passed),
            _middle([each.articles for each in passed]),
            _middle([each.before_median for each in passed]),
            _middle([each.before_last for each in passed]),
            _middle([each.before_peak for each in passed]),
        )
    return found


def earliness(lead: Lead) -> tuple[float, ...]:
    """Return a key by which the earliest signal comes first: days before the median at 5, else published, else opened.

    Those that never reached 5 come after all that did, and so on.
    """
    for place, name in enumerate(("5", "published", "opened")):
        if name in lead.milestones:
            return (float(place), -lead.milestones[name].before_median)
    return (3.0, 0.0)


def _passed(steps: Sequence[Step]) -> dict[str, datetime]:
    found = {"opened": steps[0].at}
    for step in steps:
        if step.kind == "published":
            found.setdefault("published", step.at)
        for name, limit in LIMITS.items():
            if step.strength >= limit:
                found.setdefault(name, step.at)
    return found


def _median(dates: Sequence[datetime]) -> datetime:
    half = len(dates) // 2
    return dates[half] if len(dates) % 2 else dates[half - 1] + (dates[half] - dates[half - 1]) / 2


def _peak(dates: Iterable[datetime]) -> datetime:
    days = Counter(date.astimezone(UTC).date() for date in dates)
    day = min(days, key=lambda each: (-days[each], each))
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _middle(values: Sequence[float]) -> float | None:
    return median(values) if values else None
