"""Every metric of Bellwether, declared once. docs/metrics.md says what each means and when to worry.

Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only grows. A label has few
values (stages, kinds, channels of the settings); ids, addresses of feeds and free text are never labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]
PREFIX: Final = "bellwether_"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `buckets` are upper bounds, of a histogram alone."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_LONG: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


def _counter(name: str, words: str, *labels: str) -> Metric:
    return Metric(f"{PREFIX}{name}_total", "counter", words, labels)


def _gauge(name: str, words: str, *labels: str) -> Metric:
    return Metric(PREFIX + name, "gauge", words, labels)


# The process
BUILD: Final = _gauge("build_info", "1, with what runs here.", "version", "python", "role", "generation")
LOG_MESSAGES: Final = _counter("log_messages", "Warnings and worse that were logged.", "level")
WORKER_RESTARTS: Final = _counter("worker_restarts", "Extract workers that ended and were started again.")
SCRAPE_ERRORS: Final = _counter("scrape_errors", "Figures that could not be had for a scrape.", "source")

# The way in
FEEDS: Final = _gauge("feeds", "Feeds by how their last poll went: ok, failing, or unread so far.", "state")
FEED_POLLS: Final = _counter("feed_polls", "Polls of feeds.", "result")
ARTICLES_READ: Final = _counter(
    "articles_read", "What became of articles at the door: new, revision, unchanged; refused lines of a file.", "fate"
)
ARTICLE_COPIES: Final = _counter("article_copies", "Admitted articles that are syndicated copies of others.")
ARTICLES_UNDER_WAY: Final = _gauge(
    "articles_under_way", "Articles of one process: in the window, waiting for room, or with an open question.", "where"
)

# The stream
STAGE_RECORDS: Final = _counter("stage_records", "Records that a stage has read and acknowledged.", "stage")
STAGE_LAG: Final = _gauge("stage_lag_records", "Records that a stage has not acknowledged yet.", "stage")
COMMITS: Final = _counter("commits", "Commits that this ledger has made durable.")
COMMIT_NUMBER: Final = _gauge("commit_number", "Number of the last durable commit.")
COMMIT_SECONDS: Final = Metric(
    f"{PREFIX}commit_seconds", "histogram", "From the first decision of a group to its being durable.", (), _SECONDS
)
UNPROJECTED: Final = _gauge("unprojected_commits", "Durable commits that the tables lack.")
OUTCOMES: Final = _counter("outcomes", "Outcomes of articles.", "outcome")
SIGNAL_EVENTS: Final = _counter("signal_events", "Signal events, of candidates too.", "kind")
QUESTIONS_ASKED: Final = _counter("questions_asked", "Questions put to a judge.")
QUESTIONS_OPEN: Final = _gauge("questions_open", "Questions without an answer.")
DEAD_LETTERS: Final = _counter("dead_letters", "Records that could not be processed.", "stage", "reason")

# The sinks
SINK_RECORDS: Final = _counter("sink_records", "Records that a sink has handled.", "sink")
SINK_LAG: Final = _gauge("sink_lag_records", "Records that a sink has not handled yet.", "sink")
SINK_RETRIES: Final = _counter("sink_retries", "Tries of a sink that failed and were repeated.", "sink")

# What readers get
SIGNALS: Final = _gauge("signals", "Signals by state.", "state")
BRIEFS: Final = _gauge("briefs", "Days with a brief, by whether it had something to say.", "worth_saying")
BRIEF_TIME: Final = _gauge("brief_last_timestamp_seconds", "When the newest brief was composed, by the ledger's time.")
ALERT_TRIES: Final = _counter("alert_tries", "Tries to deliver an alert.", "channel", "result")
ALERT_SECONDS: Final = Metric(
    f"{PREFIX}alert_seconds",
    "histogram",
    "From the commit of a signal event, or the end of quiet hours, to the receipt of its alert.",
    (),
    _LONG,
)
ALERT_DELIVERIES: Final = _gauge("alert_deliveries", "Alerts in the book, by what became of them.", "channel", "state")

# The language model, over all processes that share the books
LLM_CALLS: Final = _counter(
    "llm_calls", "Requests to the model's server that ended, failed ones too.", "stage", "model"
)
LLM_HITS: Final = _counter("llm_cache_hits", "Calls answered from memory.", "stage", "model")
LLM_TOKENS: Final = _counter("llm_tokens", "Tokens of ended requests.", "stage", "model", "direction")
LLM_SPEND: Final = _counter("llm_spend", "Cost of ended requests, in llm.currency.", "stage", "model")
LLM_FAILURES: Final = _counter("llm_failures", "Requests that brought no usable answer.", "kind")
LLM_UNDER_WAY: Final = _gauge("llm_requests_under_way", "Requests that have not ended.")
LLM_LIMIT_LEFT: Final = _gauge("llm_limit_left_ratio", "What is left of a spend limit: 0 to 1.", "limit")
LLM_BREAKER: Final = _gauge("llm_breaker_open", "1 while the breaker keeps requests back, 0 while it is closed.", "of")

CATALOGUE: Final[tuple[Metric, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
