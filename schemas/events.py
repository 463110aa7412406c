"""What the world outside sees: signal events, alerts, briefs, dead letters. Public contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from schemas.article import Count, Id
from schemas.mass import Mass
from schemas.vocabulary import Basis, EventKind, Kind, Lens, SignalState


@dataclass(frozen=True, slots=True)
class SignalEvent:
    """One step in a signal's life, complete in itself: a consumer needs no look-up.

    `seq` counts 1, 2, 3 … per signal without gaps. Strengths are 0–10 "as then known".
    `event_id` is `<generation>:<signal_id>:<seq>`.
    """

    event_id: Id
    generation: Id
    signal_id: Id
    seq: Annotated[int, Meta(ge=1)]
    kind: EventKind
    at: datetime  # event time
    cause: str  # the proposal or the clock
    evidence_id: str
    article_id: str
    strength_before: float
    strength_after: float
    state: SignalState
    basis: Basis
    title: str
    scope: str
    class_kind: Kind
    class_lens: Lens
    sectors: tuple[str, ...]
    geographies: tuple[str, ...]
    actors: tuple[str, ...]
    stories: Count
    families: Count
    articles: Count
    quote: str
    anchor: str
    publisher: str
    url: str
    policy: str
    note: str
    stance: str = ""  # of the evidence that caused it, "" without one
    claim: str = ""  # its claim
    analyst: str = ""  # who took that evidence, or wrote the revision
    analysis: str = ""  # the new one, on `revised`
    # How the mass changed: what `bellwether signal ID --why` adds up. Every row of the stories in `stories_moved` went
    # from the signal `other_id` to this one (merged, split, undone); then the changes in `mass` were added.
    mass: tuple[Mass, ...] = ()
    other_id: str = ""
    stories_moved: tuple[str, ...] = ()
    by: str = ""  # who asked for it, "" for the evidence itself or the clock
    contested: bool = False  # what contradicts the signal outweighs what supports it


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fired for one signal event. `alert_id` is `<rule>:<event_id>`, so a repeat is recognisable."""

    alert_id: Id
    rule: Id
    event_id: Id
    signal_id: Id
    title: str
    strength_before: float
    strength_after: float
    quote: str
    publisher: str
    url: str
    at: datetime
    fired_at: datetime  # wall clock
    delivered: bool  # on all its channels
    error: str
    kind: str = ""  # of the event
    anchor: str = ""  # of the quote
    claim: str = ""
    families: Count = 0
    stories: Count = 0
    link: str = ""  # the signal's page, "" when no address of the site is known


@dataclass(frozen=True, slots=True)
class Brief:
    """A composed morning read, or a recorded "nothing worth saying" with its reasons. `body` is JSON of its items."""

    brief_id: Id
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    composed_at: datetime  # ledger time
    since: datetime
    since_n: Count  # the brief tells of commits since_n < n <= until_n: late articles have late numbers, not late times
    until_n: Count
    worth_saying: bool
    reasons: tuple[str, ...]
    headline: str
    markdown: str
    html: str
    body: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be processed, with its original bytes."""

    dead_letter_id: Id
    topic: str
    partition: int
    offset: int
    incarnation: str
    key: bytes
    value: bytes
    stage: str
    reason: str
    at: datetime  # wall clock
