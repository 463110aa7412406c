"""The newsroom's HTML pages, from the templates beside this file. All but our own markup is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.demo.articles import DAYS, Publisher, Sample
from infra.demo.desk import Alert
from infra.demo.edition import Printed, to_html

MORE: Final = 4
_BLANK: Final = Sample(key="", label="", publisher="meridian-wire", title="", body="")


def _pretty(payload: Any) -> str:
    text = json.dumps(payload, indent=1, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # JSON may carry lone surrogates


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
_TEMPLATES.filters["pretty"] = _pretty

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}
MAINTENANCE: Final = (
    "<!DOCTYPE html><html lang='en'><head><title>Back soon</title></head><body><h1>We are moving house</h1>"
    "<p>Our presses are on a lorry. Please come back on Thursday.</p></body></html>"
)


def article_page(item: Printed, shelf: Sequence[Printed]) -> str:
    """One article amid navigation, cookie banner, links to others of its publisher, and footer."""
    more = [other for other in shelf if other.slug != item.slug][:MORE]
    template = _TEMPLATES.get_template("article.html")
    return template.render(item=item, body=to_html(item.blocks), more=more, language=item.language)


def index_page(now: datetime, day: int, shelves: Iterable[tuple[Publisher, str, Sequence[Printed]]]) -> str:
    """Each publisher with the path of its feed and its latest headlines."""
    return _TEMPLATES.get_template("index.html").render(now=now, day=day, days=DAYS, shelves=list(shelves))


def desk_page(
    publishers: Iterable[Publisher],
    samples: Sequence[Sample],
    live: Sequence[Printed],
    draft: Sample | None = None,
    error: str = "",
) -> str:
    """The form for a live article, filled with `draft`."""
    return _TEMPLATES.get_template("desk.html").render(
        publishers=list(publishers), samples=samples, live=live, draft=draft or _BLANK, error=error
    )


def alerts_page(alerts: Sequence[Alert]) -> str:
    """The webhook alerts, newest first; reloads itself."""
    return _TEMPLATES.get_template("alerts.html").render(alerts=alerts)


def opml(feeds: Iterable[tuple[str, str]]) -> str:
    """An OPML list of (title, feed URL)."""
    outlines = "".join(
        f"  <outline type='rss' text={quoteattr(title)} xmlUrl={quoteattr(url)}/>\n" for title, url in feeds
    )
    head = "<?xml version='1.0' encoding='utf-8'?>\n<opml version='2.0'><head><title>The newsroom</title></head>"
    return f"{head}<body>\n{outlines}</body></opml>\n"
