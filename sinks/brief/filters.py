"""The words that templates use for times, links, quotes and numbers; shared with the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sinks.brief.anchored import anchored
from sinks.brief.byline import byline
from sinks.brief.contested import contested
from sinks.brief.links import link
from sinks.brief.times import Times, iso


def strength(value: float) -> str:
    """Return a strength with the one decimal that readers see."""
    return f"{value:.1f}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return "1 story", "2 stories"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def filters(times: Times) -> dict[str, Callable[..., Any]]:
    """Return the filters of templates for a reader who has these times."""
    return {
        "anchored": anchored,
        "byline": byline,
        "contested": contested,
        "counted": counted,
        "day": times.day,
        "iso": iso,
        "link": link,
        "long_date": times.long_date,
        "minute": times.minute,
        "short_date": times.short_date,
        "strength": strength,
    }
