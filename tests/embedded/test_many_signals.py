"""20,000 signals survive a restart of the embedded mode, though its broker keeps 5 MiB a partition."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.embedded.commands import answers, asked, bellwether


def survive(tmp_path: Path, count: int) -> None:
    data = tmp_path / "data"
    subprocess.run([sys.executable, "-m", "tests.embedded.many_signals", str(data), str(count)], check=True)
    # The first joins the very first story, whose state no broker ever held; the second opens a story of its own.
    lines = [
        {
            "id": "old",
            "title": "alpha0 beta0 gamma0 delta0 again",
            "published": "2026-01-02T00:00:00Z",
            "publisher": "Q",
        },
        {"id": "new", "title": "Something entirely different", "published": "2026-01-02T00:00:01Z", "publisher": "Q"},
    ]
    (tmp_path / "two.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    bellwether("ingest", str(tmp_path / "two.jsonl"), "--data", str(data))
    status, rows = answers(data, ["status"], ["export", "outcomes"])
    assert (status["signals"], status["without_outcome"], status["last_commit"]) == (count + 1, 0, count + 2)
    outcomes = {row["external_id"]: row for row in rows}
    assert outcomes["old"]["primary_story_id"] == outcomes["m0"]["primary_story_id"]
    assert outcomes["old"]["primary_signal_id"] == outcomes["m0"]["primary_signal_id"]
    assert asked("signal", outcomes["m0"]["primary_signal_id"], "--data", str(data))["state"] == "published"


def test_two_thousand(tmp_path: Path) -> None:
    survive(tmp_path, 2_000)


@pytest.mark.slow
def test_twenty_thousand(tmp_path: Path) -> None:
    survive(tmp_path, 20_000)
