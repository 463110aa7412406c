"""Which signal somebody means who writes an id, an address or words of a title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from starlette.exceptions import HTTPException

from sinks.site.ports import Row, Sources

_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Several:
    """Signals whose titles hold the words, strongest first; nobody but the analyst knows which one is meant."""

    words: str
    rows: tuple[Row, ...]
    more: int


def merge_target(sources: Sources, signal_id: str, text: str) -> str | Several:
    """Return the id of the signal that is meant, or those that may be. Raises HTTPException when there is none."""
    text = " ".join(text.split())
    if not text:
        raise HTTPException(400, "Say which signal this one is to go up in: by its id, its address or its title.")
    if "/signals/" in text:
        text = _id_in(text)
    rows = sources.reader.listing(sources.now()).rows
    if text in rows:
        return text
    if " " not in text and sources.reader.signal(text, sources.now(), most=1) is not None:
        return text  # one that is not listed: a candidate, or merged since
    wanted = text.casefold()
    others = [row for row in rows.values() if row["signal_id"] != signal_id]
    same = [row["signal_id"] for row in others if row["title"].casefold() == wanted]
    if len(same) == 1:
        return str(same[0])
    words = wanted.split()
    found = [row for row in others if all(word in row["title"].casefold() for word in words)]
    if not found:
        raise HTTPException(400, f"No other signal has the id or the title “{text[:120]}”.")
    found.sort(key=lambda row: (-row["strength"], row["signal_id"]))
    return Several(text, tuple(found[:_MOST]), max(0, len(found) - _MOST))


def _id_in(address: str) -> str:
    """Return the id in the address of a signal's page. Raises HTTPException when there is none."""
    try:
        path = urlsplit(address).path
    except ValueError as error:
        raise HTTPException(400, f"“{address[:120]}” is no address: copy it from the other signal's page.") from error
    found = unquote(path.rpartition("/signals/")[2].partition("/")[0]).strip()
    if not found:
        raise HTTPException(400, f"“{address[:120]}” is the address of no signal: copy it from the other one's page.")
    return found
