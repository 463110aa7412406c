"""The brief as one HTML page that stands alone: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment

from sinks.brief.items import BriefBody
from sinks.brief.said import Said, templates
from sinks.brief.times import Times


@cache
def _templates(times: Times) -> Environment:
    return templates(times, autoescape=True)


def brief_html(said: Said, body: BriefBody) -> str:
    """Return the page. All foreign text is escaped; only http and https addresses become links."""
    return _templates(said.times).get_template("brief.html").render(said=said, body=body)
