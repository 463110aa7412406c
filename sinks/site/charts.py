"""Charts as SVG without script: where the points lie. Pure; a strength goes from 0 at the bottom to 10 at the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sinks.clickhouse.by_signal import Point

SPARK: Final = (100.0, 24.0)  # width and height in units of the view box
CHART: Final = (640.0, 160.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One event on the chart: where, and what stands behind it."""

    x: float
    y: float
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """A strength over time. `line` and `area` are points of a polyline and of the polygon beneath it."""

    line: str
    area: str
    steps: tuple[Step, ...]
    since: datetime
    until: datetime


def sparkline(points: Sequence[tuple[datetime, float]], since: datetime, now: datetime, strength: float) -> str:
    """Return the points of a polyline from `since` to `now`; "" without any history."""
    known = [(at, value) for at, value in points if at <= now]
    if not known:
        return ""
    width, height = SPARK
    placed = [(_part(at, since, now) * width, _height(value, height)) for at, value in known]
    return _joined([*placed, (width, _height(strength, height))])


def chart(curve: Sequence[Point], events: Sequence[Mapping[str, Any]], now: datetime) -> Chart | None:
    """Return the chart of one signal: `curve` oldest first, `events` with `at` and `strength_after`.

    None where there is nothing to draw.
    """
    if not curve:
        return None
    width, height = CHART
    since = curve[0].at
    until = max(now, curve[-1].at)
    line = [(_part(point.at, since, until) * width, _height(point.strength, height)) for point in curve]
    line.append((width, line[-1][1]))
    area = [(line[0][0], height), *line, (width, height)]
    steps = tuple(
        Step(
            round(_part(event["at"], since, until) * width, 1),
            round(_height(float(event["strength_after"]), height), 1),
            event,
        )
        for event in events
        if since - timedelta(days=1) < event["at"] <= until  # the first point is up to a day behind what opened it
    )
    return Chart(_joined(line), _joined(area), steps, since, until)


@dataclass(frozen=True, slots=True)
class Overlay:
    """Two strengths over one time, as steps from 0 on. A line is "" where there is nothing."""

    a: str
    b: str
    since: datetime
    until: datetime


def overlay(
    a: Sequence[tuple[datetime, float]], b: Sequence[tuple[datetime, float]], until: datetime | None = None
) -> Overlay | None:
    """Return both lines (steps, oldest first: when a strength became what), None where there is neither."""
    times = [at for at, _ in (*a, *b)]
    if not times:
        return None
    since, last = min(times), max([*times, *([until] if until else [])])
    return Overlay(_stairs(a, since, last), _stairs(b, since, last), since, last)


def _stairs(steps: Sequence[tuple[datetime, float]], since: datetime, until: datetime) -> str:
    if not steps:
        return ""
    width, height = CHART
    points, level = [(_part(steps[0][0], since, until) * width, height)], height
    for at, value in steps:
        x = _part(at, since, until) * width
        points.append((x, level))
        level = _height(value, height)
        points.append((x, level))
    points.append((width, level))
    return _joined([point for number, point in enumerate(points) if not number or point != points[number - 1]])


def _part(at: datetime, since: datetime, until: datetime) -> float:
    """Return where `at` lies between the two, 0 to 1."""
    span = (until - since).total_seconds()
    return min(1.0, max(0.0, (at - since).total_seconds() / span)) if span > 0 else 1.0


def _height(strength: float, height: float) -> float:
    return height - min(max(strength, 0.0), 10.0) / 10.0 * height


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
