"""The reader: whom pages and briefs are made for."""

from __future__ import annotations

from dataclasses import dataclass, field

from sinks.brief.times import Times


@dataclass(frozen=True, slots=True)
class Interests:
    """What a reader cares about. Sectors and geographies are words of the vocabularies, signals are ids."""

    sectors: tuple[str, ...] = ()
    geographies: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()  # watched

    def __bool__(self) -> bool:
        """Say whether the reader named any."""
        return bool(self.sectors or self.geographies or self.actors or self.signals)


@dataclass(frozen=True, slots=True)
class Profile:
    """`name` is "" for somebody unnamed."""

    name: str = ""
    times: Times = field(default_factory=Times)
    interests: Interests = field(default_factory=Interests)
