"""Logging: one line an event on standard error; the chatter of the stream libraries from warnings upwards."""

from __future__ import annotations

import logging

import stamina
import structlog


def configure_logs(level: str = "warning") -> None:
    """Set up logging for this process; `level` (debug, info, warning, error) is for Bellwether's own loggers."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        )
    )
    # Retries are logged like everything else, never printed to standard output.
    stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bellwether").setLevel(level.upper())
    for noisy in ("faust", "mode", "aiokafka", "kafka"):
        # A fresh group has no committed offsets and a stopping one is cancelled: both are normal here.
        logging.getLogger(noisy).setLevel(logging.ERROR)
