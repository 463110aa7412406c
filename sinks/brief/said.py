"""What every form of a brief is made from, and how its templates are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from sinks.brief.class_line import class_line
from sinks.brief.filters import filters
from sinks.brief.times import Times


@dataclass(frozen=True, slots=True)
class Said:
    """The brief without its body. `date` is a day of the reader's ("2026-04-15"), `times` are the reader's.

    `site` is the address of the pages, without a slash at its end; "" when titles link nowhere.
    """

    date: str
    headline: str
    worth_saying: bool
    reasons: Sequence[str]
    times: Times
    site: str = ""


def templates(times: Times, **given: Any) -> Environment:
    """Return an environment of this package's templates with a reader's times in their filters."""
    made = Environment(  # noqa: S701 - each form says itself how it escapes
        loader=PackageLoader("sinks.brief"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **given
    )
    made.filters.update(filters(times))
    made.globals["class_line"] = class_line
    return made
