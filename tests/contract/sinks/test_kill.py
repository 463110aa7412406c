"""What was acknowledged survives kill -9, and projecting goes on where it was."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

WRITER = """
import sys
from sinks.clickhouse.commit_log import ChdbCommitLog
from sinks.clickhouse.connect import open_store
from sinks.clickhouse.follow import CommitFollower
from sinks.clickhouse.migrate import migrate
from sinks.clickhouse.project import Projector
from tests.builders import full_commit

store = open_store("chdb://" + sys.argv[1])
migrate(store)
log, projector = ChdbCommitLog(store, "live"), Projector(store, "live")
CommitFollower(projector, log).catch_up()
while log.last() < int(sys.argv[2]):
    first = log.last() + 1
    commits = [full_commit(n, signals=5) for n in range(first, first + 5)]
    log.append(commits)
    print(commits[-1].n, flush=True)
    projector.apply(commits)
tables = ("evidence", "signal_events", "outcomes", "signals")
counts = [store.scalar(f"SELECT count() FROM {table} FINAL") for table in tables]
print("end", projector.position(), sum(1 for _ in log.read(0)), *counts, flush=True)
store.close()
"""


def test_nothing_acknowledged_is_lost_by_kills(tmp_path: Path) -> None:
    chance, acknowledged = random.Random(7), 0
    command = [sys.executable, "-c", WRITER, str(tmp_path / "chdb")]
    for _ in range(3):
        writer = subprocess.Popen([*command, "1000000"], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        first = int(writer.stdout.readline())
        assert first > acknowledged
        time.sleep(chance.uniform(0.05, 0.6))
        writer.kill()
        acknowledged = max([first, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        writer.wait()
    goal = acknowledged + 20
    done = subprocess.run([*command, str(goal)], capture_output=True, text=True, timeout=120, check=True)
    word, *numbers = done.stdout.splitlines()[-1].split()
    position, logged, evidence, events, outcomes, signals = map(int, numbers)
    assert word == "end"
    assert position == logged == evidence == events == outcomes >= goal
    assert signals == 5
