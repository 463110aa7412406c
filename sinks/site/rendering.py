"""Turns templates and values into answers: pages with everything escaped, JSON with times in UTC."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from sinks.brief.class_line import class_line
from sinks.brief.filters import filters
from sinks.profile import Profile


class Pages:
    """The templates of the site and of the brief (under `brief/`). Safe to use from several threads.

    `analyst` names who reads the articles now, at the foot of every page, "" for nobody; `profile` is the reader.
    With `commands` analysts can give some, with `generations` there are pages that compare them.
    """

    def __init__(
        self, analyst: str = "", profile: Profile | None = None, *, commands: bool = False, generations: bool = False
    ) -> None:
        self.profile = profile = profile or Profile()
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader("sinks.site"), PrefixLoader({"brief": PackageLoader("sinks.brief")})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        times, territories = profile.times, profile.times.territories
        self._environment.filters.update(filters(times))
        self._environment.filters["year"] = lambda at: times.date_of(at).year
        self._environment.filters["iso_day"] = lambda at: times.date_of(at).isoformat()
        self._environment.filters["territory"] = lambda code: territories.get(code, code)
        self._environment.globals["class_line"] = class_line
        self._environment.globals.update(analyst=analyst, profile=profile, commands=commands, generations=generations)

    def answer(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return the page."""
        page = self._environment.get_template(template).render(values)
        return HTMLResponse(page, status_code=status)


def json_answer(value: Any, status: int = 200) -> Response:
    """Return `value` as JSON: aware times in ISO 8601 (UTC as Z), dataclasses as objects."""
    content = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=1)
    return Response(content, status_code=status, media_type="application/json")


def assets() -> dict[str, tuple[bytes, str]]:
    """Return what pages load, by name: content and media type. The style is the brief's, then the site's own."""
    brief = files("sinks.brief").joinpath("templates/brief.css").read_bytes()
    static = files("sinks.site").joinpath("static")
    return {
        "style.css": (brief + static.joinpath("style.css").read_bytes(), "text/css"),
        "app.js": (static.joinpath("app.js").read_bytes(), "text/javascript"),
    }
