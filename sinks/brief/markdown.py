"""The brief as Markdown (CommonMark). Every value is escaped by default; only checked links are not."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from sinks.brief.items import BriefBody
from sinks.brief.links import link
from sinks.brief.said import Said, templates
from sinks.brief.times import Times

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|~&]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SPACE: Final = re.compile(r"\s+")


class _Written(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escaped(text: str) -> str:
    """Return foreign text as one line of Markdown that reads as it is: no markup, no raw HTML."""
    return _inline(text).strip()


def linked(text: str, url: str) -> _Written:
    """Return a link if `url` may be one, else the bare text."""
    if not (target := link(url)):
        return _Written(escaped(text))
    return _Written(f"[{escaped(text)}](<{target}>)")


def glued(before: str, anchor: str, after: str) -> _Written:
    """Return a quote on one line, its anchor strong."""
    strong = f"**{_inline(anchor)}**" if anchor.strip() else _inline(anchor)
    return _Written((_inline(before) + strong + _inline(after)).strip())


def _inline(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", _SPACE.sub(" ", _CONTROL.sub("", text)))


def _finalize(value: Any) -> Any:
    return value if isinstance(value, _Written) else escaped(str(value))


@cache
def _templates(times: Times) -> Environment:
    # Autoescape is for HTML; here `finalize` escapes every value that a template writes. Hence no macros: their
    # result would be escaped twice.
    made = templates(times, finalize=_finalize)
    made.globals.update(glued=glued, linked=linked)
    return made


def brief_markdown(said: Said, body: BriefBody) -> str:
    """Return the brief as Markdown, ending with a line break."""
    return _templates(said.times).get_template("brief.md").render(said=said, body=body)
