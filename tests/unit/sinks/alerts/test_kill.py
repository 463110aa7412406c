"""An alert sink that is killed again and again: every alert arrives, and what was acknowledged is not sent again."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.unit.sinks.alerts.receiver import receiver

EVENTS = 1000
KILLS = 20


def acknowledged(book: Path) -> set[str]:
    """What the book knows to have arrived, read from beside the sink."""
    if not book.exists():
        return set()
    with closing(sqlite3.connect(book, timeout=10)) as db:
        return {row[0] for row in db.execute("SELECT alert_id FROM deliveries WHERE state = 'arrived'")}


def test_killed_twenty_times_during_a_thousand_alerts(tmp_path: Path) -> None:
    book = tmp_path / "alerts.sqlite"
    dice = random.Random(7)
    with receiver() as hook:
        command = [sys.executable, "-m", "tests.unit.sinks.alerts.sink_process", str(book), str(EVENTS), hook.url]
        until = time.monotonic() + 300
        for kill in range(KILLS + 1):
            before, noted = len(hook.calls), acknowledged(book)
            with subprocess.Popen(command) as sink:
                enough = EVENTS if kill == KILLS else before + dice.randint(5, 45)
                while (len(set(hook.ids())) < EVENTS and len(hook.calls) < enough) or kill == KILLS:
                    assert time.monotonic() < until, f"{len(hook.calls)} calls after {kill} kills"
                    if len(acknowledged(book)) == EVENTS:
                        break
                    time.sleep(0.01)
                time.sleep(dice.random() * 0.01)
                sink.kill()
            assert not noted.intersection(hook.ids()[before:]), "sent again although it was known to have arrived"
    sent = hook.ids()
    assert set(sent) == {f"crossing:live:g{number}:2" for number in range(1, EVENTS + 1)}
    assert len(sent) - EVENTS <= KILLS, "at most the one that was on its way at each kill"
