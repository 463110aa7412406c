"""Logging: one line an event on standard error, as text or JSON; the stream libraries' own from warnings up.

Ids are fields of their own: given with `extra={…}`, or bound for all lines of a task by structlog's contextvars.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Final, Literal

import stamina
import structlog

from infra.log_redaction import Redaction
from infra.metrics.catalogue import LOG_MESSAGES
from infra.metrics.registry import METRICS, Metrics

Format = Literal["auto", "text", "json"]
_said = logging.getLogger("bellwether.said")
Event = MutableMapping[str, Any]
_FIRST: Final = ("timestamp", "level", "logger", "event")
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Of libraries: the words once more with colours (uvicorn), and what a retried call was given (stamina).
_NOT_OURS: Final = frozenset({"color_message", "stamina.callable", "stamina.args", "stamina.kwargs"})


class _Saying:
    """How this process speaks to people beside its log: as it was set up last."""

    form: Literal["text", "json"] = "text"
    redaction = Redaction()


def tell(line: str, level: int = logging.INFO) -> None:
    """Write a line for a person to standard error, without secrets; where the log is JSON, as a line of it."""
    if _Saying.form == "json":
        _said.log(level, "%s", line)
    else:
        print(_Saying.redaction.text(line), file=sys.stderr, flush=True)


def format_for(wanted: Format, *, service: bool) -> Literal["text", "json"]:
    """Return the format. `auto` is JSON for a service (a role of `bellwether worker`) that has no terminal, else text.

    Other commands are read by people also where there is no terminal: the demo in a CI log.
    """
    if wanted != "auto":
        return wanted
    return "json" if service and not sys.stderr.isatty() else "text"


def configure_logs(
    level: str = "warning", form: Literal["text", "json"] = "text", secrets: Iterable[str] = (), **fields: str
) -> None:
    """Set up logging for this process; `level` (debug, info, warning, error) is for Bellwether's own loggers.

    `secrets` never appear. `fields` are part of every line that does not have them otherwise (role, generation).
    """
    secrets = tuple(secrets)
    _Saying.form, _Saying.redaction = form, Redaction(secrets)
    _said.setLevel(logging.INFO)  # what is for people is not left out by the log's level
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form, secrets, **fields))
    # Retries are logged like everything else, never printed to standard output.
    stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
    logging.basicConfig(level=logging.WARNING, handlers=[handler, Counting()], force=True)
    logging.getLogger("bellwether").setLevel(level.upper())
    for noisy in ("faust", "mode", "aiokafka", "kafka"):
        # A fresh group has no committed offsets and a stopping one is cancelled: both are normal here.
        logging.getLogger(noisy).setLevel(logging.ERROR)


def formatter(form: Literal["text", "json"], secrets: Iterable[str] = (), **fields: str) -> logging.Formatter:
    """Return the formatter of every line."""
    redaction = Redaction(secrets)
    last: list[Any]
    if form == "json":
        last = [_ordered, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    else:
        last = [_on_one_line, structlog.dev.ConsoleRenderer(colors=False)]
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,  # first: a traceback may hold a secret
            redaction,
            *last,
        ],
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _extra,
            _always(fields),
        ],
    )


class Counting(logging.Handler):
    """Counts warnings and worse."""

    def __init__(self, metrics: Metrics = METRICS) -> None:
        super().__init__(logging.WARNING)
        self._metrics = metrics
        for level in ("warning", "error", "critical"):  # a series that begins at 1 has no increase
            metrics.count(LOG_MESSAGES, level, by=0)

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        self._metrics.count(LOG_MESSAGES, record.levelname.lower())


def _extra(logger: Any, name: str, event: Event) -> Event:
    """Take over what was given with `extra={…}`: nearer than what is bound, and never over the line's own fields."""
    record = event.get("_record")
    for field, value in vars(record).items() if record is not None else ():
        if field not in _OWN and field not in _FIRST and field not in _NOT_OURS:
            event[field] = value
    return event


def _always(fields: dict[str, str]) -> Any:
    def add(logger: Any, name: str, event: Event) -> Event:
        for field, value in fields.items():
            event.setdefault(field, value)
        return event

    return add


def _ordered(logger: Any, name: str, event: Event) -> Event:
    return {**{field: event.pop(field) for field in _FIRST if field in event}, **event}


def _on_one_line(logger: Any, name: str, event: Event) -> Event:
    """A message that has somebody else's words in it must not look like two lines."""
    event["event"] = str(event["event"]).replace("\r", "\\r").replace("\n", "\\n")
    return event
