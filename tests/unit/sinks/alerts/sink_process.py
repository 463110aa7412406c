"""`python -m tests.unit.sinks.alerts.sink_process BOOK EVENTS URL`: an alert sink to be killed. EVENTS: how many."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sinks.alerts.book import AlertBook
from sinks.alerts.loop import AlertLoop
from sinks.alerts.webhook import Webhook
from tests.unit.sinks.alerts.parts import Listed, crossing, deciding

if __name__ == "__main__":
    path, count, url = sys.argv[1:]
    now = datetime.now(UTC)
    events = Listed(*(crossing(number, at=now) for number in range(1, int(count) + 1)))
    channels = [Webhook(url, "hook")]
    AlertLoop(events, AlertBook(Path(path)), deciding(), channels, lambda: datetime.now(UTC)).start()
    time.sleep(600)
