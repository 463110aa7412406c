"""The lexicon: every shipped word list in one Aho–Corasick automaton, read once.

One pass over a text finds all places, sectors, organisations and cues
(Aho & Corasick 1975, doi:10.1145/360825.360855).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import ahocorasick

from schemas.vocabulary import SECTORS

_DATA = Path(__file__).parent / "data"
CUES, PLACE, WEAK_PLACE, SECTOR, ORGANISATION = "cue", "place", "weak place", "sector", "organisation"


class Hit(NamedTuple):
    """`text[start:end]` is an entry of a word list: `family` is its kind, `value` the list or code."""

    start: int
    end: int
    family: str
    value: str


class _Entry(NamedTuple):
    family: str
    value: str
    exact: str  # how it must be written, "" for any case


class Lexicon:
    """All word lists, searched at once."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """Take `(family, value, phrase)` rows. Places and organisations match only as written."""
        table: dict[str, list[_Entry]] = {}
        for family, value, phrase in entries:
            as_written = family in (PLACE, WEAK_PLACE, ORGANISATION) or (family == SECTOR and phrase != phrase.lower())
            for written in {phrase, phrase.replace("'", "’")}:
                entry = _Entry(family, value, written if as_written else "")
                table.setdefault(written.lower(), []).append(entry)
        self._automaton = ahocorasick.Automaton()
        for key, found in table.items():
            self._automaton.add_word(key, (len(key), tuple(found)))
        self._automaton.make_automaton()

    def hits(self, text: str) -> list[Hit]:
        """Return the entries found at word borders in `text`, by end and then by start.

        A sector's keyword may carry a plural -s. A place inside a longer place ("Mexico" in "New Mexico") is
        left out.
        """
        found: list[Hit] = []
        lower = same_length_lower(text)
        size = len(text)
        for last, (length, entries) in self._automaton.iter(lower):
            start, end = last - length + 1, last + 1
            if start and lower[start - 1].isalnum():
                continue
            bare = end >= size or not lower[end].isalnum()
            plural = not bare and lower[end] == "s" and (end + 1 >= size or not lower[end + 1].isalnum())
            if not bare and not plural:
                continue
            for family, value, exact in entries:
                if (plural and family != SECTOR) or (exact and text[start:end] != exact):
                    continue
                found.append(Hit(start, end, family, value))
        return list(_longest_places(found))


def _longest_places(hits: list[Hit]) -> Iterator[Hit]:
    kept: set[Hit] = set()
    reach = -1
    for hit in sorted((h for h in hits if h.family in (PLACE, WEAK_PLACE)), key=lambda h: (h.start, -h.end)):
        if hit.end > reach:
            kept.add(hit)
            reach = hit.end
    return (hit for hit in hits if hit in kept or hit.family not in (PLACE, WEAK_PLACE))


def same_length_lower(text: str) -> str:
    """Return `text` in lower case with every character at its old place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


@lru_cache(maxsize=8)
def lexicon(sectors: tuple[str, ...] = SECTORS) -> Lexicon:
    """Return the lexicon for these sectors; one that ships no keywords is matched by its own name."""
    return Lexicon(_rows(sectors))


def _rows(sectors: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for code, clear, weak in _table("places.tsv", 3):
        yield from ((PLACE, code, name) for name in clear.split("|"))
        yield from ((WEAK_PLACE, code, name) for name in weak.split("|") if name)
    shipped = set()
    for sector, keywords, _ in _table("sectors.tsv", 3):
        if sector in sectors:
            shipped.add(sector)
            yield from ((SECTOR, sector, keyword) for keyword in keywords.split("|"))
    yield from ((SECTOR, sector, sector) for sector in sectors if sector not in shipped)
    for names, *_ in _table("organisations.tsv", 1):
        yield from ((ORGANISATION, name, name) for name in names.split("|"))
    with (_DATA / "cues.toml").open("rb") as file:
        for cue, phrases in tomllib.load(file).items():
            yield from ((CUES, cue, phrase) for phrase in phrases)


def _table(name: str, columns: int) -> Iterator[list[str]]:
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (columns - len(cells))
