"""One line of JSON to one draft: what `bellwether ingest` accepts, and why it refuses the rest. Pure.

A line is a JSON object (https://jsonlines.org) with `title` and/or `text`, `published` (ISO 8601, or an
epoch in seconds or milliseconds; without a zone it is UTC), `url` and/or `id`, and optionally `publisher`
and `language`. Other fields are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from producers.canonical import article_id, canonical_url, registrable_domain
from producers.content_hash import content_hash
from producers.dates import OLDEST, as_utc, clamp
from producers.draft import MAX_ID, MAX_NAME, MAX_TEXT, MAX_TITLE, Draft

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s")
_HEADLINE = 110
_DECODER = msgspec.json.Decoder()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = 100_000_000_000  # as seconds this is the year 5138
_DIGITS = re.compile(r"-?\d{9,}(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class LineError:
    """A line that does not fit: its number, counted from 1, and the reason in words."""

    number: int
    reason: str


class Unfit(Exception):
    """Carries the reason to the edge of `read_line`."""


def read_line(
    raw: bytes,
    number: int,
    fetched_at: datetime,
    family_of: Callable[[str, str], str],
    language_of: Callable[[str, str], str],
) -> Draft | LineError:
    """Return the draft of line `number`, or why there is none. Never raises for any bytes.

    `family_of(url, publisher)` and `language_of(text, declared)` are given so that this stays free of models.
    """
    try:
        return _draft(_object(raw), fetched_at, family_of, language_of)
    except Unfit as unfit:
        return LineError(number, str(unfit))


def headline_of(text: str) -> str:
    """Return the first sentence of `text`, cut at a word near 110 characters."""
    first = " ".join(_SENTENCE.split(text.strip(), maxsplit=1)[0].split())
    if len(first) <= _HEADLINE:
        return first
    cut = first[: _HEADLINE - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > _HEADLINE // 2 else cut).rstrip(" ,;:–—-") + "…"


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = _DECODER.decode(raw)
    except UnicodeDecodeError:
        raise Unfit("not valid UTF-8") from None
    except RecursionError:
        raise Unfit("nested too deeply") from None
    except msgspec.DecodeError as error:
        reason = str(error)
        if "surrogate" in reason:
            raise Unfit("holds half of a surrogate pair, which is no character") from None
        if "utf-8" in reason.lower():
            raise Unfit("not valid UTF-8") from None
        raise Unfit(f"not valid JSON: {reason}") from None
    if not isinstance(value, dict):
        raise Unfit("not a JSON object")
    return value


def _draft(
    fields: dict[str, Any],
    fetched_at: datetime,
    family_of: Callable[[str, str], str],
    language_of: Callable[[str, str], str],
) -> Draft:
    title = " ".join(_text(fields, "title", MAX_TITLE).split())
    text = _text(fields, "text", MAX_TEXT)
    if not title and not text.strip():
        raise Unfit("neither title nor text")
    published = _published(fields.get("published"))
    given_url = _text(fields, "url", 4096).strip()
    external_id = _identifier(fields.get("id"))
    if not given_url and not external_id:
        raise Unfit("neither url nor id")
    url = canonical_url(given_url) if given_url else ""
    if given_url and not url:
        raise Unfit("url: not an http or https address")
    publisher = " ".join(_text(fields, "publisher", MAX_NAME).split())
    publisher = publisher or (registrable_domain(url) if url else "") or "unknown"
    text = text if text.strip() else title
    title = title or headline_of(text)
    dated = clamp(published, fetched_at, ancient_at=OLDEST)
    return Draft(
        article_id=article_id(url, external_id),
        url=url,
        external_id=external_id,
        title=title,
        text=text,
        publisher=publisher,
        family=family_of(url, publisher),
        language=language_of(text, _text(fields, "language", 100)),
        published_at=dated.at,
        fetched_at=fetched_at,
        date_flag=dated.flag,
        text_origin="given",
        note="" if dated.flag == "ok" else f"published {published.isoformat()}, which is too {_TOO[dated.flag]}",
        feed_url="",
        content_hash=content_hash(title, text),
    )


_TOO = {"future": "far ahead", "ancient": "long ago", "missing": "unclear"}


def _text(fields: dict[str, Any], name: str, most: int) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unfit(f"{name}: must be a text, not {_kind(value)}")
    if len(value) > most:
        raise Unfit(f"{name}: longer than {most:,} characters")
    if "\x00" in value:
        raise Unfit(f"{name}: holds a NUL character")
    return _CONTROL.sub("", value.replace("\r\n", "\n")) if _CONTROL.search(value) else value


def _identifier(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unfit(f"id: must be a text or a whole number, not {_kind(value)}")
    name = str(value)
    if len(name) > MAX_ID:
        raise Unfit(f"id: longer than {MAX_ID:,} characters")
    if _CONTROL.search(name):
        raise Unfit("id: holds a control character")
    return name.strip()


def _published(value: Any) -> datetime:
    if value is None or value == "":
        raise Unfit("published is missing")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit(f"published: must be a date or an epoch, not {_kind(value)}")
    try:
        if not isinstance(value, str):
            return _epoch(value)
        stripped = value.strip()
        if _DIGITS.fullmatch(stripped):
            return _epoch(float(stripped))
        return as_utc(datetime.fromisoformat(stripped.replace(" UTC", "Z")))
    except (ValueError, OverflowError):
        shown = str(value) if len(str(value)) <= 40 else str(value)[:40] + "…"
        raise Unfit(f"published: {shown!r} is neither an ISO 8601 date nor an epoch") from None


def _epoch(value: float) -> datetime:
    seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
    return _EPOCH + timedelta(seconds=seconds)


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        str: "a text",
    }
    return names.get(type(value), type(value).__name__)
