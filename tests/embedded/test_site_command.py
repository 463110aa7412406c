"""`bellwether site`: pages of a folder that nobody runs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2

CLI = (sys.executable, "-m", "infra.cli", "site", "--port", "0", "--data")
FILL = """
import sys
from infra.host import opened_store
from infra.settings import load
from sinks.clickhouse.project import Projector
from tests.builders import commit, evidence_row, signal
with opened_store(load({"data": sys.argv[1]}, environment={})) as (_, store):
    Projector(store, "live").apply([commit(1, evidence=(evidence_row(1, signal_id="g1"),), signals=(signal(1),))])
"""


def test_it_shows_what_the_folder_holds_until_it_is_stopped(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", FILL, str(tmp_path)], check=True)
    running = subprocess.Popen([*CLI, str(tmp_path)], stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr is not None
        said = running.stderr.readline()
        found = re.search(r"pages at (\S+);", said)
        assert found, said
        page = httpx2.get(f"{found[1]}/signals", timeout=30, trust_env=False)
        assert "Gallium gets scarce" in page.text
        busy = subprocess.run([*CLI, str(tmp_path)], capture_output=True, text=True, check=False)
        assert busy.returncode == 1
        assert "another process works with" in busy.stderr
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    finally:
        running.kill()


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "nothing"
    found = subprocess.run([*CLI, str(missing)], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "there is nothing in" in found.stderr
    assert not missing.exists()
