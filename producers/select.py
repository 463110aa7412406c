"""Which entries of a feed are taken: a bounded backlog at first contact, then everything newer. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from producers.ports import FeedState


class Dateable(Protocol):
    """What selection needs of an entry."""

    @property
    def article_id(self) -> str: ...

    @property
    def at(self) -> datetime:
        """Event time, within bounds."""
        ...

    @property
    def dated(self) -> bool:
        """Whether the feed gave a believable time."""
        ...


T = TypeVar("T", bound=Dateable)


@dataclass(frozen=True, slots=True)
class Selection(Generic[T]):
    """The entries to look at, newest first, and the feed's floor from now on."""

    taken: tuple[T, ...]
    floor: datetime


def select(
    entries: Sequence[T],
    state: FeedState,
    known: Collection[str],
    now: datetime,
    *,
    backlog_days: int,
    backlog_items: int,
) -> Selection[T]:
    """Return the entries worth a closer look at `now`.

    An article that is already stored (`known` holds its id) is always looked at: it may be a revision. Of the
    others, at first contact the newest `backlog_items` of the last `backlog_days` days are taken; later all
    that are not older than the floor which the first contact set. An undated entry counts as published now;
    in a feed longer than the backlog, those below every known one are its rest.
    """
    newest_first = sorted(entries, key=lambda entry: entry.at, reverse=True)  # stable: feed order for ties
    if state.floor is not None:
        floor = state.floor
        rest = _undated_rest(entries, known) if len(entries) > backlog_items else frozenset()
        taken = [
            entry
            for entry in newest_first
            if entry.article_id in known or (_reaches(entry, floor) and id(entry) not in rest)
        ]
        return Selection(tuple(taken), floor)
    floor = now - timedelta(days=backlog_days)
    unseen = [entry for entry in newest_first if entry.article_id not in known and _reaches(entry, floor)]
    kept = unseen[:backlog_items]
    if len(unseen) > len(kept):
        floor = max(floor, min((entry.at for entry in kept if entry.dated), default=floor))
    chosen = {id(entry) for entry in kept}
    taken = [entry for entry in newest_first if entry.article_id in known or id(entry) in chosen]
    return Selection(tuple(taken), floor)


def _reaches(entry: Dateable, floor: datetime) -> bool:
    return not entry.dated or entry.at >= floor


def _undated_rest(entries: Sequence[Dateable], known: Collection[str]) -> frozenset[int]:
    places = [place for place, entry in enumerate(entries) if entry.article_id in known]
    if not places:
        return frozenset()
    return frozenset(id(entry) for entry in entries[places[-1] + 1 :] if not entry.dated)
