"""The topic catalogue: every topic, its record, its key, who writes it and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from schemas.article import Article, Outcome
from schemas.events import Alert, Brief, DeadLetter, SignalEvent
from schemas.ledger import Commit, SignalHead
from schemas.proposal import Proposal, Question

LIVE: Final = "live"


@dataclass(frozen=True, slots=True)
class Topic:
    """One entry of the catalogue. `partitions` is the default; one partition means total order."""

    name: str
    record: type
    key: str  # which field is the message key; "" for none
    partitions: int
    kept: Literal["days", "long", "compacted"]
    public: bool  # part of the contract with programs outside
    per_generation: bool  # a shadow has its own
    writers: tuple[str, ...]
    readers: tuple[str, ...]

    def named(self, generation: str = LIVE) -> str:
        """Return the Kafka name for a generation. Public topics never change their names."""
        if generation == LIVE or not self.per_generation:
            return self.name
        return f"{self.name}.{generation}"


ARTICLES: Final = Topic(
    "bellwether.articles", Article, "article_id", 4, "long", False, True,
    writers=("producers", "intake"), readers=("extract", "sinks"),
)  # fmt: skip
PROPOSALS: Final = Topic(
    "bellwether.proposals", Proposal, "", 1, "long", False, True,
    writers=("extract", "judge", "revise", "intake", "ledger"), readers=("ledger", "sinks"),
    # The ledger's ticks come from beside it; the sinks keep what commits were decided on.
)  # fmt: skip
COMMITS: Final = Topic(
    "bellwether.commits", Commit, "", 1, "long", False, True,
    writers=("ledger",), readers=("publish", "sinks"),
)  # fmt: skip
QUESTIONS: Final = Topic(
    "bellwether.questions", Question, "evidence_id", 4, "days", False, True,
    writers=("publish", "ledger"), readers=("judge",),
)  # fmt: skip
SIGNAL_EVENTS: Final = Topic(
    "bellwether.signal-events", SignalEvent, "signal_id", 4, "long", True, False,
    writers=("publish",), readers=("revise", "subscribers"),
)  # fmt: skip
SIGNALS: Final = Topic(
    "bellwether.signals", SignalHead, "signal_id", 4, "compacted", True, False,
    writers=("publish",), readers=("subscribers",),
)  # fmt: skip
OUTCOMES: Final = Topic(
    "bellwether.outcomes", Outcome, "article_id", 4, "long", True, False,
    writers=("publish",), readers=("subscribers",),
)  # fmt: skip
ALERTS: Final = Topic(
    "bellwether.alerts", Alert, "alert_id", 1, "long", True, False,
    writers=("alerts",), readers=("subscribers",),
)  # fmt: skip
BRIEFS: Final = Topic(
    "bellwether.briefs", Brief, "date", 1, "long", True, False,
    writers=("brief",), readers=("subscribers",),
)  # fmt: skip
DEAD_LETTERS: Final = Topic(
    "bellwether.dead-letters", DeadLetter, "key", 1, "long", False, False,
    writers=("every role",), readers=("sinks",),
)  # fmt: skip

CATALOGUE: Final[tuple[Topic, ...]] = (
    ARTICLES, PROPOSALS, COMMITS, QUESTIONS, SIGNAL_EVENTS, SIGNALS, OUTCOMES, ALERTS, BRIEFS, DEAD_LETTERS,
)  # fmt: skip


def by_record(record: type) -> Topic:
    """Return the topic that carries `record`; KeyError if none does."""
    return {topic.record: topic for topic in CATALOGUE}[record]
