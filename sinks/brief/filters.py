"""The words that templates use for times, links, quotes and numbers; shared with the site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sinks.brief.anchored import anchored
from sinks.brief.byline import byline
from sinks.brief.contested import contested
from sinks.brief.links import link
from sinks.brief.times import day, iso, long_date, minute


def strength(value: float) -> str:
    """Return a strength with the one decimal that readers see."""
    return f"{value:.1f}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return "1 story", "2 stories"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "anchored": anchored,
    "byline": byline,
    "contested": contested,
    "counted": counted,
    "day": day,
    "iso": iso,
    "link": link,
    "long_date": long_date,
    "minute": minute,
    "strength": strength,
}
