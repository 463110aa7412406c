"""What the loop of alerts logs says which alert, event and signal it is about."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from infra.logs import formatter
from sinks.alerts.book import AlertBook
from tests.unit.sinks.alerts.parts import Listed, crossing, deciding, rule
from tests.unit.sinks.alerts.receiver import receiver
from tests.unit.sinks.alerts.test_loop import running, wait_for


@pytest.fixture
def written() -> Any:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter("json", role="host"))
    logger = logging.getLogger("bellwether.alerts")
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_an_alert_that_does_not_arrive_is_named(tmp_path: Path, written: Any) -> None:
    book = AlertBook(tmp_path / "alerts.sqlite")
    first, second = crossing(1), crossing(2)
    with receiver(503) as hook, running(Listed(first, second), book, hook.url):
        wait_for(lambda: len([line for line in written() if "was not delivered" in line["event"]]) == 2)
    book.close()
    lines = [line for line in written() if "was not delivered" in line["event"]]
    for line, event in zip(sorted(lines, key=lambda line: line["event_id"]), (first, second), strict=True):
        assert (line["event_id"], line["signal_id"]) == (event.event_id, event.signal_id)
        assert line["alert_id"] == f"crossing:{event.event_id}"
        assert (line["channel"], line["role"], line["generation"], line["level"]) == (
            "hook", "alerts", "live", "warning",
        )  # fmt: skip


def test_a_rule_that_cannot_be_applied_names_the_event(tmp_path: Path, written: Any) -> None:
    book = AlertBook(tmp_path / "alerts.sqlite")
    event = crossing(1)
    with running(Listed(event), book, rules=deciding(rule("1 / (event.seq - 2) == 1", "halves"))):
        wait_for(lambda: bool(book.faults()))
    book.close()
    line = next(line for line in written() if line.get("rule") == "halves")
    assert (line["event_id"], line["signal_id"]) == (event.event_id, event.signal_id)
