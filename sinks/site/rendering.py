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
    """

    def __init__(self, analyst: str = "", profile: Profile | None = None) -> None:
        profile = profile or Profile()
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader("sinks.site"), PrefixLoader({"brief": PackageLoader("sinks.brief")})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(filters(profile.times))
        self._environment.globals["class_line"] = class_line
        self._environment.globals.update(analyst=analyst, profile=profile)

    def answer(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Return the page."""
        page = self._environment.get_template(template).render(values)
        return HTMLResponse(page, status_code=status)


def json_answer(value: Any, status: int = 200) -> Response:
    """Return `value` as JSON: aware times in ISO 8601 (UTC as Z), dataclasses as objects."""
    content = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=1)
    return Response(content, status_code=status, media_type="application/json")


def stylesheet() -> bytes:
    """Return the one style sheet: the brief's typography, then what only the site has."""
    brief = files("sinks.brief").joinpath("templates/brief.css").read_bytes()
    return brief + files("sinks.site").joinpath("static/style.css").read_bytes()
