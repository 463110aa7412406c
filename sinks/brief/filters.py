"""The words that templates use for times, links, quotes and numbers; shared with the site."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from sinks.brief.anchored import anchored
from sinks.brief.byline import byline
from sinks.brief.contested import contested
from sinks.brief.links import link
from sinks.brief.since import since
from sinks.brief.times import Times, iso


def strength(value: float) -> str:
    """Return a strength with the one decimal that readers see."""
    return f"{value:.1f}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return "1 story", "2 stories"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def page(one: Any, said: Any) -> str:
    """Return the address of a signal's page, "" without a site."""
    return f"{said.site}/signals/{quote(one.signal_id, safe='')}" if said.site else ""


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
        "page": page,
        "short_date": times.short_date,
        "since": partial(since, times),
        "strength": strength,
    }
