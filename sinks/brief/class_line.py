"""The class of a signal in one line: "structural · investment · AI, defense · US, CN"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def tags(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the tags of a head, most frequent first, ties in alphabetical order."""
    return tuple(tag for tag, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def class_line(kind: str, lens: str, sectors: Iterable[str], geographies: Iterable[str], *, most: int = 0) -> str:
    """Return the class line without empty parts. `most` > 0 cuts each list and says how many are missing."""
    parts = (kind, lens, _listed(tuple(sectors), most), _listed(tuple(geographies), most))
    return " · ".join(part for part in parts if part)


def _listed(names: tuple[str, ...], most: int) -> str:
    if not most or len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[:most]) + f" +{len(names) - most}"
