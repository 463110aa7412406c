"""Every page of the site that a reader can open. A new page gets into all browser tests by one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PageCase:
    """A page of the demo. Braces in `path` and `heading` are filled from the demo (`known.py`).

    `json` says whether the page has a JSON twin, `status` how it answers.
    """

    path: str
    heading: str
    json: bool = True
    status: int = 200

    def filled(self, known: Mapping[str, str]) -> PageCase:
        """Return the page with the demo's ids, dates and titles in it."""
        return PageCase(self.path.format_map(known), self.heading.format_map(known), self.json, self.status)


PAGES: Final = (
    PageCase("/", "The Bellwether"),
    PageCase("/briefs", "All briefs"),
    PageCase("/briefs/{told}", "The Bellwether"),
    PageCase("/briefs/{quiet}", "The Bellwether"),
    PageCase("/signals", "All signals"),
    PageCase("/signals?kind=structural&sort=title&min=9.9", "All signals"),
    PageCase("/signals/{signal}", "{title}"),
    PageCase("/signals/{signal}?as_of={day}", "{title_then}"),
    PageCase("/signals/{signal}/why", "Why"),
    PageCase("/articles/{article}", "{article_title}"),
    PageCase("/imported", "Imported pages"),
    PageCase("/signals/{imported}", "{imported_title}"),
    PageCase("/feeds", "Feeds"),
    PageCase("/costs", "Costs"),
    PageCase("/generations", "Generations"),
    PageCase("/compare?a=live&b=strict", "live and strict"),
    PageCase("/compare?a=live&b=strict&what=divided", "live and strict"),
    PageCase("/compare?a=live&b=strict&signal={signal}", "{title}"),
    PageCase("/compare?a=live&b=nobody", "Not found", json=False, status=404),
    PageCase("/analyst", "Analyst", json=False),
    PageCase("/commands", "Commands"),
    PageCase("/signals/nothing-has-this-id", "Not found", json=False, status=404),
    PageCase("/signals/{signal}?as_of=someday", "Not possible", json=False, status=400),
)
