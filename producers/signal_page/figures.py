"""The two lines under a signal's title: its figures, and its class. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from producers.signal_page.dates import Dates
from schemas.errors import BadInput
from schemas.vocabulary import COUNTRIES, KINDS, LENSES, SECTORS

_STRENGTH: Final = re.compile(r"str(?:ength)?\s*(\d+(?:[.,]\d+)?)(?![\w/.-])", re.IGNORECASE)
_EXTRACTED: Final = re.compile(r"extracted\s*(\d[\d,.]*)\s*[×x✕]\s*([^·|]*)", re.IGNORECASE)
_REINFORCED: Final = re.compile(r"last reinforced:?\s*([^·|]*)", re.IGNORECASE)
_ARTICLES: Final = re.compile(r"(?<![\w/.-])(\d[\d,.]*)\s*articles?\b", re.IGNORECASE)
_MOST: Final = 2000  # characters of the figures; a longer line is something else
_KNOWN_SECTORS: Final = frozenset(sector.casefold() for sector in SECTORS)


@dataclass(frozen=True, slots=True)
class Figures:
    """`first_written` is the first date as the page writes it."""

    strength: float
    times_extracted: int
    first_day: date
    first_written: str
    last_reinforced: date
    articles: int


@dataclass(frozen=True, slots=True)
class Class:
    """Words as written, known or not."""

    kind: str
    lens: str
    sectors: tuple[str, ...]
    geographies: tuple[str, ...]


def begins_figures(line: str) -> bool:
    """Say whether a line begins with "str 8"."""
    return _STRENGTH.match(line) is not None


def has_all(line: str) -> bool:
    """Say whether a line has all four figures."""
    return len(line) <= _MOST and not _missing(line)


def _missing(line: str) -> list[str]:
    wanted = {
        "“str N”": _STRENGTH.match(line),
        "“extracted N× DATE”": _EXTRACTED.search(line),
        "“last reinforced DATE”": _REINFORCED.search(line),
        "“N articles”": _ARTICLES.search(line),
    }
    return [name for name, found in wanted.items() if found is None]


def read_figures(line: str, dates: Dates) -> Figures:
    """Return the figures of `str 8 extracted 13× 4/15/2026 · last reinforced 5/19/2026 · 21 articles`.

    Raises BadInput with what is missing or impossible.
    """
    if len(line) > _MOST:
        raise BadInput(f"the line of figures is longer than {_MOST} characters")
    if missing := _missing(line):
        raise BadInput(f"the line of figures lacks {' and '.join(missing)}")
    strength, extracted = _STRENGTH.match(line), _EXTRACTED.search(line)
    reinforced, articles = _REINFORCED.search(line), _ARTICLES.search(line)
    assert strength is not None
    assert extracted is not None
    assert reinforced is not None
    assert articles is not None
    first = extracted[2].strip()
    return Figures(
        strength=float(strength[1].replace(",", ".")),
        times_extracted=_count(extracted[1]),
        first_day=dates.day(first),
        first_written=first,
        last_reinforced=dates.day(reinforced[1].strip()),
        articles=_count(articles[1]),
    )


def _count(text: str) -> int:
    digits = re.sub(r"[.,]", "", text)
    if len(digits) > 12:
        raise BadInput(f"{text}: no count is that large")
    return int(digits)


def read_class(line: str, warn: Callable[[str], None]) -> Class | None:
    """Return the class of `structural · investment · AI, defense · US, CN`, None for another line.

    Words that no vocabulary has are kept and warned of; where a part is missing, codes of countries tell which.
    """
    parts = [part.strip() for part in line.split("·")]
    if not 2 <= len(parts) <= 4 or any(len(part) > 1000 for part in parts):
        return None
    kind, lens, *rest = parts
    sectors = _words(rest[0]) if rest else ()
    geographies = _words(rest[1]) if len(rest) > 1 else ()
    if len(rest) == 1 and all(word in COUNTRIES and word.casefold() not in _KNOWN_SECTORS for word in sectors):
        sectors, geographies = (), sectors
    strange = [word for word, known in ((kind, KINDS), (lens, LENSES)) if word.casefold() not in known]
    strange += [word for word in sectors if word.casefold() not in _KNOWN_SECTORS]
    strange += [word for word in geographies if word.upper() not in COUNTRIES]
    if strange:
        warn(
            f"kept as written, since no vocabulary here has them: {', '.join(word or '(nothing)' for word in strange)}"
        )
    return Class(kind, lens, sectors, geographies)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
