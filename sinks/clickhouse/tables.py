"""Which record lies in which table. The columns themselves are the records' fields."""

from __future__ import annotations

from typing import Final

from schemas.article import Article, Outcome
from schemas.events import Alert, Brief, DeadLetter, SignalEvent
from schemas.evidence import Embedding, EvidenceRow
from schemas.ledger import Applied, SignalHead, StoryHead
from sinks.clickhouse.rows import Rows

ARTICLES: Final = Rows("articles", Article, extra=("seq", "admitted_at"))
EVIDENCE: Final = Rows("evidence", EvidenceRow, extra=("generation", "n"))
# The same in order of signals; an evidence that left a signal leaves a row there that is `gone` (0008).
BY_SIGNAL: Final = Rows("evidence_by_signal", EvidenceRow, extra=("generation", "n", "gone"))
EVENTS: Final = Rows("signal_events", SignalEvent, extra=("n", "i"))
OUTCOMES: Final = Rows("outcomes", Outcome, extra=("generation", "n"))
# What a story is found by is the ledger's own search index; it is kept in `heads` only.
STORIES: Final = Rows("stories", StoryHead, extra=("generation",), omit=("centroid", "recent", "embedding"))
EMBEDDINGS: Final = Rows("embeddings", Embedding, extra=("generation", "n"))
SIGNALS: Final = Rows("signals", SignalHead, extra=("generation",), omit=("embedding",))
# How the heads were before is for the ledger alone, which reads it in `heads`.
COMMANDS: Final = Rows("commands", Applied, extra=("generation",), omit=("former",))
DEAD_LETTERS: Final = Rows("dead_letters", DeadLetter, extra=("version",))
ALERTS: Final = Rows("alerts", Alert, extra=("version",))
BRIEFS: Final = Rows("briefs", Brief, extra=("version",))
