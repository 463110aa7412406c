"""The brief as one HTML page that stands alone: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from sinks.brief.class_line import class_line
from sinks.brief.filters import filters
from sinks.brief.items import BriefBody
from sinks.brief.times import Times


@cache
def _templates(times: Times) -> Environment:
    made = Environment(
        loader=PackageLoader("sinks.brief"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(filters(times))
    made.globals["class_line"] = class_line
    return made


def brief_html(
    date: str, headline: str, worth_saying: bool, reasons: Sequence[str], body: BriefBody, times: Times
) -> str:
    """Return the page. All foreign text is escaped; only http and https addresses become links."""
    return (
        _templates(times)
        .get_template("brief.html")
        .render(date=date, headline=headline, worth_saying=worth_saying, reasons=reasons, body=body)
    )
