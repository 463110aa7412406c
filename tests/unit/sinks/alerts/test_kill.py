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
    try:
        with closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True, timeout=10)) as db:
            return {row[0] for row in db.execute("SELECT alert_id FROM deliveries WHERE state = 'arrived'")}
    except sqlite3.OperationalError:  # the first sink has not made it yet
        return set()


def test_killed_twenty_times_during_a_thousand_alerts(tmp_path: Path) -> None:
    book = tmp_path / "alerts.sqlite"
    dice = random.Random(7)
    with receiver() as hook:
        command = [sys.executable, "-m", "tests.unit.sinks.alerts.sink_process", str(book), str(EVENTS), hook.url]
        until = time.monotonic() + 400
        for _ in range(KILLS):
            before, noted = len(hook.calls), acknowledged(book)
            enough = before + dice.randint(5, 45)
            sink = subprocess.Popen(command)
            try:
                while len(hook.calls) < enough and len(set(hook.ids())) < EVENTS:
                    assert time.monotonic() < until, f"{len(hook.calls)} calls so far"
                    time.sleep(0.01)
                time.sleep(dice.random() * 0.01)
            finally:
                sink.kill()
                sink.wait()
            assert not noted.intersection(hook.ids()[before:]), "sent again although it was known to have arrived"
        before, noted = len(hook.calls), acknowledged(book)
        sink = subprocess.Popen(command)
        try:
            while len(acknowledged(book)) < EVENTS:
                assert time.monotonic() < until, f"{len(acknowledged(book))} have arrived"
                time.sleep(0.1)
        finally:
            sink.kill()
            sink.wait()
    assert not noted.intersection(hook.ids()[before:])
    sent = hook.ids()
    assert set(sent) == {f"crossing:live:g{number}:2" for number in range(1, EVENTS + 1)}
    assert len(sent) - EVENTS <= KILLS, "at most the one that was on its way at each kill"
