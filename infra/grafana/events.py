"""Which signal events become annotations, and what these say. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from infra.grafana.panels import TAG
from schemas.vocabulary import EventKind

# The turns in a signal's life; what merely adds to it would hide them.
TOLD: Final[frozenset[EventKind]] = frozenset(
    {"published", "faded", "dormant", "revived", "contradicted", "merged", "split", "renamed", "dismissed", "undone"}
)
_EVENT: Final = "event:"


@dataclass(frozen=True, slots=True)
class Mark:
    """An annotation. `at` is event time, aware; `text` is HTML."""

    at: datetime
    tags: tuple[str, ...]
    text: str


def marks(events: Iterable[Mapping[str, Any]], there: Collection[str]) -> list[Mark]:
    """Return the annotations that are missing, in order of `events`; `there` are the ids of those that are there."""
    return [_mark(event) for event in events if event["kind"] in TOLD and event["event_id"] not in there]


def event_ids(annotations: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return which events have an annotation."""
    tags = (tag for each in annotations for tag in each.get("tags") or ())
    return {tag.removeprefix(_EVENT) for tag in tags if tag.startswith(_EVENT)}


def _mark(event: Mapping[str, Any]) -> Mark:
    at = event["at"]
    text = f"<b>{escape(event['kind'])}</b>: {escape(event['title'])}"
    text += f"<br>{event['strength_before']:.1f} → {event['strength_after']:.1f}"
    if event["quote"]:
        text += f"<br>“{escape(event['quote'])}” – {escape(event['publisher'])}"
    return Mark(
        at if isinstance(at, datetime) else datetime.fromisoformat(at),
        (TAG, event["kind"], f"signal:{event['signal_id']}", f"{_EVENT}{event['event_id']}"),
        text,
    )
